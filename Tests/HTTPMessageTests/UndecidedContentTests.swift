import HTTPMessage
import Testing

@Suite("Content that is not decided yet")
struct UndecidedContentTests {
    private static let claim = "Content-Disposition: form-data; name=\"_method\""
    private static let file = "Content-Disposition: form-data; name=\"f\"; filename=\"a\""

    static let forms: [(form: FormContent, text: String)] = [
        (.urlencoded, "a=b&_method=PUT&c=_method;%5Fmethod=DELETE&_method%00;x=PATCH&d=_"),
        (.urlencoded, "_method=PUT"), (.urlencoded, "_method=+%20PUT++;_method=DELETE=&_method"),
        (.urlencoded, "&;+[_method]=PUT&&_method&_method[]=%2c,DELETE,,PATCH"),
        (
            MultipartTests.form,
            MultipartTests.form((claim, "PUT"), (file, "x\r\n-\r\n--y"), (claim, "DELETE"))
        ),
        (
            MultipartTests.form,
            MultipartTests.form(
                (claim, "\r\n PUT\r\n--\r\n-"),
                (claim, ""),
                (claim, "PATCH,DELETE")
            )
        ),
        (MultipartTests.form, "\r\n--b\r\n\(claim)\r\n\r\nPUT\r\n--b--"),
        // Nobody closed these.
        (MultipartTests.form, "--b\r\n\(claim)\r\n\r\nPUT\r\n--b"),
        (MultipartTests.form, "--b\r\n\(claim)\r\n\r\nPUT\r\n-"),
    ]

    /// Where the methods stand in a text.
    private func methods(in octets: [UInt8]) -> [(name: [UInt8], start: Int)] {
        ["PUT", "DELETE", "PATCH"].flatMap { name in
            let method = Array(name.utf8)
            return octets.indices.filter { octets[$0...].starts(with: method) }
                .map { (method, $0) }
        }
    }

    /// Scans in pieces; after each, no octet of a method may be settled that is not claimed yet.
    private func check(_ form: FormContent, _ octets: [UInt8], ends: [Int]) {
        guard var scanner = FormScanner(form, names: defaultNames) else { return }
        var claims: [ClaimedMethod] = []
        var start = 0
        for end in ends + [octets.count] {
            _ = scanner.scan(octets.span.extracting(start..<end), into: &claims)
            start = end
            let settled = end - scanner.undecidedCount
            #expect((0...end).contains(settled))
            for (name, start) in methods(in: octets) {
                let isClaimed = claims.contains { claim in
                    octets[start...].starts(with: name) && claim.value.starts(with: name)
                }
                #expect(isClaimed || settled <= start, "\(end) octets, at \(start), \(ends)")
            }
        }
        _ = scanner.finish(into: &claims)
        #expect(scanner.undecidedCount == 0)
        #expect(!claims.isEmpty)
    }

    @Test(
        "B-04: no octet of a claimed value is settled before its claim is known",
        arguments: forms
    )
    func holdsValuesBack(form: FormContent, text: String) {
        let octets = Array(text.utf8)
        check(form, octets, ends: Array(0..<octets.count))
        for split in 0..<octets.count {
            check(form, octets, ends: [split])
            check(form, octets, ends: [split, (split + octets.count) / 2])
        }
    }

    @Test(
        "Everything is settled once claims are known, and in forms without any",
        arguments: [
            (FormContent.urlencoded, "a=b&_methods=PUT;method=DELETE&a[_method]=PATCH&_method"),
            (.urlencoded, "_method=PUT&"), (.urlencoded, "_method=PUT;a=b"), (.urlencoded, ""),
            (MultipartTests.form, MultipartTests.form((file, "PUT\r\n--\r\n"), ("A: b", "DELETE"))),
            (MultipartTests.form, MultipartTests.form((claim, "PUT"))),
            (MultipartTests.form, MultipartTests.form((claim, "PUT")) + "\r\n\r\n"),
            (MultipartTests.form, "--b\r\n\(claim)\r\n\r\nPUT\r\n--b\r\nA: b"),
        ]
    )
    func settlesTheRest(form: FormContent, text: String) throws {
        let octets = Array(text.utf8)
        var claims: [ClaimedMethod] = []
        var scanner = try #require(FormScanner(form, names: defaultNames))
        #expect(scanner.scan(octets.span, into: &claims) == nil)
        #expect(scanner.undecidedCount == 0)
        var split = try #require(FormScanner(form, names: defaultNames))
        for index in octets.indices {
            _ = split.scan(octets.span.extracting(index..<(index + 1)), into: &claims)
        }
        #expect(split.undecidedCount == 0)
    }

    @Test("Keys, first lines of sections and delimiters are settled, what may be a value is not")
    func countsValues() throws {
        for (form, before, value) in [
            (FormContent.urlencoded, "a=b&_method=", "PUT"),
            (MultipartTests.form, "--b\r\n\(Self.claim)\r\n\r\n", "PUT\r\n--b\r"),
            (MultipartTests.form, "--b\r\n\(Self.claim)\r\n\r\n", "PUT\r\n--b-"),
            // PHP takes this for the part's content if nothing follows.
            (MultipartTests.form, "--b\r\n\(Self.claim)\r\n", "PUT: a\r\nA: b\r\n\r"),
        ] {
            var claims: [ClaimedMethod] = []
            var scanner = try #require(FormScanner(form, names: defaultNames))
            #expect(scanner.scan(Array(before.utf8).span, into: &claims) == nil)
            #expect(scanner.undecidedCount == 0)
            let octets = Array(value.utf8)
            for count in 1...octets.count {
                let octet = octets.span.extracting((count - 1)..<count)
                #expect(scanner.scan(octet, into: &claims) == nil)
                #expect(scanner.undecidedCount == count)
            }
            #expect(claims.isEmpty)
        }
    }

    @Test(
        "A value that is too long is a claim of no method at once, and the rest is settled",
        arguments: [1, 7, 512, 513, 4096]
    )
    func cutsLongValues(step: Int) throws {
        for (form, before) in [
            (FormContent.urlencoded, "_method="),
            (MultipartTests.form, "--b\r\n\(Self.claim)\r\n\r\n"),
        ] {
            for character in ["A", " ", "+", "%", "\r"] {
                let value = Array(String(repeating: character, count: 4096).utf8)
                var claims: [ClaimedMethod] = []
                var scanner = try #require(FormScanner(form, names: defaultNames))
                _ = scanner.scan(Array(before.utf8).span, into: &claims)
                var scanned = 0
                while scanned < value.count {
                    let end = min(scanned + step, value.count)
                    #expect(
                        scanner.scan(value.span.extracting(scanned..<end), into: &claims) == nil
                    )
                    scanned = end
                    #expect(claims.isEmpty == (scanned <= 512))
                    #expect(scanner.undecidedCount == (scanned <= 512 ? scanned : 0))
                }
                #expect(claims.count == 1 && claims[0].value.last == 0x3F)
            }
        }
    }
}
