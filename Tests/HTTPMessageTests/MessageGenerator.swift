import TestKit

/// Writes HTTP/1 messages from the grammar, then spoils some of them.
struct MessageGenerator {
    var random: SeededGenerator

    private static let methods = [
        "GET", "GET", "POST", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "QUERY", "PURGE",
        "M-SEARCH", "BREW", "get", "VERSION-CONTROL", "PROPFIND", "TRACE", "DESCRIBE",
    ]
    private static let targets = [
        "/", "/a", "/a/b?c=d", "/?", "/a?b?c", "//a", "/%2e", "/a;b", "/{a}|[b]", "/~!$&'()*+,;=:@",
        "http://a.test/b?c", "http://a.test", "https://A.TEST:443/x", "/\\", "/a/../b", "/%zz",
    ]
    private static let names = [
        "Accept", "User-Agent", "X-A", "x_b", "Cookie", "Cookie", "A", "!#$%&'*+-.^_`|~1", "Via",
        "TE",
        "Expect", "Content-Type", "Keep-Alive", "Proxy-Connection", "Trailer", "Content-Encoding",
    ]
    private static let values: [[UInt8]] = [
        [], Array("x".utf8), Array("text/html, */*;q=0.8".utf8), Array("a\tb  c".utf8),
        [0x80, 0xFF, 0xE9],
        Array("100-continue".utf8), Array("\"quoted, string\"; a=b".utf8), Array("é€".utf8),
        Array(":;,=()<>@\\/[]?{}".utf8), Array(repeating: 0x78, count: 70), Array("chunked".utf8),
    ]
    private static let fragments = [
        "\r\n", "\n", "\r", " ", "\t", "\u{0}", ":", ": ", ",", ";", "0", "1", "a", "F", "x", "+",
        "-", "0x", "\"",
        "\r\n\r\n", "\r\n ", "\r\n\t", "Content-Length: 3\r\n", "Content-Length: 0\r\n",
        "content-length: 5\r\n",
        "Transfer-Encoding: chunked\r\n", "transfer-encoding: identity\r\n", "chunked", ", chunked",
        "gzip",
        "Connection: close\r\n", "Connection: keep-alive\r\n",
        "Connection: upgrade\r\nUpgrade: x\r\n", "Host: b\r\n",
        "0\r\n\r\n", "3\r\nabc\r\n", "HTTP/1.1", "HTTP/1.0", "/1.",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", ";a=b", "#", "@",
        "\u{7F}", "é", "%", "?", "*", "http://", "A: b\r\n", " HTTP/1.1\r\n", "200", "204", "304",
        "100",
    ]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
    }

    /// One to three pipelined requests, perhaps spoilt.
    mutating func requests() -> [UInt8] {
        var stream: [UInt8] = []
        for _ in 0..<(1 + random.below(3)) { appendRequest(to: &stream) }
        return spoilt(stream)
    }

    /// One to three responses, perhaps spoilt.
    mutating func responses() -> [UInt8] {
        var stream: [UInt8] = []
        for _ in 0..<(1 + random.below(3)) { appendResponse(to: &stream) }
        return spoilt(stream)
    }

    private mutating func appendRequest(to stream: inout [UInt8]) {
        if random.once(in: 30) { stream += Array("\r\n".utf8) }
        let version = random.once(in: 8) ? "HTTP/1.0" : "HTTP/1.1"
        if random.once(in: 40) {
            stream += Array("CONNECT a.test:443 \(version)\r\nHost: a.test:443\r\n".utf8)
        } else {
            let method = random.pick(Self.methods)
            let target = method == "OPTIONS" && random.once(in: 2) ? "*" : random.pick(Self.targets)
            stream += Array("\(method) \(target) \(version)\r\n".utf8)
            appendFields(to: &stream)
            if !random.once(in: 20) { stream += Array("Host: a.test\r\n".utf8) }
        }
        appendFields(to: &stream)
        appendConnection(to: &stream)
        appendContent(to: &stream, isFramed: !random.once(in: 3))
    }

    private mutating func appendResponse(to stream: inout [UInt8]) {
        let version = random.once(in: 8) ? "HTTP/1.0" : "HTTP/1.1"
        let status = random.pick([
            "200 OK", "200 OK", "200 OK", "404 Not Found", "204 No Content", "304 Not Modified",
            "100 Continue",
            "103 Early Hints", "500 ", "418", "599 X Y", "101 Switching Protocols", "302 Fünd",
        ])
        stream += Array("\(version) \(status)\r\n".utf8)
        appendFields(to: &stream)
        appendConnection(to: &stream)
        let hasContent = !["204", "304", "100", "103", "101"].contains(String(status.prefix(3)))
        appendContent(to: &stream, isFramed: hasContent && !random.once(in: 10))
    }

    private mutating func appendFields(to stream: inout [UInt8]) {
        for _ in 0..<random.below(4) {
            stream += Array(random.pick(Self.names).utf8)
            stream.append(0x3A)
            stream += Array(random.pick(["", " ", "  ", "\t", " \t "]).utf8)
            stream += random.pick(Self.values)
            stream += Array(random.pick(["", "", " ", "\t "]).utf8)
            stream += Array("\r\n".utf8)
        }
    }

    private mutating func appendConnection(to stream: inout [UInt8]) {
        let line =
            switch random.below(16) {
            case 0: "Connection: close\r\n"
            case 1, 2: "Connection: keep-alive\r\n"
            case 3: "Connection: X-A, Keep-Alive\r\n"
            case 4: random.once(in: 3) ? "Connection: upgrade\r\nUpgrade: websocket\r\n" : ""
            default: ""
            }
        stream += Array(line.utf8)
    }

    /// Ends the head and writes content, with a length or in chunks.
    private mutating func appendContent(to stream: inout [UInt8], isFramed: Bool) {
        guard isFramed else {
            stream += Array("\r\n".utf8)
            return
        }
        if random.once(in: 2) {
            let count = random.below(30)
            let length = random.pick([
                "Content-Length: ", "content-length:", "Content-Length: 00", "Content-Length:\t",
                "Content-Length: \t ",
            ])
            stream += Array("\(length)\(count)\(random.pick(["", "", " ", "  "]))\r\n\r\n".utf8)
            for _ in 0..<count { stream.append(UInt8(random.below(256))) }
            return
        }
        stream += Array(
            random.pick([
                "Transfer-Encoding: chunked", "transfer-encoding:CHUNKED ",
                "Transfer-Encoding:\t chunked",
            ]).utf8
        )
        stream += Array("\r\n\r\n".utf8)
        for _ in 0..<random.below(4) {
            let count = 1 + random.below(20)
            let size = String(count, radix: 16, uppercase: random.once(in: 2))
            let extensions = random.pick(["", "", "", ";a", ";a=b;c", ";a=\"b;\\\"c\"", ";a=\"\""])
            stream += Array("\(random.pick(["", "0", "000"]))\(size)\(extensions)\r\n".utf8)
            for _ in 0..<count { stream.append(UInt8(random.below(256))) }
            stream += Array("\r\n".utf8)
        }
        stream += Array(random.pick(["0\r\n", "000\r\n", "0;a=b\r\n"]).utf8)
        if random.once(in: 3) { appendFields(to: &stream) }
        stream += Array("\r\n".utf8)
    }

    /// The stream, most times with some octets changed, inserted, removed, repeated or cut off.
    private mutating func spoilt(_ original: [UInt8]) -> [UInt8] {
        var stream = original
        guard !random.once(in: 4) else { return stream }
        for _ in 0..<(1 + random.below(3)) where !stream.isEmpty {
            let index = random.below(stream.count)
            switch random.below(8) {
            case 0: stream[index] = UInt8(random.below(256))
            case 1: stream[index] ^= 1 << UInt8(random.below(8))
            case 2: stream.remove(at: index)
            case 3:
                let end = min(stream.count, index + 1 + random.below(12))
                stream.insert(contentsOf: stream[index..<end], at: random.below(stream.count))
            case 4: stream.removeSubrange(index..<min(stream.count, index + 1 + random.below(6)))
            case 5: stream.swapAt(index, random.below(stream.count))
            default: stream.insert(contentsOf: Array(random.pick(Self.fragments).utf8), at: index)
            }
        }
        if random.once(in: 10), !stream.isEmpty { stream.removeLast(random.below(stream.count)) }
        return stream
    }
}
