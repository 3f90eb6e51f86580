import TestKit

/// Writes HTTP/1 messages by the grammar of RFC 9112, valid or nearly.
enum WireGrammar {
    private static let methods = [
        "GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "M-SEARCH", "PROPFIND", "COPY",
        "QUERY", "PURGE", "BREW", "get", "TRACE", "PRI", "SOURCE", "DESCRIBE", "A",
        "!#$%&'*+-.^_`|~",
    ]
    private static let paths = [
        "", "/", "/a", "/a/b", "/a//b", "/%2E%2e/a", "/a;b=c", "/..", "/%zz", "/\\", "/{a}|^`", "*",
    ]
    private static let queries = ["", "", "?", "?a=b", "?a?b/c;d&_method=DELETE", "?%", "?[]{}"]
    private static let authorities = [
        "a.test", "A.TEST", "a.test:80", "a.test:8080", "[::1]", "[::ffff:1.2.3.4]:443", "1.2.3.4",
        "a.test.", "a", "b", "u@a.test", "a.test:", "a.test:0", "a..b", "[::1", "",
    ]
    private static let names = [
        "Accept", "X-A", "x_b", "Cookie", "Via", "TE", "Trailer", "Expect", "Upgrade", "Connection",
        "Proxy-Connection", "Keep-Alive", "Content-Type", "Content-Encoding",
        "X-HTTP-Method-Override",
        "Destination", "Transfer-Encodin", "Content-Lengt", "Content_Length", "Hos", "a",
        "!#$%&'*+-.^`|~",
    ]
    private static let values = [
        "", "x", "text/html, */*;q=0.8", "a\tb  c", "100-continue", "close", "keep-alive",
        "x-a, close",
        "websocket", "\"a, \\\"b\"; c=d", "é€", ":;,=()<>@\\/[]?{}", "chunked", "trailers", "gzip",
        "0",
    ]
    private static let blanks = ["", " ", "  ", "\t", " \t "]

    /// Pieces that mean something in a message.
    static let dictionary: [[UInt8]] =
        [
            "\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "\r\r\n", "\r\n ", "\r\n\t", "\0", ":", ": ",
            " :",
            "Content-Length: 3\r\n", "Content-Length: 0\r\n", "content-length:5\r\n",
            "Content-Length: +3\r\n",
            "Content-Length: 3, 3\r\n", "Content-Length: 0x3\r\n", "Content-Length:\r\n 3\r\n",
            "Content-Length: 9223372036854775807\r\n", "Content-Length: 18446744073709551617\r\n",
            "Transfer-Encoding: chunked\r\n", "transfer-encoding:\tchunked \r\n",
            "Transfer-Encoding : chunked\r\n",
            "Transfer-Encoding: identity\r\n", "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding: \"chunked\"\r\n",
            "Transfer-Encoding: xchunked\r\n", "Transfer-Encoding:\u{B}chunked\r\n", ", chunked",
            ",", ";",
            "Connection: close\r\n", "Connection: keep-alive\r\n",
            "Connection: Content-Length, host\r\n",
            "Connection: upgrade\r\nUpgrade: h2c\r\n", "Upgrade: websocket\r\n",
            "Proxy-Connection: close\r\n",
            "Host: a.test\r\n", "Host: b\r\n", "host:\r\n", "Host: a, b\r\n", "Host: a.test:80\r\n",
            "0\r\n\r\n", "0\r\n", "3\r\nabc\r\n", "3;a=\"b\"\r\nabc\r\n", "3 \r\nabc\r\n", "0;\r\n",
            "00000000000000003\r\n",
            "FFFFFFFFFFFFFFFF\r\n", "7FFFFFFFFFFFFFFF\r\n", "8000000000000000\r\n", "-1\r\n",
            "0x3\r\n",
            " HTTP/1.1\r\n", " HTTP/1.0\r\n", "HTTP/1.1", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2",
            "http/1.1", "HTTP/1.10",
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\n",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 \r\n",
            "101", "099", "600",
            "http://a.test/", "HTTPS://", "CONNECT a.test:443", "OPTIONS *",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "#", "@", "?",
            "Expect: 100-continue\r\n", "A: b\r\n", "é", "\u{7F}", "%", "\"", "\\", "\u{85}",
            "\u{2028}",
        ].map { Array($0.utf8) }

    static func requestHead(_ random: inout SeededGenerator) -> [UInt8] {
        let version = random.once(in: 8) ? "HTTP/1.0" : "HTTP/1.1"
        let method = random.pick(methods)
        let authority = random.pick(authorities)
        let named =
            random.once(in: 6) ? random.pick(["http://", "https://", "hTTp://"]) + authority : ""
        let target =
            random.once(in: 30)
            ? "*" : named + random.pick(paths) + random.pick(queries)
        var lines = random.once(in: 30) ? "\r\n" : ""
        lines +=
            random.once(in: 40)
            ? "CONNECT \(authority) \(version)\r\n"
            : "\(method) \(target.isEmpty ? "/" : target) \(version)\r\n"
        let host =
            named.isEmpty ? random.pick(["a.test", "b", random.pick(authorities)]) : authority
        return Array(lines.utf8) + fieldLines(&random)
            + Array((random.once(in: 20) ? "" : "Host: \(host)\r\n").utf8) + fieldLines(&random)
    }

    static func responseHead(_ random: inout SeededGenerator) -> [UInt8] {
        let version = random.once(in: 8) ? "HTTP/1.0" : "HTTP/1.1"
        let status = random.pick([
            "200 OK", "200 OK", "404 Not Found", "204 No Content", "304 Not Modified", "500 ",
            "418",
            "100 Continue", "103 Early Hints", "101 Switching Protocols", "599 X \t Y", "302 Fünd",
            "205 Reset Content", "199 x", "600 x", "099 x", "2000 x", "20 x",
        ])
        return Array("\(version) \(status)\r\n".utf8) + fieldLines(&random)
    }

    static func fieldLines(_ random: inout SeededGenerator) -> [UInt8] {
        var octets: [UInt8] = []
        for _ in 0..<random.below(4) {
            let line =
                "\(random.pick(names)):\(random.pick(blanks))\(random.pick(values))"
                + "\(random.once(in: 4) ? random.pick(blanks) : "")\r\n"
            octets += Array(line.utf8)
        }
        return octets
    }

    /// The end of a head, with framing fields perhaps, and content that suits them.
    static func framedContent(_ random: inout SeededGenerator, isFramed: Bool) -> [UInt8] {
        let end = Array("\r\n".utf8)
        guard isFramed else { return end }
        if random.once(in: 2) {
            let content = octets(random.below(40), &random)
            let name = random.pick(["Content-Length: ", "content-length:", "Content-Length: 00"])
            return Array("\(name)\(content.count)\r\n\r\n".utf8) + content
        }
        let name = random.pick([
            "Transfer-Encoding: ", "transfer-encoding:", "TRANSFER-ENCODING:\t",
        ])
        let coding = random.pick(["chunked", "chunked", "Chunked", "chunked "])
        return Array("\(name)\(coding)\r\n\r\n".utf8) + chunks(&random)
    }

    /// The chunked coding of some content.
    static func chunks(_ random: inout SeededGenerator) -> [UInt8] {
        let extensions = [
            "", "", "", ";a", ";a=b;c", ";a=\"b;\\\"\u{E9}c\"", ";a=\"\"", ";a=", "; a",
            ";a=\"\r\n\"",
        ]
        var coded: [UInt8] = []
        for _ in 0..<random.below(4) {
            let content = octets(1 + random.below(40), &random)
            let size = String(content.count, radix: 16, uppercase: random.once(in: 2))
            let zeros = random.pick(["", "", "0", "0000000000000000"])
            coded += Array("\(zeros)\(size)\(random.pick(extensions))\r\n".utf8) + content
            coded += Array("\r\n".utf8)
        }
        coded += Array(random.pick(["0\r\n", "0\r\n", "000\r\n", "0;a=b\r\n"]).utf8)
        if random.once(in: 3) { coded += fieldLines(&random) }
        return coded + Array("\r\n".utf8)
    }

    private static func octets(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8(random.below(256)) }
    }
}
