import Foundation
import Locking
import TestKit
import Testing

/// A gateway before an origin that remembers each request and whether all of its content arrived.
///
/// Requests are told apart by a field that each of them gets, so tests may share one.
final class WitnessedGateway: Sendable {
    let gateway: RunningGateway
    let origin: RawOrigin
    let witness = Witness()

    /// Starts both.
    ///
    /// - Parameters:
    ///   - policy: the text of the policy file.
    ///   - configuration: lines of methodwall.yaml beside the usual ones.
    /// - Throws: an error if either does not listen in time.
    init(policy: String, configuration: [String] = []) throws {
        let witness = witness
        origin = try RawOrigin { try witness.serve($0) }
        let lines = [
            "listen:",
            "  - address: 127.0.0.1:0",
            "upstreams:",
            "  legacy: http://127.0.0.1:\(origin.port)",
            "policies: policies/",
            "workers: 1",
        ]
        gateway = try RunningGateway(
            configuration: (lines + configuration).joined(separator: "\n") + "\n",
            policy: policy,
            keeping: origin
        )
    }

    /// What became of one request.
    struct Outcome {
        let response: RawResponse
        /// The request as the origin saw it, if it arrived whole.
        let seen: WitnessedRequest?
        /// Whether its head reached the origin, whole content or not.
        let hasReachedOrigin: Bool
        /// The octets of its content that reached the origin, framing included.
        let received: [UInt8]

        /// Whether the origin answered.
        var isForwarded: Bool { response["X-Origin"] == "raw" }
        var status: Int { response.status }
        var allow: String? { response["Allow"] }
    }

    /// Sends one request on a connection of its own, and looks at what the origin got of it.
    ///
    /// - Parameters:
    ///   - method: the method.
    ///   - target: the request target.
    ///   - fields: field lines beside Host and the mark.
    ///   - body: content with a Content-Length.
    ///   - host: the value of Host.
    /// - Returns: what became of it.
    /// - Throws: an error if no response comes.
    func send(
        _ method: String,
        _ target: String,
        _ fields: [String] = [],
        body: String? = nil,
        host: String = "shop.test"
    ) throws -> Outcome {
        let mark = Witness.mark()
        let text = request(method, target, fields + [mark.line], body: body, host: host)
        return try outcome(of: mark, to: method) { try $0.send(text) }
    }

    /// Sends a request's octets in pieces; `head` is everything before the mark.
    func send(_ method: String, head: String, content: [[UInt8]]) throws -> Outcome {
        let mark = Witness.mark()
        return try outcome(of: mark, to: method) { client in
            try client.send("\(head)\(mark.line)\r\n\r\n")
            for piece in content {
                // A refusal in the midst of the content may close the connection.
                do { try client.send(piece) } catch WireError.reset { return }
            }
        }
    }

    private func outcome(
        of mark: Witness.Mark,
        to method: String,
        sending: (RawClient) throws -> Void
    ) throws -> Outcome {
        let client = try gateway.connect()
        try sending(client)
        let response = try client.readResponse(to: method)
        let hasReached = origin.receivedText.contains(mark.line)
        if hasReached { _ = eventually { witness.hasSettled(mark) } }
        return Outcome(
            response: response,
            seen: witness.request(mark),
            hasReachedOrigin: hasReached,
            received: hasReached ? content(behind: mark) : []
        )
    }

    /// What came behind the head that has the mark, on the same connection.
    private func content(behind mark: Witness.Mark) -> [UInt8] {
        for octets in origin.received {
            guard let found = octets.firstRange(of: Array(mark.line.utf8)) else { continue }
            let rest = octets[found.upperBound...]
            guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { continue }
            return Array(rest[end.upperBound...])
        }
        return []
    }
}

/// One whole request as the origin saw it.
struct WitnessedRequest: Sendable {
    let head: RawHead
    /// The content, chunked coding taken off.
    let body: [UInt8]
    let trailers: [RawField]

    var method: String { String(head.startLine.prefix { $0 != " " }) }
    var target: String {
        let parts = head.startLine.split(separator: " ", omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : ""
    }

    /// The value of the first field line called `name`, in any case.
    subscript(_ name: String) -> String? { head[name] }
}

/// What an origin saw, by the marks of the requests.
final class Witness: Sendable {
    /// A field line that no other request has.
    struct Mark: Sendable {
        let value: String
        var line: String { "X-Case: \(value)" }
    }

    private static let count = Lock(0)
    private let requests = Lock<[String: WitnessedRequest?]>([:])

    /// A mark that was never used before.
    static func mark() -> Mark {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return Mark(value: "case-\(number)-end")
    }

    /// The whole request that carries the mark.
    func request(_ mark: Mark) -> WitnessedRequest? { requests.withLock { $0[mark.value] } ?? nil }

    /// Whether the origin is done with the request: it was whole, or its connection ended.
    func hasSettled(_ mark: Mark) -> Bool { requests.withLock { $0[mark.value] } != nil }

    /// Answers 200 to every request that arrives whole.
    func serve(_ connection: OriginConnection) throws {
        while let head = try connection.readHead() {
            if head["Expect"] != nil { try connection.send("HTTP/1.1 100 Continue\r\n\r\n") }
            let mark = head["X-Case"] ?? ""
            var body: [UInt8] = []
            let trailers: [RawField]
            do {
                trailers = try connection.readContent(of: head) { body += $0 }
            } catch {
                requests.withLock { $0[mark] = .some(nil) }
                throw error
            }
            let whole = WitnessedRequest(head: head, body: body, trailers: trailers)
            requests.withLock { $0[mark] = whole }
            let content = whole.method == "HEAD" ? "" : "ok"
            try connection.send(
                "HTTP/1.1 200 OK\r\nX-Origin: raw\r\nContent-Length: 2\r\n\r\n\(content)"
            )
        }
    }
}

/// One witnessed gateway that the cases of a table share.
///
/// It ends with the test process.
final class SharedWitness: Sendable {
    private let made: Result<WitnessedGateway, any Error>

    init(_ policy: String, configuration: [String] = []) {
        made = Result { try WitnessedGateway(policy: policy, configuration: configuration) }
    }

    func get() throws -> WitnessedGateway { try made.get() }
}
