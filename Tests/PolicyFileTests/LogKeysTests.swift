import MethodPolicy
import Testing

@testable import PolicyFile

/// The keys about the access log and traces.
@Suite struct LogKeysTests {
    private func read(_ text: String) -> GatewayDocument.Load {
        GatewayDocument.read(bytes: Array(text.utf8), file: "/etc/methodwall/methodwall.yaml")
    }

    @Test("they are read, a relative path from the file's folder")
    func readsKeys() throws {
        let text = "log: { access: log/access.log, access_format: combined }\ntrace: make\n"
        let load = read(text)
        let document = try #require(load.document, "\(load.diagnostics)")
        #expect(document.log.access == .file("/etc/methodwall/log/access.log"))
        #expect(document.log.accessFormat == .combined && document.trace == .make)
        #expect(document.log.refusals == .standardOutput)
        let schema = SchemaChecker(PolicySchema.configurationJSON())
        #expect(try schema.faults(in: text) == [])
        #expect(try schema.faults(in: "trace: on") != [])
        #expect(try schema.faults(in: "log: { access: stderr }") != [])
        let other = try #require(read("log: { access: stdout, access_format: json }").document)
        #expect(other.log.access == .standardOutput && other.log.accessFormat == .json)
        #expect(try #require(read("trace: pass").document).trace == .pass)
        let absolute = try #require(read("log: { access: /var/log/a }").document)
        #expect(absolute.log.access == .file("/var/log/a"))
    }

    @Test("there is no access log and no trace is made, unless the file says so")
    func isOffByDefault() throws {
        let document = try #require(read("log: { refusals: stdout }").document)
        #expect(document.log.access == nil && document.log.accessFormat == .json)
        #expect(document.trace == .pass)
    }

    @Test(
        "a mistake is reported where it stands",
        arguments: [
            ("log: { access: access.log }", "invalid-value 1:16"),
            ("log: { access: 1 }", "wrong-type 1:16"),
            ("log: { access_format: common }", "invalid-value 1:23"),
            ("log: { acces: stdout }", "unknown-key 1:8"), ("trace: on", "invalid-value 1:8"),
            ("trace: { mode: make }", "wrong-type 1:8"),
        ]
    )
    func reportsMistakes(_ line: String, _ place: String) {
        let load = read(line + "\n")
        #expect(load.document == nil)
        let found = load.diagnostics.map { "\($0.code) \($0.location.line):\($0.location.column)" }
        #expect(found == [place])
    }

    @Test("a lone word is told how to be a path, with the key's own name")
    func hintsAtPaths() {
        let diagnostic = read("log: { access: stderr }").diagnostics.first
        #expect(diagnostic?.message.hasPrefix("`access` is stdout or a file's path") == true)
    }
}
