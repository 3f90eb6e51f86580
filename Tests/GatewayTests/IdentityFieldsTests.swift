import Testing

@testable import Gateway

@Suite("Identity fields (B-32 B-42 B-44 B-45 B-46)")
struct IdentityFieldsTests {
    private func contains(_ fields: IdentityFields, _ name: String) -> Bool {
        fields.contains(Array(name.utf8).span)
    }

    @Test(
        "A client may not send a field of the default list, however it is spelt",
        arguments: [
            "X-Original-URL", "x-original-uri", "X-Forwarded-Prefix", "X_Forwarded_For",
            "X.Forwarded.Path", "Remote-User", "REMOTE_USER", "X-Remote-Groups", "X-SSL-Client-DN",
            "SSL-Client-Verify", "Proxy", "proxy", "X-Middleware-Subrequest", "Translate",
            "True-Client-IP", "X-MS-Client-Principal-Name", "Client-Cert",
        ]
    )
    func holdsDefaults(_ name: String) {
        #expect(contains(IdentityFields(), name))
    }

    @Test(
        "Other fields are the client's to send",
        arguments: [
            "", "Accept", "Authorization", "Cookie", "X-Requested-With", "X-CSRF-Token",
            "User-Agent",
            "Proxy-Thing", "Remote", "X-Forwarded", "X-Request-ID", "Traceparent", "SSL",
            "Translate-To",
        ]
    )
    func leavesOthers(_ name: String) {
        #expect(!contains(IdentityFields(), name))
    }

    @Test("Names can be added, with any rest, and taken out")
    func takesChanges() {
        let fields = IdentityFields(
            strip: ["X-Staff-*", "Badge"],
            keep: ["Translate", "X-SSL-*"]
        )
        #expect(contains(fields, "x_staff_name"))
        #expect(contains(fields, "badge"))
        #expect(!contains(fields, "badges"))
        #expect(!contains(fields, "Translate"))
        #expect(!contains(fields, "X-SSL-Client-DN"))
        #expect(contains(fields, "Remote-User"))
    }
}
