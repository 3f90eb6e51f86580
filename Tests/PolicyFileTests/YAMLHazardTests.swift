import MethodPolicy
import Testing

@testable import PolicyFile

/// What YAML can do to a reader, and must not do here (F-01 to F-04).
@Suite struct YAMLHazardTests {
    /// Nine levels of nine aliases each: 387,420,489 nodes from under 400 octets.
    private static let bomb = """
        a: &a [x,x,x,x,x,x,x,x,x]
        b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]
        c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]
        d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]
        e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]
        f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]
        g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]
        h: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]
        i: &i [*h,*h,*h,*h,*h,*h,*h,*h,*h]
        """

    @Test("F-01: a bomb of aliases is refused without being expanded")
    func refusesAliasBomb() throws {
        let codes = try diagnostics(of: Self.bomb).map(\.code)
        #expect(codes.contains("yaml-anchor"))
        let reader = try read(Self.bomb)
        // Nothing that the bomb stands for was built: at most what the text itself holds.
        #expect(reader.nodes <= Self.bomb.utf8.count)
    }

    @Test("F-01: a bomb in the keys of mappings is refused without being hashed")
    func refusesAliasBombInKeys() throws {
        let keys = Self.bomb.split(separator: "\n").map { "? " + $0.drop { $0 != "&" } + "\n: x" }
        let reader = try read(keys.joined(separator: "\n"))
        #expect(reader.codes.contains("yaml-complex-key"))
    }

    @Test(
        "F-01: anchors, aliases, merge keys, tags and complex keys are refused where they stand",
        arguments: [
            ("methodwall: 1\nhosts: &h [a.example]\n", "yaml-anchor 2:8"),
            ("methodwall: 1\npolicy: &name shop\n", "yaml-anchor 2:9"),
            ("methodwall: 1\n&k policy: shop\n", "yaml-anchor 2:1"),
            ("methodwall: 1\npaths: &p\n  /a: GET\n", "yaml-anchor 2:8"),
            ("methodwall: 1\nhosts: *h\n", "yaml-alias 2:8"),
            ("methodwall: 1\nhosts: [a, *h]\n", "yaml-alias 2:12"),
            ("methodwall: 1\nhosts:\n  - *h\n", "yaml-alias 3:5"),
            ("methodwall: 1\n*k : shop\n", "yaml-alias 2:1"),
            ("methodwall: 1\ncors: { origins: * }\n", "yaml-alias 2:18"),
            ("methodwall: 1\n<<: { policy: shop }\n", "yaml-merge-key 2:1"),
            ("methodwall: 1\n<<: *base\n", "yaml-merge-key 2:1"),
            ("methodwall: 1\npolicy: !!str 12\n", "yaml-tag 2:9"),
            ("methodwall: 1\npolicy: !include other.yaml\n", "yaml-tag 2:9"),
            ("methodwall: 1\npaths: !map\n  /a: GET\n", "yaml-tag 2:8"),
            ("methodwall: 1\n? policy\n: shop\n", "yaml-complex-key 2:1"),
            ("methodwall: 1\n? [a, b]\n: shop\n", "yaml-complex-key 2:1"),
            ("methodwall: 1\n[a, b]: shop\n", "yaml-complex-key 2:1"),
            ("methodwall: 1\n{a: b}: shop\n", "yaml-complex-key 2:1"),
        ]
    )
    func refusesIndicator(_ text: String, _ place: String) throws {
        #expect(try places(of: text).contains(place))
    }

    @Test("F-01: what only looks like an anchor, alias or tag is ordinary text")
    func acceptsIndicatorsInText() throws {
        let snapshot = try snapshot(
            of: """
                methodwall: 1
                methods: ["R&D*!"] # & * ! ? here mean nothing
                cors: { origins: "*" }
                paths:
                  /assets/**: GET
                  /img-*: R&D*!
                  /x:
                    allow: GET
                    reason: R & D say *no*! Why? "ask" & see
                  /y:
                    allow: GET
                    reason: >
                      *starred*
                      &c. !important
                  "/q": "GET"
                """
        )
        let rules = try #require(snapshot.policies.first).rules
        let reasons = rules.map(\.reason)
        #expect(reasons.contains("R & D say *no*! Why? \"ask\" & see"))
        #expect(reasons.contains("*starred* &c. !important"))
        #expect(rules.map(\.pattern).contains("/img-*"))
        #expect(decision(snapshot, "R&D*!", "/img-1") == "forward")
    }

    @Test("F-02: nesting is bounded")
    func refusesDeepNesting() throws {
        let deep = String(repeating: "[", count: 17) + String(repeating: "]", count: 17)
        #expect(try read(deep).codes == ["yaml-too-deep"])
        let allowed = String(repeating: "[", count: 16) + String(repeating: "]", count: 16)
        #expect(try read(allowed).codes == [])
        // The parser's own bound answers for what would otherwise exhaust the stack.
        let abyss = String(repeating: "[", count: 500_000)
        #expect(try read(abyss).codes == ["yaml-syntax"])
    }

    @Test("F-03: every repeated key is found, and the rest of the file is still read")
    func reportsEveryDuplicateKey() throws {
        let text = """
            methodwall: 1
            policy: a
            policy: b
            paths:
              /a: GET
              "/b": GET
              /a: POST
              /c: { allow: GET, allow: POST, alow: PUT }
              "/b": PUT
              /d: GOT
            """
        #expect(
            try places(of: text) == [
                "duplicate-key 3:1", "duplicate-key 7:3", "duplicate-key 8:21", "unknown-key 8:34",
                "duplicate-key 9:3", "unknown-method 10:7",
            ]
        )
        let first = try #require(try diagnostics(of: text).first)
        #expect(first.related.map(\.line) == [2])
    }

    @Test("F-03: a file full of repeated keys is refused in few tries")
    func boundsWorkOnDuplicates() throws {
        let lines = (0..<100).map { "k\($0 / 2): v" }
        let codes = try read(lines.joined(separator: "\n")).codes
        #expect(codes == ["duplicate-key"])
    }

    @Test("F-03: of thousands of repeated keys the report names a few")
    func boundsReportOfDuplicates() throws {
        let lines = (0..<5_000).map { "  /k\($0 / 2): GET" }
        let found = try diagnostics(of: "methodwall: 1\npaths:\n" + lines.joined(separator: "\n"))
        #expect(found.map(\.code) == ["duplicate-key"])
        let message = try #require(found.first).message
        #expect(message.hasSuffix(" and 2484 more") && message.utf8.count < 300, "\(message)")
    }

    @Test("F-03: keys are octets: two ways to write é are two keys")
    func tellsNormalFormsApart() throws {
        let text = "methodwall: 1\npaths:\n  /caf\u{E9}: GET\n  /cafe\u{301}: PUT\n"
        let snapshot = try snapshot(of: text)
        #expect(decision(snapshot, "GET", "/caf%C3%A9") == "forward")
        #expect(decision(snapshot, "PUT", "/cafe%CC%81") == "forward")
        #expect(decision(snapshot, "PUT", "/caf%C3%A9").hasPrefix("405"))
    }

    @Test("a rule that YAML's reader refused is reported once")
    func reportsRefusedRuleOnce() throws {
        #expect(try places(of: "methodwall: 1\npaths:\n  /a: !!str GET\n") == ["yaml-tag 3:7"])
        #expect(try places(of: "methodwall: 1\npaths: {}\n") == ["invalid-value 2:8"])
    }

    @Test(
        "F-03: an escape brings in nothing that the file may not hold as it is",
        arguments: [
            ("/x: { allow: GET, reason: \"x\\u202Ey\" }", "3:29"),
            ("\"/a/\\uE02A\\uE02A\": GET", "3:3"),
            ("/x: \"GE\\uE100T\"", "3:7"), ("/x: \"\\U0000E02A\"", "3:7"),
            ("\"/é\\0\": GET", "3:3"),
            ("/x: { allow: GET, reason: \"a\\x1Bb\" }", "3:29"), ("\"/*\\uE02A\": GET", "3:3"),
            ("/x: { allow: GET, reason: \"a\\Lb\" }", "3:29"),
            ("/x: { allow: GET, reason: \"\\\\\\ue02a\" }", "3:29"),
            ("/é: { allow: GET, reason: \"a \\\n      \\uE03F\" }", "3:29"),
        ]
    )
    func refusesEscapes(_ rule: String, _ place: String) throws {
        let found = try places(of: "methodwall: 1\npaths:\n  \(rule)\n  /z: GET\n")
        #expect(found == ["invalid-character \(place)"])
    }

    @Test("F-03: other escapes mean what they say, and what looks like one is text")
    func acceptsEscapes() throws {
        let snapshot = try snapshot(
            of: #"""
                methodwall: 1
                paths:
                  "/caf\u00E9/**": GET
                  /b: { allow: "G\x45T", reason: "*\\uE02A* & \"\\u202E\"" }
                  /c: { allow: GET, reason: 'no \uE02A escape *' }
                  /d: { allow: GET, reason: no \uE02A escape * } # "\uE02A"
                """#
        )
        let reasons = try #require(snapshot.policies.first).rules.compactMap(\.reason)
        #expect(reasons.contains(#"*\uE02A* & "\u202E""#))
        #expect(reasons.filter { $0 == #"no \uE02A escape *"# }.count == 2)
        #expect(decision(snapshot, "GET", "/b") == "forward")
        #expect(decision(snapshot, "GET", "/caf%C3%A9/x") == "forward")
    }

    @Test("F-03: several documents and unknown keys are refused")
    func refusesSeveralDocuments() throws {
        let text = "methodwall: 1\npaths: { /a: GET }\n---\nmethodwall: 1\n"
        #expect(try places(of: text) == ["yaml-several-documents 3:1"])
        #expect(try places(of: "---\nmethodwall: 1\npaths: { /a: GET }\n...\n") == [])
        let unknown = "methodwall: 1\nhost: a.example\npaths: { /a: GET }\n"
        let found = try #require(try diagnostics(of: unknown).first)
        #expect(found.code == "unknown-key")
        #expect(found.hint == "did you mean `hosts`?")
    }

    @Test(
        "F-04: no unquoted word turns into a boolean, number or null",
        arguments: [
            ("policy: NO", "wrong-type 2:9"), ("policy: on", "wrong-type 2:9"),
            ("policy: 1e3", "wrong-type 2:9"), ("policy: 0x10", "wrong-type 2:9"),
            ("policy: 0o17", "wrong-type 2:9"), ("policy: .inf", "wrong-type 2:9"),
            ("policy: -.5", "wrong-type 2:9"), ("policy: ~", "wrong-type 2:9"),
            ("policy: Null", "wrong-type 2:9"), ("policy:", "wrong-type 2:8"),
            ("hosts: [yes, a.example]", "wrong-type 2:9"),
            ("methods: [NO]", "unknown-method"), ("methodwall: yes", "duplicate-key"),
            ("unlisted: no", "invalid-value 2:11"), ("cors: no", "wrong-type 2:7"),
        ]
    )
    func refusesTypedWords(_ line: String, _ place: String) throws {
        let found = try places(of: "methodwall: 1\n\(line)\npaths: { /a: GET }\n")
        switch place {
        case "unknown-method":
            // `NO` is a token, so as a declared method it is what it looks like.
            #expect(found == [])
        case "duplicate-key": #expect(found.contains { $0.hasPrefix("duplicate-key") })
        default: #expect(found == [place])
        }
    }

    @Test("F-04: quoted, the same words are text")
    func acceptsQuotedWords() throws {
        let snapshot = try snapshot(of: "methodwall: 1\npolicy: \"NO\"\npaths: { /a: GET }\n")
        #expect(snapshot.policies.map(\.name) == ["NO"])
    }

    @Test(
        "F-04: a word that is not a known method never allows anything",
        arguments: ["NO", "off", "1e3", "true", "get", "0"]
    )
    func refusesWordsAsMethods(_ word: String) throws {
        #expect(try places(of: "methodwall: 1\npaths:\n  /a: \(word)\n") == ["unknown-method 3:7"])
    }

    @Test("tabs are named as such")
    func namesTabs() throws {
        #expect(try places(of: "methodwall: 1\npaths:\n\t/a: GET\n") == ["yaml-tab 3:1"])
        #expect(
            try places(of: "methodwall: 1\npaths:\n  /a:\n  \tallow: GET\n") == ["yaml-tab 4:3"]
        )
    }

    private func read(_ text: String) throws -> (codes: [String], nodes: Int) {
        let checked = SourceText.checked(file: "test.yaml", bytes: Array(text.utf8))
        #expect(checked.faults == [])
        var reader = YAMLReader(checked.source)
        let root = reader.read()
        return (reader.diagnostics.map(\.code), root.map(count) ?? 0)
    }

    private func count(_ node: YAMLNode) -> Int {
        switch node.content {
        case .text: 1
        case .list(let elements): 1 + elements.map(count).reduce(0, +)
        case .mapping(let entries): 1 + entries.map { 1 + count($0.value) }.reduce(0, +)
        }
    }
}
