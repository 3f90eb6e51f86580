import MethodPolicy
import Testing

@Suite("Pattern faults")
struct PatternFaultTests {
    static let faulty: [(pattern: String, code: PolicyFault.Code, offset: Int)] = [
        ("", .invalidPattern, 0), ("users", .invalidPattern, 0), ("*", .invalidPattern, 0),
        ("http://x/", .invalidPattern, 0),
        ("/a/**/b", .invalidPattern, 3), ("/**/", .invalidPattern, 1),
        ("/a/***", .invalidPattern, 4),
        ("/a/*b*", .invalidPattern, 5), ("/a/**b", .invalidPattern, 4),
        ("/a/x{id}", .invalidPattern, 4), ("/a/{id}x", .invalidPattern, 3),
        ("/a/}{", .invalidPattern, 3), ("/a/{", .invalidPattern, 3), ("/a/{}", .invalidPattern, 4),
        ("/a/{:int}", .invalidPattern, 4), ("/a/{i d}", .invalidPattern, 4),
        ("/a/{id:float}", .invalidPattern, 7), ("/a/{id:}", .invalidPattern, 7),
        ("/a/{id:INT}", .invalidPattern, 7),
        ("//", .unreachablePattern, 1), ("/a//b", .unreachablePattern, 3),
        ("/./a", .unreachablePattern, 1), ("/a/..", .unreachablePattern, 3),
        ("/a/%2e%2E", .unreachablePattern, 3), ("/a/.%2e/b", .unreachablePattern, 3),
        ("/a;b", .unreachablePattern, 2), ("/a%3bb", .unreachablePattern, 2),
        ("/a%2Fb", .unreachablePattern, 2), ("/a%5cb", .unreachablePattern, 2),
        ("/a\\b", .unreachablePattern, 2),
        ("/%zz", .unreachablePattern, 1), ("/%4", .unreachablePattern, 1),
        ("/a%", .unreachablePattern, 2), ("/%4*1", .unreachablePattern, 1),
        ("/%2541", .unreachablePattern, 1), ("/%00", .unreachablePattern, 1),
        ("/%0d%0a", .unreachablePattern, 1), ("/%7F", .unreachablePattern, 1),
        ("/%C0%AF", .unreachablePattern, 1), ("/%ff", .unreachablePattern, 1),
        ("/%C3*", .unreachablePattern, 1), ("/%ED%A0%80", .unreachablePattern, 1),
        ("/a b", .unreachablePattern, 2), ("/a\tb", .unreachablePattern, 2),
        ("/a?b=c", .unreachablePattern, 2), ("/a#b", .unreachablePattern, 2),
        ("/" + String(repeating: "a", count: 4096), .patternTooLong, 0),
        (String(repeating: "/a", count: 33), .tooManySegments, 65),
    ]

    @Test("a pattern that no canonical path can match is a fault", arguments: faulty)
    func refuses(_ example: (pattern: String, code: PolicyFault.Code, offset: Int)) {
        let fault = #expect(throws: PatternFault.self) { try PathPattern(example.pattern) }
        #expect(fault?.code == example.code)
        #expect(fault?.offset == example.offset)
        #expect(fault?.message.isEmpty == false)
    }

    @Test(
        "B-29, B-31: with case: insensitive a literal that Windows reads otherwise is a fault",
        arguments: [
            "/a.", "/a%20", "/a./b", "/*.", "/x*%20", "/a:b", "/a%3Ab/c", "/x*:", "/:*", "/~1",
            "/admini~1/x", "/a~0*", "/x*~9b", "/(S(x))", "/a/(f())/b", "/(s(*))",
        ]
    )
    func refusesAmbiguousLiteralsWithoutCase(_ text: String) throws {
        #expect(throws: PatternFault.self) { try PathPattern(text, caseInsensitive: true) }
        #expect(throws: Never.self) { try PathPattern(text) }
    }

    @Test(
        "B-28: with case: insensitive a literal beyond ASCII is a fault, at its place",
        arguments: [
            ("/\u{FC}ber/**", 1), ("/%C3%BCber/**", 1), ("/a/x%c3%bc", 4), ("/a*\u{E9}", 3),
            ("/caf%C3%A9-*.php", 4), ("/a%20b%E2%84%AA", 6), ("/a/b/\u{212A}", 5),
        ]
    )
    func refusesNonASCIIWithoutCase(_ example: (pattern: String, offset: Int)) throws {
        let fault = #expect(throws: PatternFault.self) {
            try PathPattern(example.pattern, caseInsensitive: true)
        }
        #expect(fault?.code == .unreachablePattern)
        #expect(fault?.offset == example.offset)
        #expect(fault?.hint?.contains("case: insensitive compares ASCII letters only") == true)
        #expect(throws: Never.self) { try PathPattern(example.pattern) }
    }

    @Test(arguments: [
        "/a%20b", "/%7Euser", "/a~", "/a~*1", "/~*1", "/(s)", "/(1(x))", "/(s(x)", "/100%25",
        "/%25\u{7E}", "/{x}/*.PHP", "/%25*",
    ])
    func takesASCIIWithoutCase(_ text: String) {
        #expect(throws: Never.self) { try PathPattern(text, caseInsensitive: true) }
    }

    @Test(arguments: [
        "/", "/**", "/a/**", "/%25", "/%25a", "/100%25", "/...", "/.a", "/a.", "/a%3Fb",
        "/a%23", "/%20", String(repeating: "/a", count: 32), "/{a}/{a}", "/{a_b-1}",
        "/" + String(repeating: "a", count: 4095),
    ])
    func takes(_ text: String) {
        #expect(throws: Never.self) { try PathPattern(text) }
    }

    @Test("the place of a fault in a pattern is a column of the file")
    func placesTheFault() {
        let found = faults([policy([rule("/a/**/b", line: 12)])])
        #expect(found.map(\.location) == [SourceLocation(file: "demo.yaml", line: 12, column: 6)])
        #expect(
            found.first?.description.hasPrefix("demo.yaml:12:6: error[invalid-pattern]: ") == true
        )
    }
}
