import Foundation
import TestKit
import Testing

@Suite("check and diff", .blocking)
struct CheckCommandTests {
    private func methodwall(
        _ arguments: [String],
        in folder: TemporaryFolder
    ) throws -> ChildProcess.Finished {
        try ChildProcess.run(try Programs.methodwall(), arguments, folder: folder.path(""))
    }

    @Test("A broken configuration is reported alone, unless policies are named")
    func reportsConfigurationAlone() throws {
        let folder = try TemporaryFolder()
        try folder.write("methodwall: 1\npaths: { /a: G@T }\n", to: "policies/shop.yaml")
        try folder.write("upstreems: {}\n", to: "methodwall.yaml")
        let alone = try methodwall(["check", "--config", "methodwall.yaml"], in: folder)
        #expect(alone.status == 1)
        #expect(alone.output.contains("methodwall.yaml:1:1"))
        #expect(!alone.output.contains("shop.yaml"))
        let arguments = ["check", "--config", "methodwall.yaml", "policies"]
        let both = try methodwall(arguments, in: folder)
        #expect(both.output.contains("methodwall.yaml:1:1"))
        #expect(both.output.contains("shop.yaml:2:"))
    }

    @Test("JUnit has no place for findings, so the two flags exclude each other")
    func refusesLintAsJUnit() throws {
        let folder = try TemporaryFolder()
        try folder.write("methodwall: 1\npaths: { /a: GET }\n", to: "policies/shop.yaml")
        let result = try methodwall(["check", "--lint", "--junit"], in: folder)
        #expect(result.status == 2)
        #expect(result.error.contains("--junit has no place for the findings of --lint"))
        #expect(try methodwall(["check", "--junit"], in: folder).status == 0)
    }

    @Test("That nobody is asked for certificates is a warning where that is known")
    func knowsWhoIsAskedForCertificates() throws {
        let folder = try TemporaryFolder()
        let rule = "{ allow: GET, only: { GET: { certificates: dns=a.test } } }"
        try folder.write("methodwall: 1\npaths: { /a: \(rule) }\n", to: "policies/shop.yaml")
        let tls = "tls: { certificate: a.pem, key: a.key, client_ca: ca.pem }"
        let upstreams = "upstreams: { legacy: \"http://127.0.0.1:9\" }"
        for (name, listener) in [
            ("asks", "address: 127.0.0.1:8443, \(tls)"), ("no", "address: 127.0.0.1:8080"),
        ] {
            try folder.write("listen: [{ \(listener) }]\n\(upstreams)\n", to: "\(name).yaml")
        }
        let code = "no-client-certificates"
        #expect(try !methodwall(["check"], in: folder).output.contains(code))
        for (name, warns) in [("asks", false), ("no", true)] {
            let result = try methodwall(["check", "--config", "\(name).yaml"], in: folder)
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.contains(code) == warns, "\(result.output)")
        }
    }

    @Test("diff says `every method` where all change, and its JSON keys are in snake case")
    func comparesShortly() throws {
        let folder = try TemporaryFolder()
        try folder.write("methodwall: 1\npaths: { /a: none }\n", to: "old/shop.yaml")
        try folder.write("methodwall: 1\npaths: { /a: any }\n", to: "new/shop.yaml")
        let text = try methodwall(["diff", "old", "new"], in: folder).output
        #expect(text.hasPrefix("+ every known method  /a  refused 405 -> allowed"), "\(text)")
        let json = try methodwall(["diff", "old", "new", "--json"], in: folder).output
        let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
        let differences = try #require(object?["differences"] as? [[String: Any]])
        let first = try #require(differences.first)
        #expect((first["old_rule"] as? String)?.hasSuffix("shop.yaml:2") == true)
        #expect((first["new_rule"] as? String)?.hasSuffix("shop.yaml:2") == true)
        #expect((first["methods"] as? [String])?.contains("DELETE") == true)
    }
}
