import HTTPMessage
import TestKit
import Testing

/// What canonicalising came to.
enum Canonical: Equatable {
    case path(String)
    case refused(MessageFault.Code)
}

/// The canonical form of a path, or why there is none.
func canonical(_ path: [UInt8], tolerating tolerances: PathTolerances = []) -> Canonical {
    let sentinel: [UInt8] = [1, 2, 3]
    var output = sentinel
    switch CanonicalPath.canonicalize(path.span, into: &output, tolerating: tolerances) {
    case .unchanged:
        #expect(output == sentinel)
        return .path(String(decoding: path, as: UTF8.self))
    case .rewritten:
        #expect(output != path)
        return .path(String(decoding: output, as: UTF8.self))
    case .refused(let fault):
        #expect(output == sentinel)
        return .refused(fault.code)
    }
}

/// The canonical form of a path, or why there is none.
func canonical(_ path: String, tolerating tolerances: PathTolerances = []) -> Canonical {
    canonical(Array(path.utf8), tolerating: tolerances)
}

@Suite("Canonical path")
struct CanonicalPathTests {
    @Test(
        "R-21, B-30, B-31: leaves a canonical path as it is",
        arguments: [
            "/", "/a", "/a/", "/a/b.c", "/index.php/admin", "/(S(x))/a", "/...", "/.a", "/..a",
            "/a.", "/a..",
            "/.../a", "/.well-known/x", "/~user", "/a:b@c!d$e&f'g(h)i*j+k,l=m", "/%20", "/%C3%A9",
            "/%E2%82%AC", "/%F0%9F%98%80", "/%ED%9F%BF", "/%EE%80%80", "/%F4%8F%BF%BF", "/%25",
            "/%25zz",
            "/%25%20", "/100%25", "/a%25/b", "/%3A%40%21%2B", "/%3F%23", "/%C2%A0", "/%E2%80%A7",
            "/%E2%80%AA",
            "/a|b", "/[a]", "/{a}", "/\"a\"", "/<a>", "/^`",
        ]
    )
    func leavesCanonicalPath(path: String) {
        #expect(canonical(path) == .path(path))
    }

    @Test(
        "B-34: decodes unreserved characters and upper-cases other escapes",
        arguments: [
            ("", "/"), ("/%61dmin", "/admin"), ("/%41%5a%7A%30%39", "/AZz09"),
            ("/%2d%5F%7e", "/-_~"),
            ("/a%2Eb", "/a.b"), ("/%c3%a9", "/%C3%A9"), ("/%3a", "/%3A"), ("/a%20%62", "/a%20b"),
            ("/%2e%2e%2e", "/..."), ("/%2ea", "/.a"), ("/a/%2e%61", "/a/.a"), ("/%25%61", "/%25a"),
            ("/%e2%82%aC/%78", "/%E2%82%AC/x"), ("/%25%67%61", "/%25ga"),
        ]
    )
    func rewritesPath(path: String, expected: String) {
        #expect(canonical(path) == .path(expected))
    }

    @Test("B-34: every escape in every case has one canonical form")
    func rewritesEveryEscape() {
        let unreserved = Set("-._~".utf8)
        for octet in UInt8(0x21)...0x7E where !"/\\;%".utf8.contains(octet) {
            let digits = String(octet, radix: 16)
            let isAlphanumeric = 0x30...0x39 ~= octet || 0x61...0x7A ~= octet | 0x20
            let isPlain = unreserved.contains(octet) || isAlphanumeric
            let expected = isPlain ? "/a\(Unicode.Scalar(octet))" : "/a%\(digits.uppercased())"
            #expect(canonical("/a%\(digits)") == .path(expected))
            #expect(canonical("/a%\(digits.uppercased())") == .path(expected))
        }
    }

    @Test(
        "B-20: refuses dot segments, plain, encoded and mixed",
        arguments: [
            "/.", "/..", "/./", "/../", "/a/.", "/a/..", "/a/./b", "/a/../b", "/%2e", "/%2E%2e",
            "/.%2e", "/%2e.",
            "/a/%2e/b", "/a/%2e%2E/b", "/a/.%2E", "/..%2fa", "/a/b/../../admin",
        ]
    )
    func refusesDotSegments(path: String) {
        #expect(canonical(path) == .refused(.dotSegment))
    }

    @Test(
        "B-21: refuses path parameters",
        arguments: ["/a;b", "/a;", "/;", "/a%3Bb", "/a%3b", "/a/b;jsessionid=1/c"]
    )
    func refusesPathParameters(path: String) {
        #expect(canonical(path) == .refused(.pathParameter))
    }

    @Test(
        "B-21: refuses dots before a parameter",
        arguments: ["/..;/a", "/a/..;b=c/d", "/.;", "/%2e%2e%3b/"]
    )
    func refusesDotsBeforeParameter(path: String) {
        #expect(canonical(path) == .refused(.dotSegment))
        #expect(canonical(path, tolerating: [.semicolon, .encodedSlash]) == .refused(.dotSegment))
    }

    @Test(
        "B-22: refuses empty segments",
        arguments: ["//", "//a", "/a//", "/a//b", "/a///b", "//a.test/"]
    )
    func refusesEmptySegments(path: String) {
        #expect(canonical(path) == .refused(.emptySegment))
    }

    @Test("B-23: refuses encoded slashes", arguments: ["/%2f", "/a%2Fb", "/a/%2F", "/%2F%2F"])
    func refusesEncodedSlashes(path: String) {
        #expect(canonical(path) == .refused(.encodedSlash))
    }

    @Test(
        "B-23: refuses backslashes, encoded or not, whatever is tolerated",
        arguments: ["/a\\b", "/\\", "/a%5Cb", "/%5c", "/..\\a"]
    )
    func refusesBackslashes(path: String) {
        #expect(canonical(path) == .refused(.backslash))
        #expect(canonical(path, tolerating: [.semicolon, .encodedSlash]) == .refused(.backslash))
    }

    @Test(
        "B-24: refuses double encoding",
        arguments: [
            "/%2561", "/%252e%252e", "/%25%36%31", "/%256%31", "/%25%361", "/a%25aFb", "/%2525252F",
        ]
    )
    func refusesDoubleEncoding(path: String) {
        #expect(canonical(path) == .refused(.doubleEncoding))
    }

    @Test("B-25: refuses encoded control characters and line separators")
    func refusesEncodedControls() {
        for octet in Array(UInt8(0)..<0x20) + [0x7F] {
            let digits = String(octet, radix: 16)
            let escape = octet < 16 ? "%0\(digits)" : "%\(digits)"
            #expect(canonical("/a\(escape)b") == .refused(.encodedControl), "\(escape)")
        }
        for path in ["/%0d%0aX:y", "/%C2%80", "/%c2%9F", "/%E2%80%A8", "/%e2%80%a9", "/%C2%85"] {
            #expect(canonical(path) == .refused(.encodedControl), "\(path)")
        }
    }

    @Test(
        "B-26: refuses what is not UTF-8",
        arguments: [
            "/%80", "/%BF", "/%C0%AF", "/%C0%80", "/%C1%BF", "/%E0%80%AF", "/%E0%9F%BF",
            "/%F0%80%80%AF",
            "/%F0%8F%BF%BF", "/%ED%A0%80", "/%ED%BF%BF", "/%F4%90%80%80", "/%F5%80%80%80", "/%FF",
            "/%FE",
            "/%C3", "/%C3a", "/%C3/", "/%C3%61", "/%C3%C3%A9", "/%E2%82", "/%E2%82/%AC",
            "/%F0%9F%98",
            "/%F0%9F%98a", "/%E9", "/%C3%2F",
        ]
    )
    func refusesInvalidUTF8(path: String) {
        #expect(canonical(path) == .refused(.invalidUTF8))
    }

    @Test(
        "B-27, B-26: refuses invalid escapes",
        arguments: [
            "/%", "/%4", "/%zz", "/%4g", "/%g4", "/a%", "/%/a", "/%u002e", "/% 41", "/%%41",
            "/%+41", "/%-1",
        ]
    )
    func refusesInvalidEscapes(path: String) {
        #expect(canonical(path) == .refused(.invalidEscape))
    }

    @Test(
        "Refuses what is no path",
        arguments: [
            "a", "*", "?", "/a?b", "/a#b", "/a b", "/a\tb", "/a\u{0}", "/é", "/\u{7F}", "%2Fa", ";",
            "\\",
        ]
    )
    func refusesWhatIsNoPath(path: String) {
        #expect(canonical(path) == .refused(.invalidTarget))
    }

    @Test("B-21: tolerates plain semicolons, never escaped ones")
    func toleratesSemicolons() {
        #expect(canonical("/a;b=c/d;", tolerating: .semicolon) == .path("/a;b=c/d;"))
        for path in ["/;", "/;a/b", "/a/;b"] {
            #expect(canonical(path, tolerating: .semicolon) == .refused(.emptySegment), "\(path)")
        }
        for path in ["/a%3bb", "/a%3Bb", "/a;b%3B"] {
            #expect(canonical(path, tolerating: .semicolon) == .refused(.pathParameter), "\(path)")
        }
        #expect(canonical("/a%2Fb", tolerating: .semicolon) == .refused(.encodedSlash))
    }

    @Test("B-23: tolerates encoded slashes as data, but not with dots between them")
    func toleratesEncodedSlashes() {
        #expect(canonical("/a%2fb", tolerating: .encodedSlash) == .path("/a%2Fb"))
        #expect(
            canonical("/https%3A%2F%2Fa.test", tolerating: .encodedSlash)
                == .path("/https%3A%2F%2Fa.test")
        )
        #expect(canonical("/a%2F.b", tolerating: .encodedSlash) == .path("/a%2F.b"))
        for path in [
            "/..%2Fa", "/a%2F..", "/a%2f%2e%2e%2fb", "/a%2F./b", "/.%2Fa", "/a%2F..;b", "/a%2F../b",
        ] {
            #expect(canonical(path, tolerating: .encodedSlash) == .refused(.dotSegment), "\(path)")
        }
        #expect(canonical("/a;b", tolerating: .encodedSlash) == .refused(.pathParameter))
    }

    @Test(
        "B-36: canonical(canonical(x)) == canonical(x), and it decodes as x does",
        arguments: [1, 2, 3] as [UInt64]
    )
    func isIdempotent(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "/", "a", "Z", ".", "..", "%2e", "%2E", "%2f", "%2F", "%25", "%61", "%4a", "%3b", ";",
            "%", "%C3%A9",
            "%e2%82%ac", "%c3", "%80", "é", "\\", "%5c", "-", "~", "%7e", "%20", "+", "%00", "41",
            "2", "5", "u", "?",
        ]
        var accepted = 0
        for _ in 0..<50_000 {
            var path = "/"
            for _ in 0..<random.below(8) { path += random.pick(pieces) }
            let tolerances = PathTolerances(rawValue: UInt8(random.below(4)))
            guard case .path(let once) = canonical(path, tolerating: tolerances) else { continue }
            accepted += 1
            #expect(canonical(once, tolerating: tolerances) == .path(once), "\(path), seed \(seed)")
            #expect(decoded(once) == decoded(path), "\(path), seed \(seed)")
            #expect(once.hasPrefix("/") && !once.contains("//"), "\(path), seed \(seed)")
            let segments = decoded(once).split(separator: 0x2F, omittingEmptySubsequences: false)
            #expect(
                !segments.contains([0x2E]) && !segments.contains([0x2E, 0x2E]),
                "\(path), seed \(seed)"
            )
        }
        #expect(accepted > 1000)
    }

    /// The path with each valid escape decoded once.
    private func decoded(_ path: String) -> [UInt8] {
        let octets = Array(path.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < octets.count {
            if octets[index] == 0x25, index + 2 < octets.count,
                let octet = UInt8(
                    String(decoding: octets[(index + 1)...(index + 2)], as: UTF8.self),
                    radix: 16
                )
            {
                result.append(octet)
                index += 3
            } else {
                result.append(octets[index])
                index += 1
            }
        }
        return result
    }
}
