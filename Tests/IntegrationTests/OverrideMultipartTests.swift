import TestKit
import Testing

/// Multipart content, made octet by octet.
enum Multipart {
    static let type = "multipart/form-data; boundary=XX"

    /// One part: its field lines and content.
    static func part(_ fields: String, _ content: String) -> String {
        "--XX\r\n\(fields)\r\n\r\n\(content)\r\n"
    }

    /// A part that a form sends for a field.
    static func field(_ name: String, _ content: String) -> String {
        part("Content-Disposition: form-data; name=\(name)", content)
    }

    /// A part that a form sends for a file.
    static func file(_ content: String) -> String {
        let fields =
            "Content-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n"
            + "Content-Type: application/octet-stream"
        return part(fields, content)
    }

    static let end = "--XX--\r\n"
}

extension ContentCase {
    static func parts(_ parts: String..., end: String = Multipart.end) -> ContentCase {
        ContentCase([Multipart.type], parts.joined() + end)
    }

    private static let claim = Multipart.field("\"_method\"", "DELETE")

    /// Names as PHP, Rack, servlets and mail parsers read them.
    static let namedParts: [ContentCase] = [
        "\"_method\"", "_method", "'_method'", "\"_METHOD\"", "\" _method \"", "\".method\"",
        "\"_method[]\"", "\"[method\"", "\"_meth\\od\"", "\"%5Fmethod\"", "\"%5fmetho%64\"",
        "\"x-http-method-override\"", "\"X_HTTP_METHOD\"", "\"x\"; name=\"_method\"",
        "\"_method\"; name=\"x\"", "\"x\"; filename=\"y\"; Name = \"_method\"", "_method;x",
    ].map { .parts(Multipart.field($0, "DELETE")) }

    static let claimedParts: [ContentCase] = [
        .parts(claim),
        .parts(Multipart.field("\"a\"", "b"), claim),
        .parts(claim, Multipart.field("\"a\"", "b")),
        .parts(Multipart.file("\r\n--X\r\n-XX\r\n--\r\n\n\r"), claim),
        .parts(Multipart.field("\"_method\"", " delete\t")),
        .parts(Multipart.field("\"_method\"", "\r\nDELETE\r\n")),
        .parts(Multipart.field("\"_method\"", "PUT, DELETE")),
        .parts(Multipart.field("\"_method\"", "PUT"), claim),
        .parts(Multipart.part("content-disposition:form-data;NAME=_method", "DELETE")),
        .parts(Multipart.part("Content-ID: _method", "DELETE")),
        .parts(Multipart.part("Content-Disposition: form-data;\r\n name=\"_method\"", "DELETE")),
        .parts(Multipart.part("Content-Disposition: form-data; name =\t_method", "DELETE")),
        .parts(Multipart.part("Content-Type: text/plain; name=\"_method\"", "DELETE")),
        .parts(
            Multipart.part(
                "X-A: b\r\nContent-Disposition: form-data; name=a\r\n"
                    + "Content-Disposition: form-data; name=_method",
                "DELETE"
            )
        ),
        .init("no line end behind", [Multipart.type], claim + "--XX--"),
        .init("mixed", ["multipart/mixed; boundary=XX"], claim + Multipart.end),
        .init("quoted boundary", ["Multipart/Form-Data; Boundary=\"XX\""], claim + Multipart.end),
        .init(
            "charset",
            ["multipart/form-data; charset=utf-8; boundary=XX"],
            claim + Multipart.end
        ),
        .init(
            "big",
            [Multipart.type],
            Multipart.file(String(repeating: "\r\n-padding-", count: 2000)) + claim + Multipart.end
        ),
    ]

    private static let harmless = Multipart.field("a", "b")

    /// Content that parsers read in different ways, with the code of what is wrong.
    static let ambiguousForms: [ContentCase] = [
        .init(
            "bare LF",
            [Multipart.type],
            "--XX\nContent-Disposition: form-data; name=a\n\nb\n--XX--\n"
        ),
        .init(
            "bare LF before a delimiter",
            [Multipart.type],
            "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nb\n--XX\r\n\r\n"
                + Multipart.end
        ),
        .init(
            "bare CR before a delimiter",
            [Multipart.type],
            "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r--XX\r\n\r\n"
                + Multipart.end
        ),
        .init(
            "text behind a delimiter",
            [Multipart.type],
            "--XXY\r\nContent-Disposition: form-data; name=_method\r\n\r\nDELETE\r\n"
                + Multipart.end
        ),
        .init(
            "space behind a delimiter",
            [Multipart.type],
            "--XX \r\nContent-Disposition: form-data; name=_method\r\n\r\nDELETE\r\n"
                + Multipart.end
        ),
        .init("no end", [Multipart.type], harmless),
        .init("preamble", [Multipart.type], "This is a preamble.\r\n" + claim + Multipart.end),
        // PHP goes on behind the closing delimiter, others do not.
        .init(
            "a part at once behind the end",
            [Multipart.type],
            Multipart.end + claim + Multipart.end
        ),
        .init(
            "a part behind the end",
            [Multipart.type],
            harmless + Multipart.end + "\r\n" + claim + Multipart.end
        ),
        .init(
            "a part in the epilogue",
            [Multipart.type],
            harmless + Multipart.end + "text\r\n" + claim + Multipart.end
        ),
        .init("text behind the end", [Multipart.type], harmless + Multipart.end + "x\r\ny"),
        .init("no part", [Multipart.type], "_method=DELETE"),
        .parts(Multipart.part("Content-Disposition: form-data; name*=utf-8''_method", "DELETE")),
        .parts(Multipart.part("Content-Disposition: form-data; name*0=_met; name*1=hod", "DELETE")),
        .parts(Multipart.field("\"=?utf-8?Q?=5Fmethod?=\"", "DELETE")),
        .init(
            "17 KiB of part fields",
            [Multipart.type],
            Multipart.part("X: " + String(repeating: "a", count: 17 << 10), "b") + Multipart.end
        ),
    ]

    static let badBoundaries: [ContentCase] = [
        "multipart/form-data", "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=XX; boundary=YY", "multipart/form-data; boundary=\"X\\X\"",
        "multipart/form-data; boundary=\"XX", "multipart/form-data; boundary=XX,",
        "multipart/form-data; boundary=X*X", "multipart/form-data; xboundary=YY; boundary=XX",
        "multipart/form-data; boundary=\"XX \"", "multipart/form-data, boundary=XX",
        "multipart/form-data; boundary*=utf-8''XX",
        "multipart/form-data; boundary=" + String(repeating: "X", count: 71),
    ].map { .typed($0, harmless + Multipart.end) }
}

@Suite("Method override in multipart content (B-04)", .blocking)
struct OverrideMultipartTests {
    static let shared = SharedWitness(OverridePolicy.judged)

    @Test(
        "B-04: a refused override in any part cuts the upload, however it is framed and split",
        arguments: ContentCase.claimedParts + ContentCase.namedParts,
        [ContentFraming.length, .chunked, .octetByOctet]
    )
    func cutsUploads(_ content: ContentCase, _ framing: ContentFraming) throws {
        // Twenty thousand single octets say no more than the two hundred of the other cases.
        if framing == .octetByOctet, content.body.count > 2000 { return }
        let outcome = try content.send(to: Self.shared.get(), framing)
        #expect(outcome.status == 405)
        #expect(outcome.allow == OverridePolicy.allow)
        #expect(try problem(outcome.response)["reason"] as? String == "override_not_allowed")
        #expect(outcome.seen == nil, "the origin got all of it")
        let arrived = String(latin1: outcome.received).uppercased()
        #expect(!arrived.contains("DELETE"), "the claimed method got out")
    }

    @Test(
        "B-04: a form that parsers read in different ways gets 400",
        arguments: ContentCase.ambiguousForms,
        [ContentFraming.length, .chunked]
    )
    func refusesAmbiguousForms(_ content: ContentCase, _ framing: ContentFraming) throws {
        let outcome = try content.send(to: Self.shared.get(), framing)
        #expect(outcome.status == 400)
        #expect(outcome.seen == nil)
        #expect(try problem(outcome.response)["reason"] as? String == "ambiguous_content")
        #expect(outcome.response.head.members("Connection").contains("close"))
    }

    @Test("B-04: a boundary that is not plain gets 400", arguments: ContentCase.badBoundaries)
    func refusesBadBoundaries(_ content: ContentCase) throws {
        let outcome = try content.send(to: Self.shared.get(), .length)
        #expect(outcome.status == 400)
        #expect(!outcome.hasReachedOrigin)
        #expect(try problem(outcome.response)["reason"] as? String == "ambiguous_content")
    }

    @Test("B-04: two Content-Type lines get 400")
    func refusesTwoTypes() throws {
        let content = ContentCase(["text/plain", "application/x-www-form-urlencoded"], "a=b")
        let outcome = try content.send(to: Self.shared.get(), .length)
        #expect(outcome.status == 400)
        #expect(!outcome.hasReachedOrigin)
        let entry = try Self.shared.get().gateway.waitForLogEntry {
            $0.detail == "duplicate_content_type"
        }
        #expect(entry.reason == "ambiguous_content")
    }

    @Test(
        "B-04: other parts, and an allowed override, arrive octet for octet",
        arguments: [
            .parts(Multipart.field("\"_method\"", "PUT")),
            .parts(Multipart.field("\"_method\"", "")),
            .parts(Multipart.field("\"a\"", "_method=DELETE"), Multipart.field("b", "")),
            .parts(Multipart.file("\r\n--X\r\n--XYX\n\n\r\r\u{0}\u{ff}name=\"_method\"\r\nDELETE")),
            .parts(Multipart.field("\"_methods\"", "DELETE"), Multipart.field("method", "DELETE")),
            .parts(
                Multipart.part(
                    "Content-Disposition: form-data; name=f; filename=_method.txt",
                    "DELETE"
                )
            ),
            .init(
                "line ends behind the end",
                [Multipart.type],
                Multipart.field("a", "b") + Multipart.end + "\r\n\r\n"
            ),
        ] as [ContentCase],
        ContentFraming.allCases
    )
    func forwardsOtherParts(_ content: ContentCase, _ framing: ContentFraming) throws {
        let outcome = try content.send(to: Self.shared.get(), framing)
        #expect(outcome.isForwarded)
        #expect(outcome.seen?.body == content.body)
    }
}
