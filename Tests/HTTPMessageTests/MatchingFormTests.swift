import HTTPMessage
import Testing

@Suite("The form in which paths are compared (B-34 B-36)")
struct MatchingFormTests {
    private func matchingForm(_ path: String) -> String? {
        let octets = Array(path.utf8)
        var output: [UInt8] = [0x78]
        guard CanonicalPath.matchingForm(of: octets.span, into: &output) else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "An escaped visible character is compared as the plain one",
        arguments: [
            ("/a%3Ab", "/a:b"), ("/%7Cx%7C", "/|x|"), ("/a%3Fb", "/a?b"), ("/%23", "/#"),
            ("/%2A%2A", "/**"), ("/caf%C3%A9%3A", "/caf%C3%A9:"), ("/a%20b%40", "/a%20b@"),
        ]
    )
    func decodesVisibleCharacters(path: String, expected: String) {
        #expect(matchingForm(path) == expected)
    }

    @Test(
        "Spaces, percent signs and octets beyond ASCII stay escaped; plain paths are not copied",
        arguments: ["/", "/a:b", "/a%20b", "/100%25", "/caf%C3%A9", "/a/b/c.php", "*", ""]
    )
    func leavesTheRest(path: String) {
        #expect(matchingForm(path) == nil)
    }

    @Test(
        "B-23: an encoded slash is data inside a segment and stays so, tolerated or not",
        arguments: [
            ("/a%2Fb", nil), ("/a%2Fb%3Ac", "/a%2Fb:c"), ("/%2F%2F", nil), ("/a%2F;b/c", nil),
            ("/%2F%2E%2E%2Fb", "/%2F..%2Fb"), ("/a%2F", nil),
        ] as [(String, String?)]
    )
    func keepsEncodedSlashes(path: String, expected: String?) {
        let octets = Array(path.utf8)
        for tolerances in [[], .encodedSlash] as [PathTolerances] {
            var output: [UInt8] = [0x78]
            let differs = CanonicalPath.matchingForm(
                of: octets.span,
                into: &output,
                tolerating: tolerances
            )
            let form = String(decoding: output, as: UTF8.self)
            #expect((differs ? form : nil) == expected)
        }
    }

    @Test(
        "B-21: where `;` is tolerated, parameters are left out of the comparison",
        arguments: [
            ("/a;b=c", "/a"), ("/a;b=c/d", "/a/d"), ("/a;b;c/d;e", "/a/d"), ("/a;/b", "/a/b"),
            ("/a;%3F%3A/b%3Ac", "/a/b:c"), ("/a;b/", "/a/"),
        ]
    )
    func leavesParametersOut(path: String, expected: String) {
        let octets = Array(path.utf8)
        var output: [UInt8] = []
        #expect(CanonicalPath.matchingForm(of: octets.span, into: &output, tolerating: .semicolon))
        #expect(String(decoding: output, as: UTF8.self) == expected)
        output = []
        _ = CanonicalPath.matchingForm(of: octets.span, into: &output, tolerating: .encodedSlash)
        #expect(output.isEmpty || output.contains(0x3B))
    }
}
