import HTTPMessage
import TestKit
import Testing

@Suite("Methods that queries claim")
struct QueryClaimTests {
    static let spellings = [
        "_method", "_METHOD", "_Method", "%5fmethod", "%5Fmethod", "%5f%6d%65%74%68%6f%64",
        "_metho%64", "%u005fmethod", "%U005Fmethod", "_%u006dethod", ".method", "%2emethod",
        "[method", "%5Bmethod", " _method", "+_method", "%20%20_method", "+++_method", "_method+",
        "_method%20", "_method%00", "_method%00x", "_method[", "_method[]", "_method[a]",
        "_method%5B%5D", "[_method]", "[[_method", "]_method]]", "%5B_method%5D", "%09_method",
        "%0a_method", "%00_method", "-method", "%EF%BC%BFmethod", "%uFF3Fmethod", "%C1%9Fmethod",
        "%E0%81%9Fmethod", "%F0%80%81%9Fmethod", "%EF%BB%BF_method", "+%00_method", "_method[%00",
    ]

    @Test(
        "B-03: query keys are found after decoding, by each server's reading",
        arguments: spellings
    )
    func findsSpellings(key: String) {
        let expected = ["_method=DELETE"]
        #expect(queryClaims("\(key)=DELETE") == expected)
        #expect(queryClaims("a=b&\(key)=delete&c") == expected)
        #expect(queryClaims("a=b;\(key)=%44ELETE;c") == expected)
        #expect(queryClaims("&&\(key)=+Delete%0d%0a") == expected)
        #expect(scanForm(.urlencoded, "\(key)=DELETE").claims == expected)
    }

    @Test(
        "B-03: keys of several words are found as PHP mangles them",
        arguments: [
            "x-http-method-override", "X_HTTP_METHOD_OVERRIDE", "x.http.method.override",
            "x+http+method+override", "x%20http[method_override", "x%2Dhttp%2Dmethod%2Doverride",
        ]
    )
    func findsMangledKeys(key: String) {
        #expect(queryClaims("\(key)=PUT") == ["x-http-method-override=PUT"])
    }

    @Test(
        "Other keys claim nothing",
        arguments: [
            "", "a=b", "method=DELETE", "__method=DELETE", "_methods=DELETE", "a_method=DELETE",
            "a=_method", "a=_method=DELETE", "_method", "_method=", "_method=+%20", "_method=,",
            "%255fmethod=DELETE", "a[_method]=DELETE", "=_method", "[]_x=DELETE", "_me%00thod=PUT",
            "%_method=DELETE", "%5_method=DELETE", "a%26_method=DELETE",
        ]
    )
    func leavesOthers(query: String) {
        #expect(queryClaims(query) == [])
        #expect(scanForm(.urlencoded, query).claims == [])
    }

    @Test(
        "Values are decoded, trimmed and split, and what some parsers cut off stays",
        arguments: [
            ("_method=GET,DELETE", ["_method=GET", "_method=DELETE"]),
            ("_method=GET%2C+put", ["_method=GET", "_method=PUT"]),
            ("_method=GET&_method=DELETE", ["_method=GET", "_method=DELETE"]),
            ("_method=GET;_method=DELETE", ["_method=GET", "_method=DELETE"]),
            ("_method=GET;DELETE", ["_method=GET"]),
            ("_method%00;x=DELETE", ["_method=DELETE"]), ("_method[;a]=PUT", ["_method=PUT"]),
            ("_method%00;;a;b=PUT;c=GET", ["_method=PUT"]), ("_method&a=PUT", []),
            ("_method%00;a&b=PUT", []), ("_method=;a=PUT", []),
            ("a;_method%00;=PUT", ["_method=PUT"]),
            ("_method=GET=DELETE", ["_method=GET=DELETE"]),
            ("_method=%44%u0045L", ["_method=DEL"]), ("_method=DEL%zz", ["_method=DEL%ZZ"]),
            ("_method=GET%00", ["_method=GET\u{0}"]), ("_method=%00", ["_method=\u{0}"]),
            ("_method=%00DELETE", ["_method=\u{0}DELETE"]),
            ("_method=GET%00DELETE", ["_method=GET\u{0}DELETE"]),
            ("_method=GET%0bDELETE", ["_method=GET\u{B}DELETE"]),
            ("_method=%0bDELETE", ["_method=\u{B}DELETE"]),
            ("_method=%", ["_method=%"]), ("_method=%u12", ["_method=%U12"]),
            ("_method=M-SEARCH", ["_method=M-SEARCH"]),
        ]
    )
    func readsValues(query: String, expected: [String]) {
        #expect(queryClaims(query) == expected)
        #expect(scanForm(.urlencoded, query).claims == expected)
    }

    @Test("Keys that are not UTF-8 are looked through like others")
    func readsOtherOctets() {
        let key = Array("_method".utf8)
        #expect(queryClaims([0xEF, 0xBB, 0xBF] + key + Array("=PUT".utf8)) == ["_method=PUT"])
        #expect(
            queryClaims([0xC1, 0x9F] + key.dropFirst() + Array("=PUT".utf8)) == ["_method=PUT"]
        )
        #expect(queryClaims([0xFF, 0xFE] + key + Array("=PUT".utf8)) == [])
        #expect(queryClaims([0xC1] + key + Array("=PUT".utf8)) == [])
        #expect(queryClaims([0xE0, 0x81]) == [] && queryClaims([0xEF]) == [])
    }

    @Test("Names of parameters are compared as a policy gives them")
    func knowsOwnNames() {
        let names = OverrideNames(fields: [], parameters: ["verb", "Do[It]"])
        #expect(queryClaims(Array("VERB=put".utf8), names: names) == ["verb=PUT"])
        #expect(queryClaims(Array("do[it]=put".utf8), names: names) == ["Do[It]=PUT"])
        #expect(queryClaims(Array("_method=put".utf8), names: names) == [])
        let none = OverrideNames(fields: ["a"], parameters: [])
        #expect(queryClaims(Array("_method=put".utf8), names: none) == [])
        #expect(FormScanner(.urlencoded, names: none) == nil)
    }

    private func stripped(_ query: String) -> String? {
        let octets = Array(query.utf8)
        var output: [UInt8] = [0x78]
        guard ClaimReader.strippedQuery(octets.span, names: defaultNames, into: &output) else {
            #expect(output == [0x78])
            return nil
        }
        return String(decoding: output, as: UTF8.self)
    }

    @Test(
        "B-03: a query is stripped of the pairs that claim a method and of nothing else",
        arguments: [
            ("_method=PUT", ""), ("_method", ""), ("_method=PUT&a=b", "a=b"),
            ("a=b&_method=PUT", "a=b"), ("a=b&_method=PUT&c=d", "a=b&c=d"),
            ("a;%5fmethod=PUT;c", "a;c"), ("_method=1&_method=2", ""),
            ("_method=1&_method=2&a", "a"),
            ("a&_method=1&_method=2;b", "a;b"), ("&_method=PUT&a", "&a"), ("a&&_method=&b", "a&&b"),
            ("_method=PUT&&a", "&a"), ("a&_method[]=x&", "a&"), ("_method=1;a=b&c", "a=b&c"),
        ]
    )
    func stripsQuery(query: String, expected: String) {
        #expect(stripped(query) == expected)
    }

    @Test(
        "A query that claims nothing is left alone",
        arguments: ["", "&", "a=_method", "a=b;c&&"]
    )
    func leavesQuery(query: String) {
        #expect(stripped(query) == nil)
    }

    @Test(
        "B-03: what is left of a stripped query claims nothing, and every other pair is in it",
        arguments: [11, 12, 13] as [UInt64]
    )
    func stripsAll(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "&", ";", "=", "a", "_method", "%5f", "method", "[", "]", "+", "%00", "_", ".",
        ]
        var strippedCount = 0
        for _ in 0..<20_000 {
            var query = ""
            for _ in 0..<random.below(12) { query += random.pick(pieces) }
            guard let rest = stripped(query) else {
                #expect(queryClaims(query) == [], "\(query), seed \(seed)")
                continue
            }
            strippedCount += 1
            #expect(stripped(rest) == nil, "\(query), seed \(seed)")
            #expect(queryClaims(rest) == [], "\(query), seed \(seed)")
            let others = pairs(query).filter { !isOverride($0) }
            #expect(pairs(rest) == others, "\(query) to \(rest), seed \(seed)")
        }
        #expect(strippedCount > 1000)
    }

    private func pairs(_ query: String) -> [Substring] {
        query.split { $0 == "&" || $0 == ";" }
    }

    private func isOverride(_ pair: Substring) -> Bool {
        let key = pair.utf8.prefix { $0 != 0x3D }
        return defaultNames.parameter(Array(key).span) != nil
    }
}
