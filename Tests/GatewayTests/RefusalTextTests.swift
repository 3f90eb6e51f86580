import HTTPMessage
import MethodPolicy
import Testing

@testable import Gateway

@Suite("What a refusal says")
struct RefusalTextTests {
    private func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

    private func template(_ pattern: String?) throws -> RefusalTemplate {
        let snapshot = try PolicyFixture.snapshot()
        return RefusalTemplate(
            policy: snapshot.policies.first,
            rule: pattern.flatMap { snapshot.rule($0) },
            view: nil,
            version: snapshot.version,
            pseudonym: "methodwall"
        )
    }

    private func detail(
        _ reason: RefusalReason,
        fault: MessageFault? = nil,
        claim: MethodClaim? = nil,
        template: RefusalTemplate = RefusalTemplate(
            policy: nil,
            rule: nil,
            view: nil,
            version: "v1",
            pseudonym: "methodwall"
        ),
        method: String = "DELETE",
        target: String = "/users",
        host: String = "shop.test"
    ) -> String {
        let (method, target, host) = (Array(method.utf8), Array(target.utf8), Array(host.utf8))
        var refusal = GatewayRefusal(reason)
        refusal.fault = fault
        refusal.claim = claim
        var buffer = OctetBuffer()
        buffer.writeDetail(
            refusal,
            template: template,
            method: method.span,
            target: target.span,
            host: host.span
        )
        return String(decoding: buffer.octets, as: UTF8.self)
    }

    @Test("The template has the rule's Allow in every form it is sent in")
    func encodesAllow() throws {
        let made = try template("/users")
        #expect(text(made.allow) == "GET, HEAD, POST, OPTIONS")
        #expect(text(made.texts.allowLine) == "Allow: GET, HEAD, POST, OPTIONS\r\n")
        #expect(text(made.texts.allowJSON) == #"["GET","HEAD","POST","OPTIONS"]"#)
        #expect(made.reason.isEmpty)
        let (with, without) = (made.logContext.members, made.logContextWithoutAllow.members)
        #expect(text(with).contains(#""methodwall.allow":"GET, HEAD, POST, OPTIONS""#))
        #expect(text(with).contains(#""methodwall.rule_at":"shop.yaml:10""#))
        #expect(!text(without).contains("methodwall.allow"))
        #expect(text(without).contains(#""methodwall.rule":"/users""#))
    }

    @Test("Without a rule the template has the policy's Allow, which is that of every rule")
    func encodesThePolicysAllow() throws {
        let made = try template(nil)
        #expect(text(made.texts.allowLine) == "Allow: GET, HEAD, POST, OPTIONS\r\n")
        #expect(!text(made.logContext.members).contains("methodwall.rule"))
        #expect(text(made.logContext.members).contains(#""methodwall.policy":"shop""#))
    }

    @Test("An empty Allow is a line all the same (RFC 9110 section 10.2.1)")
    func keepsEmptyAllow() {
        let empty = RefusalTemplate(
            policy: nil,
            rule: nil,
            view: nil,
            version: "v1",
            pseudonym: "methodwall"
        )
        #expect(text(empty.texts.allowLine) == "Allow: \r\n")
        #expect(text(empty.texts.allowJSON) == "[]")
        #expect(empty.allow.isEmpty)
        #expect(text(empty.logContext.members).contains(#""methodwall.allow":"""#))
    }

    @Test(
        "405 for an override names the effective method and what carried it",
        arguments: [
            (MethodClaim.Carrier.field, "x-http-method", "in the field x-http-method"),
            (.query, "_method", "in the query parameter _method"),
            (.content, "_method", "in the form field _method"),
        ]
    )
    func tellsOverrides(carrier: MethodClaim.Carrier, name: String, place: String) throws {
        let claim = MethodClaim(carrier: carrier, name: name, method: Array("PUT".utf8))
        let text = detail(
            .overrideNotAllowed,
            claim: claim,
            template: try template("/users"),
            method: "POST"
        )
        #expect(
            text == "POST claims to be PUT \(place), which is not allowed on /users. "
                + "Allowed: GET, HEAD, POST, OPTIONS."
        )
    }

    @Test("405 names the method, the path, what is allowed, and the operator's reason")
    func tellsMethodNotAllowed() throws {
        let (users, reports) = (try template("/users"), try template("/reports"))
        #expect(
            detail(.methodNotAllowed, template: users)
                == "DELETE is not allowed on /users. Allowed: GET, HEAD, POST, OPTIONS."
        )
        let sentence = detail(
            .methodNotAllowed,
            template: reports,
            target: "/reports"
        )
        #expect(
            sentence == "DELETE is not allowed on /reports. Allowed: GET, HEAD, OPTIONS. "
                + "(\(PolicyFixture.reason))"
        )
        #expect(
            detail(.methodNotAllowed) == "DELETE is not allowed on /users. No method is allowed."
        )
    }

    @Test("501, 404 and 421 name what is not known")
    func tellsWhatIsUnknown() {
        #expect(
            detail(.unknownMethod, method: "get")
                == "get is not a method that is known here. Methods are case-sensitive."
        )
        #expect(
            detail(.noRuleForPath, target: "/x")
                == "Nothing is served at /x: no rule of the policy matches this path."
        )
        #expect(
            detail(.noPolicyForHost, host: "a.test") == "The host a.test is not served here."
        )
    }

    @Test("A long path or host is shown up to 200 octets")
    func shortensText() {
        let exact = "/" + String(repeating: "x", count: 199)
        #expect(detail(.noRuleForPath, target: exact).contains("at \(exact): no rule"))
        #expect(detail(.noRuleForPath, target: exact + "yy").contains("at \(exact)...: no rule"))
        let host = String(repeating: "h", count: 300)
        let shown = String(host.prefix(200))
        #expect(detail(.noPolicyForHost, host: host) == "The host \(shown)... is not served here.")
    }

    @Test("Every reason has a sentence", arguments: RefusalReason.allCases)
    func tellsEveryReason(_ reason: RefusalReason) {
        let sentence = detail(reason)
        #expect(sentence.hasSuffix("."))
        #expect(sentence.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
        #expect(sentence.count > 20)
    }

    @Test("A fault is explained in its own words", arguments: MessageFault.Code.allCases)
    func explainsFaults(_ code: MessageFault.Code) {
        let fault = MessageFault(code)
        let sentence = detail(.malformedRequest, fault: fault)
        #expect(sentence == fault.explanation)
        #expect(sentence.utf8.allSatisfy { 0x20..<0x7F ~= $0 })
    }
}
