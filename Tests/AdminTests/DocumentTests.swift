import Testing

@testable import Admin

@Suite("Documents of the admin listener")
struct DocumentTests {
    private func json(_ text: String) -> String {
        var writer = JSONWriter()
        writer.value(text)
        return String(decoding: writer.take(), as: UTF8.self)
    }

    @Test(
        "Strings are escaped",
        arguments: [
            ("", #""""#), ("plain", #""plain""#), ("a\"b\\c/d", #""a\"b\\c/d""#),
            ("\n\r\t\u{0}\u{1F}\u{7F}", #""\n\r\t\u0000\u001f\u007f""#), ("é€😀", #""é€😀""#),
            ("a\u{202E}b\u{2028}\u{85}é", #""a\u202eb\u2028\u0085é""#),
        ]
    )
    func escapes(text: String, expected: String) {
        #expect(json(text) == expected)
    }

    @Test("Commas stand between members, not at the ends")
    func separates() {
        var writer = JSONWriter()
        writer.openArray()
        writer.openObject()
        writer.closeObject()
        writer.openArray()
        writer.closeArray()
        writer.value(-1)
        writer.value(true)
        writer.openObject()
        writer.key("a")
        writer.value(["x", "y"])
        writer.key("b")
        writer.value([])
        writer.closeObject()
        writer.closeArray()
        let text = String(decoding: writer.take(), as: UTF8.self)
        #expect(text == #"[{},[],-1,true,{"a":["x","y"],"b":[]}]"#)
        #expect(writer.octets.isEmpty)
    }

    @Test(
        "Moments are written as RFC 3339 has them",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1_763_840_317_042, "2025-11-22T19:38:37.042Z"),
            (951_782_400_007, "2000-02-29T00:00:00.007Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"), (253_402_300_800_000, nil),
            (-1, nil),
        ] as [(Int64, String?)]
    )
    func writesTimes(milliseconds: Int64, expected: String?) {
        #expect(AdminTime(unixMilliseconds: milliseconds).text == expected)
    }

    @Test("The Date field is written as RFC 9110 has it")
    func writesDates() {
        let time = AdminTime(unixMilliseconds: 784_111_777_000)
        #expect(time.httpDate == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test("A policy is one text with all members")
    func writesPolicies() {
        var listing = PolicyListing.withRules(1)
        let rule = listing.policies[0].rule
        listing.policies[0].rule = { index in
            var changed = rule(index)
            changed.reason = "why"
            changed.only = ["DELETE: 10.0.0.0/8"]
            changed.upgrade = ["websocket"]
            changed.forwarded = 123
            changed.refused = 4
            return changed
        }
        let policies =
            #""name":"shop","file":"shop.yaml","hosts":["shop.test"],"mode":"enforce","#
            + #""unlisted":"refuse","upstream":"shop","rules":[{"pattern":"/items/0/{id}","#
            + #""at":"shop.yaml:1","methods":["GET","HEAD","OPTIONS"],"mode":"enforce","#
            + #""reason":"why","only":["DELETE: 10.0.0.0/8"],"upgrade":["websocket"],"#
            + #""forwarded":123,"refused":4,"would_refuse":0}]"#
        let expected =
            #"{"version":"v1","loaded_at":"1970-01-01T00:00:00.000Z","files":["shop.yaml"],"#
            + #""policies":[{\#(policies)}]}"#
        #expect(whole(listing) == expected)
    }

    @Test("Policies without rules, and no policy at all, are texts too")
    func writesEmpty() {
        var listing = PolicyListing.withRules(0)
        listing.policies.append(listing.policies[0])
        #expect(whole(listing).components(between: #""rules":[]}"#) == 3)
        listing.policies = []
        #expect(whole(listing).hasSuffix(#""policies":[]}"#))
    }

    @Test("Pieces are small, whatever the number of rules")
    func cutsPieces() {
        var pieces = PolicyPieces(.withRules(5000))
        var count = 0
        while let piece = pieces.next() {
            count += 1
            #expect(!piece.isEmpty && piece.count < 20 * 1024)
        }
        #expect(count > 10)
        #expect(pieces.next() == nil)
    }

    private func whole(_ listing: PolicyListing) -> String {
        var pieces = PolicyPieces(listing)
        var octets: [UInt8] = []
        while let piece = pieces.next() { octets += piece }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension String {
    /// How many parts `mark` cuts the text into.
    fileprivate func components(between mark: String) -> Int {
        split(separator: mark, omittingEmptySubsequences: false).count
    }
}

@Suite("The query of /explain")
struct ExplainQueryTests {
    private func reason(_ query: String?) -> String? {
        do {
            _ = try ExplainQuery(query: query)
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("Names and values are decoded as forms are")
    func decodes() throws {
        let query = try ExplainQuery(query: "pa%74h=%2Fa+b%2Bc%3d&method=GET&&client=%3A%3A1&host")
        #expect(query == ExplainQuery(method: "GET", path: "/a b+c=", client: "::1"))
    }

    @Test(
        "What makes no sense is refused",
        arguments: [
            (nil, "needs 'method'"), ("", "needs 'method'"), ("method=&path=/", "needs 'method'"),
            ("method=GET", "needs 'path'"), ("method=GET&path=/&path=/", "'path' twice"),
            ("method=GET&path=/&verb=x", "a name that is none of"), ("method=%4&path=/", "percent"),
            ("method=%zz&path=/", "percent"), ("method=GET&path=%ff", "percent"),
        ] as [(String?, String)]
    )
    func refuses(query: String?, expected: String) {
        #expect(reason(query)?.contains(expected) == true, "\(reason(query) ?? "none")")
    }
}
