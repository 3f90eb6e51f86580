import Foundation
import TestKit

/// Writes forms, valid or nearly, in which overrides are spelt in many ways.
enum FormGrammar {
    private static let keys = [
        "_method", "_METHOD", "%5fmethod", "_meth%6Fd", ".method", "+method", "%20_method",
        " _method",
        "[method", "_method[]", "_method[a]", "_method[", "[_method]", "_method]", "_method%00x",
        "%00_method",
        "_method%5B%5D", "%u005fmethod", "x-http-method-override", "X.HTTP.Method_Override",
        "x_http_method",
        "x-tunneled-method", "x-method-override%20", "method", "__method", "_metho", "a", "",
        "_method+",
        "%0a_method", "\u{FEFF}_method", "a%26_method", "_method%3DDELETE",
    ]
    private static let values = [
        "DELETE", "delete", "PUT", "+delete+", "%44ELETE", "DEL%45TE%00", "GET,DELETE", "a", "",
        "GET%0d%0a",
        "%u0044ELETE", "DELETE;x", "_method", "D=E", String(repeating: "D", count: 70),
        "x%26_method=PUT",
    ]
    private static let separators = ["&", "&", ";", "&&", "& ", "&amp;", "=", "", "\r\n", "?"]

    private static let names = [
        "_method", "_METHOD", "a", "_method[]", "[_method]", ".method", " _method", "_method ",
        "_meth\\od",
        "x-http-method-override", "x_method_override", "\\_method", "_method\\",
        "a\\\"; name=_method", "%5fmethod",
        "_method\0", "metho", "_method[a]", "=?utf-8?q?_method?=",
    ]
    private static let dispositions = [
        "Content-Disposition: form-data; name=\"%\"", "Content-Disposition: form-data; name=%",
        "content-disposition:form-data;name='%'",
        "Content-Disposition: form-data; name=\"%\"; filename=\"f\"",
        "Content-Disposition: form-data; filename=\"%\"", "Content-ID: %", "Content-Id: <%>",
        "Content-Disposition: form-data; name*=utf-8''%",
        "Content-Disposition: form-data; name=\"a\"; name=\"%\"",
        "Content-Disposition: form-data;\r\n name=\"%\"",
        "Content-Disposition: form-data; na\r\n me=\"%\"",
        "Content-Disposition : form-data; name=\"%\"",
        " Content-Disposition: form-data; name=\"%\"",
        "X-Content-Disposition: form-data; name=\"%\"",
        "Content-Disposition: form-data; name = \"%\"",
        "Content-Disposition: form-data; x=\"; name=%\"",
        "Content-Disposition: form-data; \"name\"=\"%\"",
        "Content-Type: text/plain; name=\"%\"", "Content-Disposition: name=\"%\"",
        "Content-Type: text/plain",
    ]
    private static let contents = [
        "DELETE", "delete", " PUT\r\n", "a", "", "GET\r\n\r\nDELETE", "\r\nDELETE", "DELETE\0",
        "x--XX", "--X", "-",
        "foo--XX--", "foo\n", "\r", "DELETE--XX--junk", "_method=DELETE",
    ]
    private static let delimiters = [
        "\r\n--XX\r\n", "\r\n--XX\r\n", "\r\n--XX\r\n", "\n--XX\n", "\r\n--XX \r\n", "\r--XX\r",
        "--XX\r\n", "\r\n --XX\r\n",
        "\r\n--XX--\r\n", "\r\n--XX", "\r\n--XXY\r\n", "\r\n-- XX\r\n", "\r\n--\"XX\"\r\n",
        "\r\n--XX\0\r\n", "\r\n\0--XX\r\n",
    ]
    private static let blanks = [
        "\r\n\r\n", "\r\n\r\n", "\r\n\r\n", "\n\n", "\r\r", "\r\n \r\n", "\r\n", "\r\n\n",
    ]
    private static let preambles = [
        "", "", "", "\r\n", "preamble\r\n", "x", " ", "\0", "\n", "--XX--\r\n", "--",
    ]

    /// Pieces that mean something in a form.
    static let dictionary: [[UInt8]] =
        (keys + values + separators + names + contents + delimiters + blanks + preambles
        + dispositions.map { $0.replacing("%", with: "_method") }
        + [
            "%", "%u", "--XX", "--XX--", "\"", "\\\"", "'", "name=", "filename=", "; ", "boundary",
            "\u{FF3F}method",
        ])
        .filter { !$0.isEmpty }.map { Array($0.utf8) }

    static func pairs(_ random: inout SeededGenerator) -> [UInt8] {
        var text = ""
        for _ in 0..<(1 + random.below(4)) {
            text += random.pick(keys) + random.pick(["=", "=", "=", "", "%3D", "=="])
            text += random.pick(values) + random.pick(separators)
        }
        return Array(text.utf8)
    }

    static func parts(_ random: inout SeededGenerator) -> [UInt8] {
        let isStrict = random.once(in: 3)
        var text = (isStrict ? "" : random.pick(preambles)) + "--XX\r\n"
        for _ in 0..<(1 + random.below(3)) {
            for _ in 0..<(random.once(in: 3) ? 2 : 1) {
                let name = isStrict ? random.pick(["_method", "a"]) : random.pick(names)
                let line = isStrict ? dispositions[0] : random.pick(dispositions)
                text += line.replacing("%", with: name) + "\r\n"
            }
            text = String(text.dropLast()) + (isStrict ? blanks[0] : random.pick(blanks))
            text += random.pick(contents) + (isStrict ? delimiters[0] : random.pick(delimiters))
        }
        return Array((text + "\r\n--XX--\r\n").utf8)
    }
}
