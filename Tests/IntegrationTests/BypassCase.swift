import Foundation
import TestKit
import Testing

/// Octets that try to get round a policy, and how they must be refused.
///
/// Whatever must not reach the origin holds the word `evil`.
struct BypassCase: Sendable, CustomTestStringConvertible {
    let name: String
    let octets: [UInt8]
    let status: Int
    /// What the problem body and the log give as the reason.
    let reason: String
    /// The fault that the log names beside a malformed request.
    let detail: String?

    init(
        _ name: String,
        octets: [UInt8],
        _ status: Int,
        _ reason: String,
        _ detail: String? = nil
    ) {
        self.name = name
        self.octets = octets
        self.status = status
        self.reason = reason
        self.detail = detail
    }

    var testDescription: String { name }
    private var isHead: Bool { octets.starts(with: Array("HEAD ".utf8)) }

    /// Sends the octets, and expects the refusal, its line in the log, and nothing at the origin.
    func expectRefusal(
        by fixture: Fixture,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let client = try fixture.gateway.connect()
        try client.send(octets)
        let response = try client.readResponse(to: isHead ? "HEAD" : "GET")
        #expect(response.status == status, sourceLocation: sourceLocation)
        #expect(response["X-Origin"] == nil, sourceLocation: sourceLocation)
        if isHead {
            #expect(response.body.isEmpty, sourceLocation: sourceLocation)
        } else {
            let problem = try problem(response, sourceLocation: sourceLocation)
            #expect(problem["reason"] as? String == reason, sourceLocation: sourceLocation)
        }
        _ = try fixture.gateway.waitForLogEntry(sourceLocation: sourceLocation) {
            $0.status == status && $0.reason == reason && $0.detail == detail
        }
        try fixture.expectNoEvil(sourceLocation: sourceLocation)
    }
}

extension BypassCase {
    /// A request with this method, refused by the policy or for not being one.
    static func method(
        _ method: String,
        _ target: String = "/evil",
        _ fields: [String] = [],
        _ status: Int = 501,
        _ reason: String = "unknown_method"
    ) -> BypassCase {
        let text = request(method, target, fields + ["X-C: evil"])
        return BypassCase("\(method) \(target)", octets: Array(text.utf8), status, reason)
    }

    /// Octets that no parser may take for a request.
    static func malformed(_ text: String, _ detail: String, _ status: Int = 400) -> BypassCase {
        malformed(octets: Array(text.utf8), detail, status)
    }

    static func malformed(octets: [UInt8], _ detail: String, _ status: Int = 400) -> BypassCase {
        let reason = status == 505 ? "unsupported_version" : "malformed_request"
        let shown = String(latin1: octets).debugDescription.prefix(90)
        return BypassCase(String(shown), octets: octets, status, reason, detail)
    }

    /// A GET of a target that is refused before any rule is asked.
    static func target(_ target: String, _ detail: String) -> BypassCase {
        malformed(request("GET", target, ["X-C: evil"]), detail)
    }

    /// A GET with field lines after Host.
    static func field(_ line: String, _ detail: String) -> BypassCase {
        malformed("GET /status HTTP/1.1\r\nHost: a\r\n\(line)\r\nX-C: evil\r\n\r\n", detail)
    }
}

extension Fixture {
    /// Expects that nothing of a refused request has reached the origin.
    func expectNoEvil(sourceLocation: SourceLocation = #_sourceLocation) throws {
        // One later request through the same worker: whatever was to reach the origin has.
        let status = try gateway.exchange(request("GET", "/status")).status
        #expect(status == 200, sourceLocation: sourceLocation)
        #expect(!origin.receivedText.contains("evil"), sourceLocation: sourceLocation)
    }

    /// How often `text` stands in what the origin received.
    func countAtOrigin(_ text: String) -> Int {
        origin.receivedText.components(separatedBy: text).count - 1
    }
}

extension Policies {
    /// Allows every method nearly everywhere, so that only the refusal of the trick itself counts.
    static let nearlyOpen = """
        methodwall: 1
        policy: nearly-open
        paths:
          /status: GET
          /mail: POST
          /admin/**: none
          /**: any
        """
}
