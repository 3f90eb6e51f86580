import HTTPMessage
import Testing

@Suite("Methods that multipart forms claim")
struct MultipartTests {
    static let form = FormContent.multipart(boundary: Array("b".utf8))

    /// A form of parts, each a field section without its empty line, and content.
    static func form(_ parts: (fields: String, content: String)...) -> String {
        parts.map { "--b\r\n\($0.fields)\r\n\r\n\($0.content)\r\n" }.joined() + "--b--\r\n"
    }

    private func scan(_ text: String) -> FormReading {
        let octets = Array(text.utf8)
        let reading = scanForm(Self.form, octets)
        // However the octets arrive, the outcome is the same.
        #expect(scanForm(Self.form, octets, ends: Array(0..<octets.count)) == reading)
        for split in 0..<octets.count {
            #expect(scanForm(Self.form, octets, ends: [split]) == reading)
        }
        return reading
    }

    static let sections = [
        "Content-Disposition: form-data; name=\"_method\"",
        "content-disposition:form-data;name=_method",
        "Content-Disposition: form-data; name=\"_METHOD\"",
        "Content-Disposition: form-data; name='_method'",
        "Content-Disposition: form-data; name=\" .method\"; filename=\"a\"",
        "Content-Disposition: form-data; name=\"_me\\thod\"",
        "Content-Disposition: form-data; name=_method x",
        "Content-Disposition: form-data; name=\"%5fmethod\"",
        "Content-Disposition: form-data; name=\"_method[]\"",
        "Content-Disposition: form-data; name=\"[_method]\"",
        "Content-Disposition: form-data; name=\"\\\"_method\"",
        "Content-Disposition: form-data; name=x; name=_method",
        "Content-Disposition: form-data; NAME = _method",
        "Content-Disposition: form-data;\r\n name=\"_method\"",
        "Content-Disposition: form-data; name=\"_me\r\n\tthod\"",
        "Content-Type: text/plain\r\nContent-Disposition: form-data; name=\"_method\"",
        "Content-ID: _method",
        "Content-ID: <_method>", "Content-Disposition: attachment; filename=_method",
        "X-Name: a, _method",
        "Content-Disposition: form-data; name=\"a\"\r\n"
            + "Content-Disposition: form-data; name=\"_method\"",
        "Content-Disposition: form-data; name=(comment)_method",
        "Content-Disposition: form-data; filename*=utf-8''_method",
        "_method: a",
        "Content-Disposition: form-data; name=\"\(String(repeating: " ", count: 300))_method\"",
    ]

    @Test("B-04: a part is a claim if any parser may read its name so", arguments: sections)
    func findsNames(section: String) {
        let reading = scan(Self.form((section, "delete")))
        #expect(reading == FormReading(claims: ["_method=DELETE"]))
        let second = scan(
            Self.form(("Content-Disposition: form-data; name=\"a\"", "b"), (section, "PUT"))
        )
        #expect(second == FormReading(claims: ["_method=PUT"]))
    }

    @Test(
        "B-04: names of several words are found as PHP mangles them",
        arguments: ["x-http-method-override", "X.Http Method[Override", "x_http_method_override"]
    )
    func findsMangledNames(name: String) {
        let section = "Content-Disposition: form-data; name=\"\(name)\""
        #expect(scan(Self.form((section, "PUT"))).claims == ["x-http-method-override=PUT"])
    }

    @Test(
        "B-04: what browsers, curl, requests and Java clients send passes",
        arguments: [
            "Content-Disposition: form-data; name=\"a\"",
            "Content-Disposition: form-data; name=\"method\"",
            "Content-Disposition: form-data; name=\"f\"; filename=\"a b (1).txt\"\r\n"
                + "Content-Type: text/plain",
            "Content-Disposition: form-data; name=\"f\"; filename=\"\"\r\n"
                + "Content-Type: application/octet-stream",
            "Content-Disposition: form-data; name=\"f\"; filename=\"日本.txt\"; "
                + "filename*=UTF-8''%E6%97%A5.txt",
            "Content-Disposition: form-data; name=\"a%22b\"; filename=\"what=?.txt\"",
            "content-disposition: form-data; name=\"a\"\r\n"
                + "content-type: application/json;charset=UTF-8\r\ncontent-length: 3",
            "Content-Type: text/xml; charset=utf-8;\r\n\taction=\"urn:a\"\r\n"
                + "Content-ID: <part1@a.test>",
            "Content-Disposition: form-data; name=\"user[_method]\"", "A:",
        ]
    )
    func passesRealForms(section: String) {
        for content in [
            "", "x", "DELETE", "a\r\nb\r\n", "\r\n", "--", "-\r\n--\r\n--c\r\n", "\r\r\n\n-",
        ] {
            #expect(scan(Self.form((section, content))) == FormReading(), "\(content)")
        }
        #expect(scan("\r\n\(Self.form((section, "x")))\r\n") == FormReading())
    }

    @Test("Forms without parts, without content, and with line ends around them pass")
    func passesOthers() {
        #expect(scan("") == FormReading())
        #expect(scan("--b--") == FormReading())
        #expect(scan("--b--\r\n") == FormReading())
        #expect(scan("--b\r\nA:\r\n\r\nx\r\n--b--") == FormReading())
        #expect(scan("\r\n--b\r\nA:\r\n\r\nx\r\n--b--\r\n") == FormReading())
        #expect(scan("--b\r\nA: b\r\n\r\nx\r\n--b--\r\n\r\n\r\n") == FormReading())
    }

    @Test(
        "B-04: values are trimmed and split, and what some parsers cut off stays",
        arguments: [
            ("", []), (" \r\n\t", []), ("delete", ["DELETE"]), ("\r\n DELETE\r\n", ["DELETE"]),
            ("GET, put", ["GET", "PUT"]), ("GET\r\nPUT", ["GET  PUT"]), ("GET\u{0}", ["GET\u{0}"]),
            ("\u{0}GET", ["\u{0}GET"]), ("=44ELETE", ["=44ELETE"]), ("--\r\n--x", ["--  --X"]),
            ("GET\r\n--", ["GET  --"]), ("GET\r\n--\"", ["GET  --\""]), ("GET\r", ["GET"]),
        ]
    )
    func readsValues(content: String, expected: [String]) {
        let reading = scan(Self.form(("Content-Disposition: form-data; name=_method", content)))
        #expect(reading == FormReading(claims: expected.map { "_method=\($0)" }))
    }

    @Test(
        "B-04: a field section that parsers read differently is refused",
        arguments: [
            "Content-Disposition: form-data; name=\"_met\r\nhod\"", " name=_method", "--b", "--b--",
            "Content-Disposition : form-data; name=a", "no colon", ": a", "A: b\nC: d",
            "A: b\rC: d",
            "A: \u{0}", "A: \u{B}", "A: \u{7F}", "A: b\r\n\nC: d",
            "Content-Disposition: form-data; name*=utf-8''%5fmethod", "A: b; NAME *0=\"_met\"",
            "Content-Disposition: form-data; name*0=\"_met\"; name*1=\"hod\"",
            "Content-Disposition: form-data; name=\"=?utf-8?q?=5fmethod?=\"",
            "Content-Disposition: form-data; name==?us-ascii?B?X21ldGhvZA==?=",
            "Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=c",
            "Content-Type:MultiPart/Form-Data", "--x: y", "", "A: b\r\n ", "A: b\r\n\t \r\n C: d",
            "A: \(String(repeating: "a", count: 4096))",
        ]
    )
    func refusesSections(section: String) {
        let text = Self.form((section, "x"))
        let octets = Array(text.utf8)
        #expect(scanForm(Self.form, text).fault == .ambiguousForm)
        #expect(
            scanForm(Self.form, octets, ends: Array(0..<octets.count)).fault == .ambiguousForm
        )
    }

    @Test(
        "B-04: what only some parsers take for a delimiter is refused",
        arguments: [
            "--b\n", "\n--b\r\n", "\r--b\r\n", "--b \r\n", "--b\t\r\n", "--bc\r\n", "--b\u{0}\r\n",
            "--b-\r\n", "--b-\n", "--b--x", "--b-- \r\n", "--b--\n", "--b--\rx", "--b\rx",
            "--\"b\"\r\n", "This is a form.\r\n\r\n--b\r\n", "x--b\r\n", " --b\r\n", "\u{0}--b\r\n",
            "\r\n\r\n--b\r\n", "\r\n --b\r\n", "\r\nx\r\n--b\r\n", "-\r\n--b\r\n", "---b\r\n",
            "--b--\r\n--b\r\n", "--b--\r\n--b--", "--b--\r\nx\r\n--b\r\n", "--b--\r\nx\n--b",
            "x\n--b\r\n", "--b\r\nA:\r\n\r\n--b\r\n", "--b\r\nA:\r\n\r\n--b--",
            "--b\r\nA: b\r\n\r\n--b--",
            "--b\r\nA:\r\n\r\nx\n--b\r\n", "--b\r\nA:\r\n\r\nx\r--b--\r\n",
            "--b\r\nA:\r\n\r\nx\r\n--b x\r\n",
            "--b\r\nA:\r\n\r\nfoo--b--\r\n --b\r\n", "--b\r\nA:\r\n\r\nfoo--b\r\n\u{0}--b\r\n",
            "--b\r\nA:\r\n\r\nfoo--b\r\n", "--b\r\nA:\r\n\r\nfoo --b-- \t\u{0}\r\n",
            "--b\r\nA:\r\n\r\nfoo--b",
            "--b\r\nA:\r\n\r\nx\r\n --b\r\n", "--b\r\nA:\r\n\r\nx\r\n\u{B}\u{C}--b x",
            "--b\r\nA:\r\n\r\nx\r\n---b\r\n",
            "--b\r\nA:\r\n\r\nx--\"b\"\r\n", "--b--\r\nx--b\r\n", "--b--\r\n --b--",
            "--b\r\nA:\r\n\r\nx\r\n--\"b\"\r\n", "--b\r\nA:\r\n\r\nx\r\n--bb--\r\n",
            "--b\r\nA:\r\n\r\n\n--b--",
        ]
    )
    func refusesDelimiters(text: String) {
        #expect(scan(text).fault == .ambiguousForm)
        // It is not refused for being open alone.
        let closed = "\(text)\r\nA:\r\n\r\nx\r\n--b--\r\n"
        #expect(scanForm(Self.form, closed).fault == .ambiguousForm)
    }

    @Test(
        "B-04: a form that is not closed is refused, and what it claims is known",
        arguments: ["x", "\r\n", "--b", "--b\r", "--b\r\n", "--b\r\nA: b\r\n", "--b-", "--b--\r"]
    )
    func refusesOpenForms(text: String) {
        #expect(scan(text).fault == .ambiguousForm)
        let open = "--b\r\nContent-Disposition: form-data; name=_method\r\n\r\nDELETE"
        #expect(scan(open) == FormReading(claims: ["_method=DELETE"], fault: .ambiguousForm))
        #expect(scan("\(open)\r\n--b").claims == ["_method=DELETE"])
    }

    @Test("A fault stays")
    func keepsFault() {
        var scanner = FormScanner(Self.form, names: defaultNames)
        var claims: [ClaimedMethod] = []
        let bad = Array("--bx".utf8)
        let good = Array("--b--\r\n".utf8)
        #expect(scanner?.scan(bad.span, into: &claims)?.code == .ambiguousForm)
        #expect(scanner?.scan(good.span, into: &claims)?.code == .ambiguousForm)
        #expect(scanner?.finish(into: &claims)?.code == .ambiguousForm)
    }
}
