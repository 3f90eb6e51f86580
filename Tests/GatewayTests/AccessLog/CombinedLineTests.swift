import Testing

@testable import Gateway

@Suite("Lines of the access log in Apache's combined format")
struct CombinedLineTests {
    @Test("A line is as Apache writes it")
    func writesLines() {
        var sample = SampleAccess()
        sample.referer = Array("https://shop.test/start".utf8)
        let line = sample.combined { record in
            record.forwards(trace: nil)
            record.status = 200
            record.responseBytes = 2_326
        }
        #expect(
            line == #"192.0.2.7 - - [14/Nov/2023:22:13:21 +0000] "GET /users/7 HTTP/1.1" 200 2326"#
                + #" "https://shop.test/start" "curl/8.5""#
        )
    }

    @Test("What is not known is -, and so is the size of no content")
    func writesUnknown() {
        var sample = SampleAccess()
        sample.userAgent = []
        #expect(sample.combined().hasSuffix(#""GET /users/7 HTTP/1.1" 204 - "-" "-""#))
        sample.protocolVersion = "2"
        let gone = sample.combined { $0.end = .clientGone }
        #expect(gone.hasSuffix(#""GET /users/7 HTTP/2.0" - - "-" "-""#))
        (sample.method, sample.path) = ([], [])
        #expect(sample.combined { $0.answers(408) }.hasSuffix(#""-" 408 - "-" "-""#))
        sample.path = Array("/a".utf8)
        #expect(sample.combined { $0.answers(400) }.contains(#""- /a HTTP/2.0""#))
        (sample.method, sample.path) = (Array("GET".utf8), [])
        #expect(sample.combined { $0.answers(400) }.contains(#""GET - HTTP/2.0""#))
    }

    @Test("Queries are there only where they are asked for")
    func leavesQueriesOut() {
        var sample = SampleAccess()
        sample.query = Array("q=1".utf8)
        sample.referer = Array("https://a.test/b?q=2#f".utf8)
        #expect(sample.combined().contains(#""GET /users/7 HTTP/1.1""#))
        #expect(sample.combined().contains(#" "https://a.test/b" "#))
        let with = sample.combined(includesQuery: true)
        #expect(with.contains(#""GET /users/7?q=1 HTTP/1.1""#))
        #expect(with.contains(#" "https://a.test/b?q=2#f" "#))
    }

    @Test(
        "Credentials in a Referer are never there",
        arguments: [
            ("https://ada:hush@a.test/b", "https://a.test/b"),
            ("https://ada:hush@x@a.test", "https://a.test"),
            ("//ada@a.test/b@c", "//a.test/b@c"), ("https://a.test/@b", "https://a.test/@b"),
            ("https://ada:hush@", "https://"), ("a@b", "a@b"), ("//", "//"), ("/", "/"),
            ("https://ada:hush@a.test?b", "https://a.test"),
        ]
    )
    func leavesCredentialsOut(_ referer: String, _ shown: String) {
        var sample = SampleAccess()
        sample.referer = Array(referer.utf8)
        #expect(sample.combined().contains(" \"\(shown)\" \"curl"), "\(sample.combined())")
    }

    @Test(
        "Octets are escaped as Apache does",
        arguments: [
            ("\"", #"\""#), ("\\", #"\\"#), ("\n", #"\n"#), ("\r", #"\r"#), ("\t", #"\t"#),
            ("\u{8}", #"\b"#), ("\u{B}", #"\v"#), ("\u{0}", #"\x00"#), ("\u{1B}[2J", #"\x1b[2J"#),
            ("\u{7F}", #"\x7f"#), ("é", #"\xc3\xa9"#), ("a b~", "a b~"),
        ]
    )
    func escapes(_ text: String, _ escaped: String) {
        var buffer = OctetBuffer()
        buffer.append(quoting: Array("<\(text)>".utf8).span, bytesMax: 100)
        #expect(String(decoding: buffer.octets, as: UTF8.self) == "<\(escaped)>")
    }

    @Test("Every octet can be had back, and none but printable ASCII is in a line")
    func escapesReversibly() throws {
        for octet in UInt8.min ... .max {
            var buffer = OctetBuffer()
            buffer.append(quoting: [octet].span, bytesMax: 1)
            #expect(buffer.octets.allSatisfy { 0x20..<0x7F ~= $0 })
            #expect(Self.unescaped(buffer.octets) == [octet])
        }
    }

    private static func unescaped(_ text: [UInt8]) -> [UInt8]? {
        guard text.first == UInt8(ascii: "\\"), text.count > 1 else { return text }
        let plain: [UInt8: UInt8] = [
            0x62: 0x08, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09, 0x76: 0x0B, 0x22: 0x22, 0x5C: 0x5C,
        ]
        if let octet = plain[text[1]] { return text.count == 2 ? [octet] : nil }
        guard text.count == 4, text[1] == UInt8(ascii: "x") else { return nil }
        return UInt8(String(decoding: text[2...], as: UTF8.self), radix: 16).map { [$0] }
    }

    @Test("Whatever octets a client sends, a line is one line with six quotation marks")
    func staysOneLine() {
        var generator = LogTestGenerator(seed: 5)
        for count in [1, 40, 3_000] {
            for _ in 0..<50 {
                func octets() -> [UInt8] {
                    (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
                }
                var sample = SampleAccess()
                (sample.method, sample.path, sample.query) = (octets(), octets(), octets())
                (sample.referer, sample.userAgent) = (octets(), octets())
                let line = sample.line(.combined, includesQuery: true)
                #expect(line.last == 0x0A)
                #expect(line.dropLast().allSatisfy { 0x20..<0x7F ~= $0 })
                #expect(line.count < 4 * (32 + 2_048 + 2_048 + 2_048 + 256) + 200)
                #expect(Self.quotationMarks(in: line) == 6)
            }
        }
    }

    private static func quotationMarks(in line: [UInt8]) -> Int {
        var (count, isEscaped) = (0, false)
        for octet in line {
            if octet == UInt8(ascii: "\""), !isEscaped { count += 1 }
            isEscaped = octet == UInt8(ascii: "\\") && !isEscaped
        }
        return count
    }

    @Test(
        "The time is Apache's, in UTC",
        arguments: [
            (-1, "01/Jan/1970:00:00:00 +0000"), (0, "01/Jan/1970:00:00:00 +0000"),
            (784_111_777_999, "06/Nov/1994:08:49:37 +0000"),
            (951_782_400_000, "29/Feb/2000:00:00:00 +0000"),
            (253_402_300_799_999, "31/Dec/9999:23:59:59 +0000"),
            (Int64.max, "31/Dec/9999:23:59:59 +0000"),
        ] as [(Int64, String)]
    )
    func writesTimes(_ milliseconds: Int64, _ text: String) {
        var clock = CombinedTimeText()
        var buffer = OctetBuffer()
        clock.append(unixMilliseconds: milliseconds, to: &buffer)
        #expect(String(decoding: buffer.octets, as: UTF8.self) == text)
    }

    @Test("The time has every month's name, and goes back with the clock")
    func namesMonths() {
        var clock = CombinedTimeText()
        var buffer = OctetBuffer()
        // The first of each month of 2023, and January again.
        let days = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 0]
        for day in days {
            let seconds = 1_672_531_200 + Int64(day) * 86_400
            clock.append(unixMilliseconds: seconds * 1_000, to: &buffer)
        }
        let names = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
            "Jan",
        ]
        let expected = names.map { "01/\($0)/2023:00:00:00 +0000" }.joined()
        #expect(String(decoding: buffer.octets, as: UTF8.self) == expected)
    }
}
