import HTTPMessage
import Testing

@Suite("Request target")
struct RequestTargetTests {
    private func parse(_ method: String, _ target: String, host: String = "a.test") -> ParsedRequest
    {
        parseRequest("\(method) \(target) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }

    @Test("R-35: tells a query that is empty from one that is absent")
    func tellsEmptyQueryFromAbsent() {
        #expect(parse("GET", "/a").query == nil)
        #expect(parse("GET", "/a?").query == "")
        #expect(parse("GET", "/a?b?c=/d").query == "b?c=/d")
        #expect(parse("GET", "/a?b?c=/d").path == "/a")
        #expect(parse("GET", "/?").path == "/")
    }

    @Test("R-35: reads the absolute form of http and https")
    func readsAbsoluteForm() {
        let request = parse("GET", "HTTP://A.test:80/b?c", host: "a.test")
        #expect(request.outcome == .complete)
        #expect(request.form == .absolute)
        #expect(request.host == "A.test")
        #expect(request.authority == "A.test:80")
        #expect(request.path == "/b")
        #expect(request.query == "c")
        #expect(parse("GET", "https://a.test/", host: "a.test:443").outcome == .complete)
        #expect(parse("GET", "http://[::1]/", host: "[::1]").host == "[::1]")
        let empty = parse("GET", "http://a.test?c")
        #expect(empty.outcome == .complete)
        #expect(empty.path == "")
        #expect(empty.query == "c")
    }

    @Test(
        "R-19, B-33: refuses an absolute form whose authority is not the Host field's",
        arguments: [
            ("http://a.test/", "b.test"), ("http://a.test:81/", "a.test"),
            ("http://a.test/", "a.test:443"), ("https://a.test/", "a.test:80"),
            ("http://a.test/", "a.test."), ("http://[::1]/", "[::2]"),
        ]
    )
    func refusesOtherAuthority(target: String, host: String) {
        #expect(parse("GET", target, host: host).fault == .authorityMismatch)
    }

    @Test("R-19: an absolute form does not excuse a missing Host in HTTP/1.1")
    func needsHostWithAbsoluteForm() {
        #expect(parseRequest("GET http://a.test/ HTTP/1.1\r\n\r\n").fault == .missingHost)
        let old = parseRequest("GET http://a.test:8080/ HTTP/1.0\r\n\r\n")
        #expect(old.outcome == .complete)
        #expect(old.host == "a.test")
        #expect(old.authority == "a.test:8080")
    }

    @Test(
        "R-35, B-33: refuses what no form allows",
        arguments: [
            ("GET", "*"), ("OPTIONS", "*x"), ("OPTIONS", "**"), ("GET", "a/b"), ("GET", "@a/"),
            ("GET", "file:///etc/passwd"), ("GET", "ftp://a.test/"), ("GET", "gopher://a.test/"),
            ("GET", "http:/a.test/"), ("GET", "http:a.test"), ("GET", "http:///a"),
            ("GET", "http://"), ("GET", "http://?x"), ("GET", "http://:80/"), ("GET", "a.test:80"),
            ("GET", "http://a b.test/"), ("GET", "http://a%2Etest/"), ("GET", "?x"), ("GET", "."),
            ("GET", "https:"), ("CONNECT", "/"), ("CONNECT", "a.test"), ("CONNECT", "*"),
            ("CONNECT", "http://a.test/"), ("CONNECT", "a.test:"), ("CONNECT", ":80"),
            ("GET", "\\a"), ("GET", "http:\\\\a.test/"), ("GET", "http://a.test\\b/"),
        ]
    )
    func refusesOtherForms(method: String, target: String) {
        let fault = parse(method, target).fault
        #expect(fault == .invalidTarget || (target.contains(" ") && fault == .invalidRequestLine))
    }

    @Test("R-09, R-35: reads the asterisk form with OPTIONS only")
    func readsAsteriskForm() {
        let request = parse("OPTIONS", "*")
        #expect(request.outcome == .complete)
        #expect(request.form == .asterisk)
        #expect(request.path == "*")
        #expect(request.isServerWideOptions)
        #expect(parse("options", "*").fault == .invalidTarget)
    }

    @Test("R-09: OPTIONS for a URI without path and query is for the whole server")
    func recognisesServerWideOptions() {
        #expect(parse("OPTIONS", "http://a.test").isServerWideOptions)
        #expect(!parse("OPTIONS", "http://a.test/").isServerWideOptions)
        #expect(!parse("OPTIONS", "http://a.test?").isServerWideOptions)
        #expect(!parse("GET", "http://a.test").isServerWideOptions)
        #expect(!parse("OPTIONS", "/").isServerWideOptions)
    }

    @Test("R-12: reads CONNECT's authority form, so that it can be refused by name")
    func readsAuthorityForm() {
        let request = parse("CONNECT", "a.test:443")
        #expect(request.outcome == .complete)
        #expect(request.form == .authority)
        #expect(request.host == "a.test")
        #expect(request.authority == "a.test:443")
        #expect(request.path.isEmpty)
        #expect(parse("connect", "a.test:443").fault == .invalidTarget)
    }

    @Test(
        "R-35, B-33: refuses a fragment",
        arguments: ["/#", "/a#b", "/a?b#c", "#", "http://a.test/#x", "http://a.test#"]
    )
    func refusesFragment(target: String) {
        #expect(parse("GET", target).fault == .fragmentInTarget)
    }

    @Test(
        "R-24, B-33: refuses user information",
        arguments: [
            "http://user@a.test/", "http://user:secret@a.test/", "http://@a.test/",
            "https://a.test@internal.test/", "http://a.test:80@internal.test",
        ]
    )
    func refusesUserInformation(target: String) {
        #expect(parse("GET", target).fault == .userinfoInTarget)
    }

    @Test("R-30, R-35: a target is visible ASCII, octet by octet, in path and query")
    func refusesOtherOctets() {
        for octet in UInt8.min...UInt8.max {
            for start in ["/a", "/a?b", "/"] {
                let bytes =
                    Array("GET \(start)".utf8) + [octet]
                    + Array("c HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
                let expected: MessageFault.Code? =
                    switch octet {
                    case 0x0A: .bareLF
                    case 0x0D, 0x20: .invalidRequestLine
                    case 0x23: .fragmentInTarget
                    case 0x21...0x7E: nil
                    default: .invalidTarget
                    }
                #expect(parseRequest(bytes).fault == expected, "octet \(octet) behind \(start)")
            }
        }
    }

    @Test("B-22: an authority-like path stays a path")
    func keepsDoubleSlashInPath() {
        let request = parse("GET", "//internal.test/a")
        #expect(request.form == .origin)
        #expect(request.path == "//internal.test/a")
        #expect(request.host == "a.test")
    }
}
