import Foundation

/// Where the content of a message ends.
enum WireFraming: Equatable {
    case none
    case length(Int)
    case chunked
    case untilClose
}

/// Reads HTTP/1.1 messages from a socket, just well enough for tests to look at raw octets.
final class Wire {
    let socket: Socket
    /// Told of every octet that arrives.
    var onReceive: (([UInt8].SubSequence) -> Void)?
    private var buffer: [UInt8] = []
    private var start = 0
    private var scratch = [UInt8](repeating: 0, count: 64 * 1024)

    init(_ socket: Socket) {
        self.socket = socket
    }

    /// Octets that arrived and were not yet taken.
    var pendingCount: Int { buffer.count - start }

    /// Waits for more octets.
    ///
    /// False when the peer ended its direction.
    func fill(by deadline: Deadline, for what: String) throws -> Bool {
        let count = try socket.receive(
            into: &scratch,
            by: deadline,
            for: "\(what), \(pendingCount) octets pending"
        )
        guard count > 0 else { return false }
        if start == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            start = 0
        }
        buffer.append(contentsOf: scratch[..<count])
        onReceive?(scratch[..<count])
        return true
    }

    /// Takes up to `count` pending octets.
    func take(_ count: Int) -> ArraySlice<UInt8> {
        let end = min(start + count, buffer.count)
        defer { start = end }
        return buffer[start..<end]
    }

    /// Takes everything up to and with `mark`.
    ///
    /// Nil when the peer closed before the first octet.
    func take(through mark: [UInt8], by deadline: Deadline, for what: String) throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = find(mark, from: searched) { return Array(take(end - start)) }
            searched = max(start, buffer.count - mark.count + 1)
            let offset = searched - start
            guard try fill(by: deadline, for: what) else {
                if pendingCount == 0 { return nil }
                throw WireError.closedEarly("\(what), after \(pendingCount) octets")
            }
            searched = start + offset
        }
    }

    private func find(_ mark: [UInt8], from first: Int) -> Int? {
        var index = first
        while index + mark.count <= buffer.count {
            if buffer[index] == mark[0], buffer[index..<(index + mark.count)].elementsEqual(mark) {
                return index + mark.count
            }
            index += 1
        }
        return nil
    }

    /// The next head.
    ///
    /// Nil when the peer closed instead of sending one.
    func readHead(by deadline: Deadline) throws -> RawHead? {
        try take(through: Array("\r\n\r\n".utf8), by: deadline, for: "a head").map(RawHead.init)
    }

    /// Hands the content to `each`, piece by piece, and returns the trailer fields.
    func readBody(
        _ framing: WireFraming,
        by deadline: Deadline,
        each: (ArraySlice<UInt8>) throws -> Void
    ) throws -> [RawField] {
        switch framing {
        case .none:
            return []
        case .length(let length):
            try readExactly(length, by: deadline, each: each)
            return []
        case .chunked:
            return try readChunks(by: deadline, each: each)
        case .untilClose:
            repeat {
                if pendingCount > 0 { try each(take(pendingCount)) }
            } while try fill(by: deadline, for: "the connection's end")
            return []
        }
    }

    private func readExactly(
        _ length: Int,
        by deadline: Deadline,
        each: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        var left = length
        while left > 0 {
            if pendingCount == 0, !(try fill(by: deadline, for: "\(left) octets of content")) {
                throw WireError.closedEarly("\(left) octets of content missing")
            }
            let piece = take(left)
            left -= piece.count
            try each(piece)
        }
    }

    private func readChunks(
        by deadline: Deadline,
        each: (ArraySlice<UInt8>) throws -> Void
    ) throws -> [RawField] {
        while true {
            let line = try readLine(by: deadline, for: "a chunk size")
            let digits = line.prefix { $0 != ";" }.trimmed
            guard let size = Int(digits, radix: 16), size >= 0 else {
                throw WireError.malformed("chunk size \(line)")
            }
            if size == 0 { return try readTrailers(by: deadline) }
            try readExactly(size, by: deadline, each: each)
            guard try readLine(by: deadline, for: "a chunk's end").isEmpty else {
                throw WireError.malformed("no line end after a chunk")
            }
        }
    }

    private func readTrailers(by deadline: Deadline) throws -> [RawField] {
        var lines: [String] = []
        while true {
            let line = try readLine(by: deadline, for: "trailers")
            if line.isEmpty { return try RawHead.fields(lines) }
            lines.append(line)
        }
    }

    private func readLine(by deadline: Deadline, for what: String) throws -> String {
        guard let octets = try take(through: [13, 10], by: deadline, for: what) else {
            throw WireError.closedEarly(what)
        }
        return String(latin1: octets.dropLast(2))
    }
}

extension WireFraming {
    /// How the content of a request with this head ends.
    static func ofRequest(_ head: RawHead) -> WireFraming {
        if head["Transfer-Encoding"] != nil { return .chunked }
        return head["Content-Length"].flatMap(Int.init).map { .length($0) } ?? .none
    }

    /// How the content of a final response to `method` ends.
    static func ofResponse(_ head: RawHead, to method: String) -> WireFraming {
        let status = RawResponse.status(head)
        if method == "HEAD" || status == 204 || status == 304 { return .none }
        if head["Transfer-Encoding"] != nil { return .chunked }
        return head["Content-Length"].flatMap(Int.init).map { .length($0) } ?? .untilClose
    }
}
