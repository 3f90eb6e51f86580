import HTTPMessage
import Testing

@Suite("How content is to be scanned")
struct FormContentTests {
    private func content(_ lines: String, framing: String = "Content-Length: 5") -> FormContent? {
        let octets = Array("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\(lines)\r\n".utf8)
        var head = RequestHead()
        guard head.parse(octets.span, limits: MessageLimits()) == .complete else { return nil }
        return FormContent(of: head, octets.span)
    }

    private func content(type: String) -> FormContent? {
        content("Content-Type: \(type)\r\n")
    }

    private func refused(_ code: MessageFault.Code) -> FormContent {
        .refused(MessageFault(code))
    }

    @Test(
        "B-04: content is urlencoded if any server may read it so, or if it has no type",
        arguments: [
            "", "application/x-www-form-urlencoded", "Application/X-WWW-Form-URLEncoded",
            "application/x-www-form-urlencoded; charset=UTF-8",
            "application/x-www-form-urlencoded,a",
            "application/x-www-form-urlencoded a", "application/x-www-form-urlencodedd",
            "text/plain, application/x-www-form-urlencoded", ";", "; charset=utf-8", "\"a\"",
            "application/x-www-form-urlencoded;charset=\"iso-8859-15\"",
            "application/x-www-form-urlencoded; charset=windows-1252",
            "application/x-www-form-urlencoded; Charset = us-ascii",
        ]
    )
    func knowsURLEncoded(type: String) {
        #expect(content(type: type) == .urlencoded)
    }

    @Test("B-04: content without a type is a form, no content is none")
    func knowsAbsentType() {
        #expect(content("") == .urlencoded)
        #expect(content("", framing: "Transfer-Encoding: chunked") == .urlencoded)
        #expect(content("", framing: "Content-Length: 0") == FormContent.none)
        #expect(content("", framing: "Accept: */*") == FormContent.none)
    }

    @Test(
        "Other types are no form",
        arguments: [
            "application/json", "text/plain", "text/plain; charset=utf-16", "application/xml",
            "application/octet-stream", "multipart", "a", "text/html;boundary=x",
        ]
    )
    func knowsOthers(type: String) {
        #expect(content(type: type) == FormContent.none)
        #expect(content("Content-Type: \(type)\r\nContent-Encoding: gzip\r\n") == FormContent.none)
    }

    @Test(
        "B-04: the boundaries that real clients write are read",
        arguments: [
            (
                "multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW",
                "----WebKitFormBoundary7MA4YWxkTrZu0gW"
            ),
            (
                "multipart/form-data; "
                    + "boundary=---------------------------9051914041544843365972754266",
                "---------------------------9051914041544843365972754266"
            ),
            (
                "multipart/form-data; boundary=----geckoformboundary1f2e",
                "----geckoformboundary1f2e"
            ),
            (
                "multipart/form-data; boundary=------------------------d74496d66958873e",
                "------------------------d74496d66958873e"
            ),
            ("multipart/form-data; boundary=b5d1f0e8c9a24b6f", "b5d1f0e8c9a24b6f"),
            (
                "multipart/form-data; boundary=\"3f1b6c1e-9c2a-4d0b-8f59-0f5a5d8b7c11\"",
                "3f1b6c1e-9c2a-4d0b-8f59-0f5a5d8b7c11"
            ),
            (
                "multipart/form-data;boundary=\"----=_Part_1_12345.67890\"",
                "----=_Part_1_12345.67890"
            ),
            (
                "multipart/form-data; boundary=Boundary_1_171_1700000000000",
                "Boundary_1_171_1700000000000"
            ),
            (
                "multipart/form-data; boundary=o3Fhj53z-oKToduAElfBaNU4pZhp4-; charset=UTF-8",
                "o3Fhj53z-oKToduAElfBaNU4pZhp4-"
            ),
            ("multipart/form-data;charset=UTF-8;boundary=x+y_z.1", "x+y_z.1"),
            (
                "multipart/related; type=\"application/xop+xml\"; boundary=\"uuid:a/b'(c)?d\"",
                "uuid:a/b'(c)?d"
            ),
            ("MultiPart/Form-Data; Boundary=x", "x"), ("multipart/mixed; boundary=x", "x"),
        ]
    )
    func readsBoundaries(type: String, boundary: String) {
        #expect(content(type: type) == .multipart(boundary: Array(boundary.utf8)))
    }

    @Test(
        "B-04: a boundary that parsers read differently is refused",
        arguments: [
            "multipart/form-data", "multipart/form-data;", "multipart/form-data; boundary",
            "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=a; boundary=b",
            "multipart/form-data; boundary=a;boundary=a",
            "multipart/form-data; boundary=a, boundary=b", "multipart/form-data, boundary=a",
            "multipart/form-data; boundary=a,b", "multipart/form-data boundary=a",
            "multipart/form-data; boundary =a", "multipart/form-data; boundary= a",
            "multipart/form-data; boundary=a ; charset=utf-8", "multipart/form-data; boundary=a b",
            "multipart/form-data; boundary=\"a b\"", "multipart/form-data; boundary=\"a\\b\"",
            "multipart/form-data; boundary=\"a", "multipart/form-data; boundary=a\"",
            "multipart/form-data; boundary=\"a\"b", "multipart/form-data; boundary='a'",
            "multipart/form-data; boundary*=utf-8''a", "multipart/form-data; boundary*0=a",
            "multipart/form-data; xboundary=a; boundary=b",
            "multipart/form-data; x=boundary; boundary=b",
            "multipart/form-data; x=\"boundary=a\"; boundary=b",
            "multipart/form-data; boundary=a=b",
            "multipart/form-data; boundary=\"b\"; x=\"; boundary=c\"",
            "multipart/form-data; Boundary=myboundary=x", "multipart/form-data; Boundary=boundary1",
            "multipart/form-data; boundary=a/b", "multipart/; boundary=a",
            "x multipart/form-data; boundary=a", "text/plain; x=multipart/form-data; boundary=a",
            "multipart/form-data; boundary=é", "multipart/form-data; boundary=a; x",
            "multipart/form-data; boundary=\(String(repeating: "a", count: 71))",
        ]
    )
    func refusesBoundaries(type: String) {
        #expect(content(type: type) == refused(.invalidBoundary))
    }

    @Test("A boundary has up to 70 characters")
    func readsLongBoundary() {
        let boundary = String(repeating: "a", count: 70)
        let expected = FormContent.multipart(boundary: Array(boundary.utf8))
        #expect(content(type: "multipart/form-data; boundary=\(boundary)") == expected)
    }

    @Test(
        "B-04: a form whose charset does not extend ASCII is refused",
        arguments: [
            "utf-16", "utf-16le", "ibm500", "utf-7", "utf-32", "shift_jis", "gbk", "iso-2022-jp",
            "hz-gb-2312", "\"utf-16\"", "", "utf-8x", "iso-8859-", "iso-8859-x",
            "utf-8; charset=utf-7",
            "cp037", "'utf-8'",
        ]
    )
    func refusesCharsets(charset: String) {
        let form = "application/x-www-form-urlencoded"
        #expect(content(type: "\(form); charset=\(charset)") == refused(.contentCharset))
        #expect(content(type: "\(form);CHARSET =\(charset)") == refused(.contentCharset))
        let multipart = "multipart/form-data; boundary=a"
        #expect(content(type: "\(multipart); charset=\(charset)") == refused(.contentCharset))
        #expect(content(type: "\(form); charset*=utf-8''utf-16") == refused(.contentCharset))
    }

    @Test("B-04: two types, two kinds of form, and compressed forms are refused")
    func refusesOthers() {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n"
        #expect(content(form + form) == refused(.duplicateContentType))
        #expect(content("Content-Type: a\r\ncontent-type: a\r\n") == refused(.duplicateContentType))
        #expect(
            content(type: "multipart/x; boundary=x-www-form-urlencoded") == refused(.ambiguousForm)
        )
        for coding in ["gzip", "deflate", "br", "identity, gzip", "x", "identity,identity"] {
            let line = "Content-Encoding: \(coding)\r\n"
            #expect(content(form + line) == refused(.contentCoding))
            #expect(content(line) == refused(.contentCoding))
            #expect(content("\(line)Content-Encoding: identity\r\n") == refused(.contentCoding))
        }
        #expect(content("\(form)Content-Encoding: Identity\r\n") == .urlencoded)
        #expect(MessageFault(.contentCoding).status == 415)
        #expect(MessageFault(.contentCharset).status == 415)
        #expect(MessageFault(.ambiguousForm).status == 400)
    }
}
