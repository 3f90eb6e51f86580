import HTTPMessage
import Testing

@Suite("PROXY protocol, version 1")
struct ProxyLineTests {
    @Test("The example of the specification is read, and what follows it is the client's")
    func readsExample() {
        let line = "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n"
        let request = "GET / HTTP/1.1\r\nHost: 192.168.0.11\r\n\r\n"
        let expected = "47 192.168.0.1:56324>192.168.0.11:443"
        #expect(line.utf8.count == 47)
        #expect(readProxyHeader(line) == expected)
        #expect(readProxyHeader(line + request) == expected)
    }

    @Test(
        "Addresses of both families are numbers, and IPv4-mapped ones are IPv4",
        arguments: [
            (
                "TCP4 255.255.255.255 255.255.255.255 65535 65535",
                "255.255.255.255:65535>255.255.255.255:65535"
            ),
            ("TCP4 0.0.0.0 1.2.3.4 0 1", "0.0.0.0:0>1.2.3.4:1"),
            (
                "TCP6 2001:db8::1 2001:DB8:0:0:0:0:0:2 1 2",
                "20010db8000000000000000000000001:1>20010db8000000000000000000000002:2"
            ),
            (
                "TCP6 :: 1:2:3:4:5:6:7:: 1 2",
                "00000000000000000000000000000000:1>00010002000300040005000600070000:2"
            ),
            ("TCP6 ::ffff:192.0.2.7 ::ffff:c000:208 9 10", "192.0.2.7:9>192.0.2.8:10"),
            (
                "TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
                    + "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535",
                "ffffffffffffffffffffffffffffffff:65535>ffffffffffffffffffffffffffffffff:65535"
            ),
        ]
    )
    func readsAddresses(line: String, expected: String) {
        let text = "PROXY \(line)\r\n"
        #expect(readProxyHeader(text) == "\(text.utf8.count) \(expected)")
    }

    @Test(
        "UNKNOWN may be followed by anything up to the end of the line",
        arguments: [
            "", " ", " ffff:: ffff:: 65535 65535", " \u{0}\t", " GET / HTTP/1.1",
            " " + String(repeating: "x", count: 91),
        ]
    )
    func readsUnknown(rest: String) {
        let text = "PROXY UNKNOWN\(rest)\r\n"
        #expect(readProxyHeader(text) == "\(text.utf8.count) unknown")
        #expect(readProxyHeader(text + "GET /\r\n") == "\(text.utf8.count) unknown")
    }

    @Test(
        "What is not exactly the line is refused",
        arguments: [
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "invalid_proxy_line"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rx", "invalid_proxy_line"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", "invalid_proxy_line"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", "invalid_proxy_line"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n", "invalid_proxy_line"),
            ("PROXY TCP4 \r\n", "invalid_proxy_line"),
            ("PROXY TCP4  1.2.3.4 1.2.3.4 1\r\n", "invalid_proxy_address"),
            ("PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n", "invalid_proxy_line"),
            ("PROXY TCP4 1.2.3.4\t1.2.3.4 1 2\r\n", "invalid_proxy_line"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n", "invalid_proxy_line"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 -2\r\n", "invalid_proxy_line"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n", "invalid_proxy_port"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "invalid_proxy_port"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 000000\r\n", "invalid_proxy_port"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1a 2\r\n", "invalid_proxy_port"),
            ("PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n", "invalid_proxy_port"),
            ("PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n", "invalid_proxy_address"),
            ("PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n", "invalid_proxy_address"),
            ("PROXY TCP4 1.2.3.256 1.2.3.4 1 2\r\n", "invalid_proxy_address"),
            ("PROXY TCP4 ::1 ::1 1 2\r\n", "invalid_proxy_address"),
            ("PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", "invalid_proxy_address"),
            ("PROXY TCP6 ::1 1::2::3 1 2\r\n", "invalid_proxy_address"),
            ("PROXY TCP6 ::1 [::1] 1 2\r\n", "invalid_proxy_line"),
            ("PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n", "invalid_proxy_line"),
            ("PROXY TCP5 ", "unsupported_proxy_family"),
            ("PROXY UDP4 ", "unsupported_proxy_family"),
            ("PROXY tcp4 ", "unsupported_proxy_family"),
            ("PROXY \r\n", "unsupported_proxy_family"),
            ("PROXY UNKNOWNS\r\n", "unsupported_proxy_family"),
            ("PROXY UNKNOWN\n", "unsupported_proxy_family"),
            ("PROXY UNKNOWN a\nb\r\n", "invalid_proxy_line"),
            ("PROXY UNKNOWN a\rb\r\n", "invalid_proxy_line"),
            ("proxy TCP4 ", "not_proxy_protocol"), ("PROXY\tTCP4", "not_proxy_protocol"),
            ("PROXIED", "not_proxy_protocol"), ("POST / HTTP/1.1\r\n", "not_proxy_protocol"),
            ("GET", "not_proxy_protocol"), (" PROXY", "not_proxy_protocol"),
            ("\u{16}\u{03}\u{01}", "not_proxy_protocol"), ("\0", "not_proxy_protocol"),
            ("\nPROXY", "not_proxy_protocol"),
        ]
    )
    func refuses(text: String, fault: String) {
        #expect(readProxyHeader(text) == fault)
        #expect(readProxyHeader(text + "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\n") == fault)
    }

    @Test("A line of more than 107 octets is refused as soon as its end can no longer come")
    func refusesLongLines() {
        let whole = "PROXY UNKNOWN " + String(repeating: "x", count: 91)
        #expect(whole.utf8.count == 105)
        #expect(readProxyHeader(whole + "\r\n") == "107 unknown")
        #expect(readProxyHeader(whole + "\r") == "incomplete")
        #expect(readProxyHeader(whole + "x") == "incomplete")
        #expect(readProxyHeader(whole + "x\r") == "proxy_header_too_long")
        #expect(readProxyHeader(whole + "xx") == "proxy_header_too_long")
        #expect(readProxyHeader(whole + "x\r\n") == "proxy_header_too_long")
        let zeros = String(repeating: "0", count: 96)
        #expect(readProxyHeader("PROXY TCP4 \(zeros)") == "proxy_header_too_long")
    }
}
