import HTTPMessage
import Testing

@Suite("Host")
struct HostTests {
    private func parse(_ host: String) -> ParsedRequest {
        parseRequest("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }

    @Test(
        "R-19: reads host and port",
        arguments: [
            ("a", "a"), ("example.com", "example.com"), ("Example.COM:8080", "Example.COM"),
            ("example.com.", "example.com."), ("a-b_c~d.test", "a-b_c~d.test"),
            ("127.0.0.1", "127.0.0.1"), ("127.0.0.1:65535", "127.0.0.1"), ("a:1", "a"),
            ("[::1]", "[::1]"), ("[::1]:80", "[::1]"), ("[::]", "[::]"),
            ("[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]"), ("[1::8]:1", "[1::8]"),
            ("[1:2:3:4:5:6:7::]", "[1:2:3:4:5:6:7::]"), ("[FE80::aBcD]", "[FE80::aBcD]"),
            ("[::ffff:10.0.0.255]", "[::ffff:10.0.0.255]"),
            ("[1:2:3:4:5:6:1.2.3.4]", "[1:2:3:4:5:6:1.2.3.4]"),
            ("xn--bcher-kva.test", "xn--bcher-kva.test"),
        ]
    )
    func readsHostAndPort(value: String, host: String) {
        let request = parse(value)
        #expect(request.outcome == .complete)
        #expect(request.host == host)
        #expect(request.authority == value)
    }

    @Test(
        "R-19, B-40: refuses a host that is not valid",
        arguments: [
            "", " ", ":80", "a:", "a:0", "a:65536", "a:123456", "a:8o", "a:80:80", "a: 80", "a b",
            "a,b", "a, b", "user@a", "a/b", "a?b", "a%2Eb", "a\\b", "a'b", "a;b", "a*", "(a)",
            "a&b",
            ".", "..", ".a", "a..b", "a.b..", "[]", "[", "]", "[::1", "::1", "[::1]a", "[::1]:",
            "[:::1]", "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[12345::]", "[g::]",
            "[:1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:]", "[fe80::1%25eth0]", "[v1.a]", "[1.2.3.4]",
            "[::1.2.3]", "[::1.2.3.256]", "[::1.2.3.4.5]", "[::01.2.3.4]", "[::1.2.3.4:1]",
            "[1:2:3:4:5:6:7:1.2.3.4]", "[::1:2:3:4:5:6:7:8]", "bücher.test", "\"a\"", "http://a",
        ]
    )
    func refusesInvalidHost(value: String) {
        #expect(parse(value).fault == .invalidHost)
        #expect(parse(value).status == 400)
    }

    @Test("R-19: a name has letters, digits, hyphen, underscore, tilde and dots, octet by octet")
    func refusesOtherOctetsInNames() {
        for octet in UInt8(0x21)...UInt8.max where octet != 0x7F {
            let bytes =
                Array("GET / HTTP/1.1\r\nHost: a".utf8) + [octet] + Array("1\r\n\r\n".utf8)
            let isLetter = 0x61...0x7A ~= octet | 0x20 && octet < 0x80
            let isAllowed = isLetter || 0x30...0x39 ~= octet || "-_~.:".utf8.contains(octet)
            let expected: MessageFault.Code? = isAllowed ? nil : .invalidHost
            #expect(parseRequest(bytes).fault == expected, "octet \(octet)")
        }
    }

    @Test("R-19: refuses HTTP/1.1 without Host")
    func refusesMissingHost() {
        #expect(parseRequest("GET / HTTP/1.1\r\n\r\n").fault == .missingHost)
        #expect(parseRequest("OPTIONS * HTTP/1.1\r\nA: b\r\n\r\n").fault == .missingHost)
    }

    @Test("R-19: HTTP/1.0 needs no Host, but what it sends must be valid")
    func acceptsHTTP10WithoutHost() {
        let request = parseRequest("GET / HTTP/1.0\r\n\r\n")
        #expect(request.outcome == .complete)
        #expect(request.host.isEmpty)
        #expect(request.authority.isEmpty)
        #expect(parseRequest("GET / HTTP/1.0\r\nHost: a,b\r\n\r\n").fault == .invalidHost)
        #expect(
            parseRequest("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n").fault == .duplicateHost
        )
    }

    @Test("R-19, B-40: refuses a second Host, equal or not", arguments: ["a", "b", ""])
    func refusesSecondHost(second: String) {
        let request = parseRequest("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhOsT: \(second)\r\n\r\n")
        #expect(request.fault == .duplicateHost)
        #expect(request.status == 400)
    }
}
