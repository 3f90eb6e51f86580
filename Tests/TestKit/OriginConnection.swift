import Foundation

/// One connection on the origin's side.
///
/// One thread uses it.
public final class OriginConnection {
    /// The number of the connection at its origin, from nought.
    public let index: Int
    private let wire: Wire
    private let recording: Recording

    init(_ accepted: Accepted) {
        wire = Wire(Socket(adopting: accepted.descriptor))
        index = accepted.index
        let recording = accepted.recording
        self.recording = recording
        wire.onReceive = { recording.append($0) }
    }

    /// Every octet received so far.
    public var received: [UInt8] { recording.octets }

    /// The next request with its content.
    ///
    /// Nil when the peer closed the connection instead.
    public func readRequest(within limit: Duration = .seconds(30)) throws -> RawRequest? {
        guard let head = try readHead(within: limit) else { return nil }
        var body: [UInt8] = []
        let trailers = try readContent(of: head, within: limit) { body += $0 }
        return RawRequest(head: head, body: body, trailers: trailers)
    }

    /// The next request, which must come.
    public func expectRequest(within limit: Duration = .seconds(10)) throws -> RawRequest {
        guard let request = try readRequest(within: limit) else {
            throw WireError.closedEarly("a request")
        }
        return request
    }

    /// The next request's head.
    ///
    /// Nil when the peer closed the connection instead.
    public func readHead(within limit: Duration = .seconds(30)) throws -> RawHead? {
        try wire.readHead(by: Deadline(after: limit))
    }

    /// Hands the content that `head` announces to `each`, and returns the trailer fields.
    @discardableResult
    public func readContent(
        of head: RawHead,
        within limit: Duration = .seconds(30),
        each: (ArraySlice<UInt8>) throws -> Void
    ) throws -> [RawField] {
        try wire.readBody(.ofRequest(head), by: Deadline(after: limit), each: each)
    }

    /// At least one octet, or an empty array at the connection's end.
    public func readSome(within limit: Duration = .seconds(10)) throws -> [UInt8] {
        if wire.pendingCount == 0 {
            _ = try wire.fill(by: Deadline(after: limit), for: "some octets")
        }
        return Array(wire.take(wire.pendingCount))
    }

    /// Whether the gateway ends the connection, orderly or by reset, without another octet.
    public func isClosedByPeer(within limit: Duration = .seconds(10)) -> Bool {
        do {
            return try readSome(within: limit).isEmpty
        } catch {
            return (error as? WireError) == .reset
        }
    }

    /// Sends text as UTF-8.
    public func send(_ text: String, within limit: Duration = .seconds(10)) throws {
        try send(Array(text.utf8), within: limit)
    }

    /// Sends octets.
    public func send(_ octets: [UInt8], within limit: Duration = .seconds(10)) throws {
        try wire.socket.send(octets, by: Deadline(after: limit))
    }

    /// Sends text a few octets at a time with a pause between them.
    public func drip(_ text: String, octets step: Int, every interval: Duration) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            try send(Array(rest.prefix(step)))
            rest = rest.dropFirst(step)
            pause(interval)
        }
    }

    /// Sends `octets` again and again until the peer takes no more for `patience`.
    ///
    /// - Returns: how many octets went out.
    public func sendUntilBlocked(
        _ octets: [UInt8],
        countMax: Int,
        patience: Duration
    ) throws -> Int {
        var sent = 0
        do {
            while sent < countMax {
                sent += try wire.socket.sendSome(
                    octets,
                    from: sent % octets.count,
                    by: Deadline(after: patience)
                )
            }
        } catch WireError.deadline {
            return sent
        }
        return sent
    }

    /// Ends the sending direction.
    public func finishSending() { wire.socket.finishSending() }

    /// Closes in order.
    public func close() { wire.socket.close() }

    /// Closes with a reset.
    public func reset() { wire.socket.reset() }
}
