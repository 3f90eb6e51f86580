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
}
