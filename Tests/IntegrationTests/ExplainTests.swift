import Foundation
import TestKit
import Testing

@Suite("explain", .blocking)
struct ExplainTests {
    private static let policy = """
        methodwall: 1
        policy: demo
        tolerate: [semicolon, underscores]
        paths:
          /a: GET POST
          /free: { allow: POST, override: ignore }
          /new: { allow: GET POST, mode: report }
          /dav/**: GET PUT COPY
        """

    private func explain(_ arguments: [String]) throws -> ChildProcess.Finished {
        let folder = try TemporaryFolder()
        try folder.write(Self.policy, to: "policies/demo.yaml")
        return try ChildProcess.run(
            try Programs.methodwall(),
            ["explain"] + arguments + ["--policies", folder.path("policies")]
        )
    }

    private func members(_ arguments: [String]) throws -> [String: Any] {
        let output = try explain(arguments + ["--json"]).output
        let object = try JSONSerialization.jsonObject(with: Data(output.utf8))
        return try #require(object as? [String: Any])
    }

    private static func content(_ coding: String...) -> [String] {
        (["Content-Length: 5"] + coding).flatMap { ["--field", $0] }
    }

    @Test("A form that cannot be judged is refused, as the gateway refuses it")
    func refusesUnscannableContent() throws {
        let fields = Self.content("Content-Encoding: gzip")
        let coded = try explain(["POST", "/a"] + fields)
        #expect(coded.status == 1)
        #expect(coded.output.contains("refuse: 415 unscannable_content (content_coding)"))
        #expect(coded.output.contains("because   The form is compressed"))
        #expect(coded.output.contains("HTTP/1.1 415"))
        let twice = try members(
            ["POST", "/a"] + Self.content("Content-Type: text/plain", "Content-Type: text/plain")
        )
        #expect(twice["decision"] as? String == "refuse")
        #expect(twice["status"] as? Int == 400)
        #expect(twice["reason"] as? String == "ambiguous_content")
        #expect(twice["detail"] as? String == "duplicate_content_type")
    }

    @Test("In report mode it is reported, with override: ignore nobody looks")
    func reportsUnscannableContent() throws {
        let fields = Self.content("Content-Encoding: gzip")
        let reported = try explain(["POST", "/new"] + fields)
        #expect(reported.status == 0)
        #expect(reported.output.contains("report: would refuse 415 unscannable_content"))
        let object = try members(["POST", "/new"] + fields)
        #expect(object["decision"] as? String == "report")
        #expect(object["would_refuse"] as? Int == 415)
        #expect(object["reason"] as? String == "unscannable_content")
        let ignored = try explain(["POST", "/free"] + fields)
        #expect(ignored.status == 0)
        #expect(ignored.output.contains("decision  forward to"))
        #expect(!ignored.output.contains("content "))
    }

    @Test("A form that will be looked through says so, other content does not")
    func announcesScans() throws {
        let line = "content   judged while it streams"
        #expect(try explain(["POST", "/a"] + Self.content()).output.contains(line))
        let json = Self.content("Content-Type: application/json", "Content-Encoding: gzip")
        let other = try explain(["POST", "/a"] + json)
        #expect(other.status == 0)
        #expect(!other.output.contains(line))
        #expect(!(try explain(["POST", "/a"]).output.contains(line)))
    }

    @Test("A malformed request has the log's reason, and what is wrong as its detail")
    func namesReasons() throws {
        let text = try explain(["GET", "/a/../b"])
        #expect(text.status == 1)
        #expect(text.output.contains("refuse: 400 malformed_request (dot_segment)"))
        let object = try members(["GET", "/a/../b"])
        #expect(object["reason"] as? String == "malformed_request")
        #expect(object["detail"] as? String == "dot_segment")
        let foreign = try members([
            "COPY", "/dav/a", "--host", "a.example", "--field",
            "Destination: http://b.example/dav/b",
        ])
        #expect(foreign["status"] as? Int == 403)
        #expect(foreign["reason"] as? String == "destination_not_allowed")
        let long = try members(["GET", "/" + String(repeating: "a", count: 9_000)])
        #expect(long["reason"] as? String == "target_too_long")
    }

    @Test("Tolerances are told from the path as it was sent, also where it is refused")
    func explainsTolerances() throws {
        let refused = try explain(["GET", "/a;x/../b"]).output
        #expect(!refused.contains("this path has no `;`"))
        #expect(refused.contains("does not keep this request from being refused"))
        #expect(try explain(["GET", "/a/../b"]).output.contains("this path has no `;`"))
        let field = try explain(["GET", "/a", "--field", "Remote_User: root"]).output
        #expect(field.contains("Remote_User is forwarded, unless Remote-User is a field that"))
    }
}
