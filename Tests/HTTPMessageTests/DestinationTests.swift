import HTTPMessage
import Testing

@Suite("Destination")
struct DestinationTests {
    /// What the Destination of a request is: its path, its fault, or nil where it has none.
    private func destination(
        _ lines: String,
        target: String = "/a",
        host: String = "a.test"
    ) -> String? {
        let octets = Array("COPY \(target) HTTP/1.1\r\nHost: \(host)\r\n\(lines)\r\n".utf8)
        var head = RequestHead()
        guard head.parse(octets.span, limits: MessageLimits()) == .complete else { return "bad" }
        switch DestinationReference(of: head, octets.span) {
        case .none: return nil
        case .path(let range): return text(octets, range)
        case .refused(let fault): return fault.code.rawValue
        }
    }

    @Test(
        "R-78: a path, or a URI of this host, names the path that is written",
        arguments: [
            ("/b", "/b"), ("/", "/"), ("/b/c%20d;e", "/b/c%20d;e"), ("http://a.test/b", "/b"),
            ("HTTP://A.TEST/b", "/b"), ("http://a.test", ""), ("http://a.test/", "/"),
            ("http://a.test:80/b", "/b"), ("https://a.test/b", "/b"),
            ("https://a.test:443/b", "/b"),
            ("http://a.test//b", "//b"), ("/b/../c", "/b/../c"), ("/@:b", "/@:b"),
        ]
    )
    func readsPath(value: String, path: String) {
        #expect(destination("Destination: \(value)\r\n") == path)
        #expect(destination("DESTINATION:\(value) \r\n") == path)
    }

    @Test("R-78: a request without the field has none")
    func readsNone() {
        #expect(destination("Destinations: /b\r\n") == nil)
    }

    @Test(
        "R-78: what is neither a path nor a URI is refused",
        arguments: [
            "", "b", "*", "//a.test/b", "/b?c", "/b#c", "http://a.test/b?c", "http://a.test/b#c",
            "http:/b", "http:///b", "ftp://a.test/b", "http://user@a.test/b", "http://a.test:x/b",
            "http://a.test:0/b", "/b c", "/é", "<http://a.test/b>", "/b\t/c", "a.test/b", "?", "#",
            "http://a test/b", "http://[::1/b", "http://a.test\\b",
        ]
    )
    func refusesInvalid(value: String) {
        #expect(destination("Destination: \(value)\r\n") == "invalid_destination")
    }

    @Test("R-78: a second line is refused, be it the same")
    func refusesTwo() {
        #expect(
            destination("Destination: /b\r\ndestination: /b\r\n") == "invalid_destination"
        )
    }

    @Test(
        "R-78: another host or port is refused with 403",
        arguments: [
            ("http://b.test/b", "a.test"), ("http://a.test:8080/b", "a.test"),
            ("http://a.test/b", "a.test:8080"), ("http://a.test:443/b", "a.test"),
            ("https://a.test:80/b", "a.test"), ("http://a.test./b", "a.test"),
            ("http://a.test.b/b", "a.test"), ("https://a.test/b", "a.test:80"),
        ]
    )
    func refusesForeign(value: String, host: String) {
        #expect(destination("Destination: \(value)\r\n", host: host) == "foreign_destination")
        #expect(MessageFault(.foreignDestination).status == 403)
        #expect(MessageFault(.invalidDestination).status == 400)
    }

    @Test("R-78: ports agree with the request's own, and with its scheme where it says one")
    func comparesPorts() {
        let value = "Destination: http://a.test:8080/b\r\n"
        #expect(destination(value, host: "a.test:8080") == "/b")
        #expect(destination(value, target: "http://a.test:8080/", host: "a.test:8080") == "/b")
        let secure = "Destination: https://a.test/b\r\n"
        #expect(destination(secure, host: "a.test:443") == "/b")
        #expect(destination(secure, target: "https://a.test/") == "/b")
        #expect(destination(secure, target: "http://a.test/") == "foreign_destination")
    }
}
