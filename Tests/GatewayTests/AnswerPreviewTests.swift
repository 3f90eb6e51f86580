import HTTPMessage
import MethodPolicy
import Testing

@testable import Gateway

@Suite("The head that explain shows")
struct AnswerPreviewTests {
    private let origin = "https://app.example.com"

    /// The lines of a head: nothing but CRLF ends them, and no empty line is among them.
    private func lines(_ head: String) -> [String] {
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false).map(String.init)
        #expect(!lines.contains { $0.isEmpty || $0.contains("\n") || $0.contains("\r") })
        return lines
    }

    private func value(_ name: String, _ lines: [String]) -> String? {
        let found = lines.filter { $0.hasPrefix("\(name): ") }
        #expect(found.count <= 1, "\(found)")
        return found.first.map { String($0.dropFirst(name.count + 2)) }
    }

    private func refusal(
        _ reason: RefusalReason,
        fault: MessageFault? = nil,
        pattern: String? = "/users",
        hasCORS: Bool = false
    ) throws -> [String] {
        let snapshot = try PolicyFixture.snapshot(hasCORS: hasCORS)
        let preview = AnswerPreview(
            policy: snapshot.policies.first,
            rule: pattern.flatMap { snapshot.rule($0) },
            view: pattern.flatMap { snapshot.rule($0)?.views.last },
            origin: hasCORS ? origin : nil
        )
        let request = (method: "DELETE", path: pattern ?? "/x", host: "shop.test")
        return lines(preview.refusal(reason, fault: fault, request: request))
    }

    @Test("405 has Allow, problem details and the connection stays open")
    func previewsMethodNotAllowed() throws {
        let head = try refusal(.methodNotAllowed)
        #expect(head.first == "HTTP/1.1 405 Method Not Allowed")
        #expect(value("Allow", head) == "GET, HEAD, POST, OPTIONS")
        #expect(value("Content-Type", head) == "application/problem+json")
        #expect(value("Content-Length", head).flatMap { Int($0) } ?? 0 > 0)
        #expect(value("Cache-Control", head) == "no-store")
        #expect(value("Proxy-Status", head) == "methodwall; error=http_request_denied")
        #expect(value("Date", head)?.hasSuffix(" GMT") == true)
        #expect(value("Date", head)?.count == 29)
        #expect(value("Connection", head) == nil)
        #expect(!head.contains { $0.hasPrefix("Access-Control") || $0.hasPrefix("Vary") })
    }

    @Test("A rule without methods still says what it allows")
    func previewsClosedRule() throws {
        let head = try refusal(.methodNotAllowed, pattern: "/closed")
        #expect(head.first == "HTTP/1.1 405 Method Not Allowed")
        #expect(head.contains { $0.hasPrefix("Allow: ") })
    }

    @Test(
        "The other statuses have no Allow",
        arguments: [
            (.unknownMethod, "501 Not Implemented"), (.noRuleForPath, "404 Not Found"),
            (.noPolicyForHost, "421 Misdirected Request"),
            (.loopDetected, "508 Loop Detected"),
        ] as [(RefusalReason, String)]
    )
    func previewsOthers(reason: RefusalReason, status: String) throws {
        let head = try refusal(reason, pattern: nil)
        #expect(head.first == "HTTP/1.1 \(status)")
        #expect(value("Allow", head) == nil)
        #expect(value("Connection", head) == nil)
    }

    @Test("A client that may not do what others may is told what it may")
    func previewsClientNotAllowed() throws {
        let head = try refusal(.clientNotAllowed)
        #expect(head.first == "HTTP/1.1 403 Forbidden")
        #expect(value("Allow", head) == "GET, HEAD, POST, OPTIONS")
    }

    @Test("415 says that content may come without a coding (RFC 9110 section 15.5.16)")
    func previewsUnscannable() throws {
        let head = try refusal(.unscannableContent, fault: MessageFault(.contentCoding))
        #expect(head.first == "HTTP/1.1 415 Unsupported Media Type")
        #expect(value("Accept-Encoding", head) == "identity")
        #expect(value("Connection", head) == "close")
    }

    @Test(
        "A malformed request gets its fault's status and the connection closes",
        arguments: [
            (.dotSegment, "400 Bad Request"), (.targetTooLong, "414 URI Too Long"),
            (.unsupportedVersion, "505 HTTP Version Not Supported"),
            (.headTooLarge, "431 Request Header Fields Too Large"),
        ] as [(MessageFault.Code, String)]
    )
    func previewsFaults(code: MessageFault.Code, status: String) throws {
        let head = try refusal(.malformedRequest, fault: MessageFault(code), pattern: nil)
        #expect(head.first == "HTTP/1.1 \(status)")
        #expect(value("Connection", head) == "close")
        #expect(value("Allow", head) == nil)
    }

    @Test("R-86: a refusal lets an allowed origin read it, Allow included")
    func previewsCORS() throws {
        let head = try refusal(.methodNotAllowed, hasCORS: true)
        #expect(value("Access-Control-Allow-Origin", head) == origin)
        #expect(value("Access-Control-Expose-Headers", head) == "X-Total, Allow")
        #expect(value("Access-Control-Allow-Credentials", head) == "true")
        #expect(value("Vary", head) == "Origin")
    }

    @Test("OPTIONS gets 204, Allow and no content")
    func previewsOptions() throws {
        let snapshot = try PolicyFixture.snapshot()
        let rule = try #require(snapshot.rule("/users"))
        let preview = AnswerPreview(
            policy: snapshot.policies.first,
            rule: rule,
            view: rule.views.last,
            origin: nil
        )
        let head = lines(preview.options(allow: rule.allow, preflight: nil))
        #expect(head.first == "HTTP/1.1 204 No Content")
        #expect(value("Allow", head) == "GET, HEAD, POST, OPTIONS")
        #expect(value("Content-Length", head) == nil)
        #expect(value("Content-Type", head) == nil)
    }

    @Test(
        "R-80: a preflight gets the fields that a browser needs, or none",
        arguments: [("https://app.example.com", true), ("https://evil.example", false)]
    )
    func previewsPreflight(origin: String, isAllowed: Bool) throws {
        let snapshot = try PolicyFixture.snapshot(hasCORS: true)
        let rule = try #require(snapshot.rule("/users"))
        let cors = try #require(rule.cors)
        let (octets, method) = (Array(origin.utf8), Array("POST".utf8))
        let verdict = cors.preflight(
            origin: octets.span,
            requestMethod: method.span,
            requestFields: Span()
        )
        let preview = AnswerPreview(
            policy: snapshot.policies.first,
            rule: rule,
            view: rule.views.last,
            origin: origin
        )
        let head = lines(preview.options(allow: rule.allow, preflight: verdict))
        #expect(head.first == "HTTP/1.1 204 No Content")
        #expect(value("Access-Control-Allow-Origin", head) == (isAllowed ? origin : nil))
        #expect(value("Access-Control-Max-Age", head) == (isAllowed ? "600" : nil))
        let vary = value("Vary", head)?.split(separator: ",").count
        #expect(vary == 3)
    }
}
