import Foundation

/// A blocking client that sends exactly the octets a test gives it.
///
/// Not `Sendable`: one thread uses it. Closes when it goes away.
public final class RawClient {
    private let wire: Wire

    /// Connects to a loopback TCP port.
    ///
    /// - Parameters:
    ///   - port: the port on 127.0.0.1.
    ///   - receiveBufferBytes: the kernel's receive buffer; small makes a slow reader.
    /// - Throws: ``WireError`` if nobody listens there.
    public init(port: Int, receiveBufferBytes: Int32? = nil) throws {
        let endpoint = Endpoint.loopback(port: UInt16(port))
        wire = Wire(
            try endpoint.connect(
                by: Deadline(after: .seconds(5)),
                receiveBufferBytes: receiveBufferBytes
            )
        )
    }

    /// Connects to a unix socket.
    public init(unixPath: String) throws {
        wire = Wire(try Endpoint.unix(path: unixPath).connect(by: Deadline(after: .seconds(5))))
    }

    /// Sends text as UTF-8.
    public func send(_ text: String, within limit: Duration = .seconds(10)) throws {
        try send(Array(text.utf8), within: limit)
    }

    /// Sends octets.
    public func send(_ octets: [UInt8], within limit: Duration = .seconds(10)) throws {
        try wire.socket.send(octets, by: Deadline(after: limit))
    }

    /// Sends octets until the peer takes no more for `patience`.
    ///
    /// - Returns: how many octets of `octets`, repeated up to `count` times, went out.
    public func sendRepeatedly(
        _ octets: [UInt8],
        count: Int,
        patience: Duration
    ) throws -> Int {
        var sent = 0
        do {
            for _ in 0..<count {
                var position = 0
                while position < octets.count {
                    let step = try wire.socket.sendSome(
                        octets,
                        from: position,
                        by: Deadline(after: patience)
                    )
                    position += step
                    sent += step
                }
            }
        } catch WireError.deadline {
            return sent
        }
        return sent
    }

    /// Ends the sending direction and keeps reading possible.
    public func finishSending() { wire.socket.finishSending() }

    /// Closes the connection in order.
    public func close() { wire.socket.close() }

    /// Closes the connection with a reset.
    public func reset() { wire.socket.reset() }

    /// The next response, interim responses included.
    ///
    /// - Parameters:
    ///   - method: the request's method, which tells whether there is content.
    ///   - limit: how long to wait for all of it.
    /// - Returns: the final response.
    /// - Throws: ``WireError`` if it does not come whole and in time.
    public func readResponse(
        to method: String = "GET",
        within limit: Duration = .seconds(10)
    ) throws -> RawResponse {
        let deadline = Deadline(after: limit)
        var interim: [RawHead] = []
        while true {
            guard let head = try wire.readHead(by: deadline) else {
                throw WireError.closedEarly("a response's head")
            }
            if 100..<200 ~= RawResponse.status(head), RawResponse.status(head) != 101 {
                interim.append(head)
                continue
            }
            let framing = WireFraming.ofResponse(head, to: method)
            var body: [UInt8] = []
            let trailers = try wire.readBody(framing, by: deadline) { body += $0 }
            return RawResponse(
                interim: interim,
                head: head,
                body: body,
                trailers: trailers,
                endedByClose: framing == .untilClose
            )
        }
    }

    /// The next head alone, for tests that take the content piece by piece.
    public func readHead(within limit: Duration = .seconds(10)) throws -> RawHead {
        guard let head = try wire.readHead(by: Deadline(after: limit)) else {
            throw WireError.closedEarly("a head")
        }
        return head
    }

    /// Hands `length` octets of content, or chunked content if nil, to `each`.
    public func readContent(
        length: Int?,
        within limit: Duration,
        each: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        let framing: WireFraming = length.map { .length($0) } ?? .chunked
        _ = try wire.readBody(framing, by: Deadline(after: limit), each: each)
    }

    /// At least one octet, or an empty array at the connection's end.
    public func readSome(within limit: Duration = .seconds(10)) throws -> [UInt8] {
        if wire.pendingCount == 0 {
            _ = try wire.fill(by: Deadline(after: limit), for: "some octets")
        }
        return Array(wire.take(wire.pendingCount))
    }

    /// Everything up to the peer's orderly end of its direction.
    public func readToEnd(within limit: Duration = .seconds(10)) throws -> [UInt8] {
        var octets: [UInt8] = []
        _ = try wire.readBody(.untilClose, by: Deadline(after: limit)) { octets += $0 }
        return octets
    }

    /// Whether the peer ends the connection, orderly or by reset, without sending another octet.
    public func isClosedByPeer(within limit: Duration = .seconds(10)) -> Bool {
        do {
            return try readSome(within: limit).isEmpty
        } catch {
            return (error as? WireError) == .reset
        }
    }

    /// Whether nothing arrives and nothing is closed for `limit`.
    public func staysSilent(for limit: Duration) -> Bool {
        guard wire.pendingCount == 0 else { return false }
        return (try? wire.socket.isReady(for: POLLIN, by: Deadline(after: limit))) == false
    }

    /// Sends one request and reads its response.
    public func exchange(
        _ request: String,
        within limit: Duration = .seconds(10)
    ) throws -> RawResponse {
        try send(request, within: limit)
        let method = request.prefix { $0 != " " }
        return try readResponse(to: String(method), within: limit)
    }
}
