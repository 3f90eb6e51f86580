import MethodPolicy
import Testing

@Suite("Faults of policies")
struct PolicyFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let policies: [PolicyDefinition]
        let code: PolicyFault.Code
        /// A part of the hint, or nil if there is none.
        var hint: String?
        /// `line:column` of the fault.
        var place: String?
        /// `line` of each related place.
        var related: [Int] = []

        init(
            _ name: String,
            _ policies: [PolicyDefinition],
            _ code: PolicyFault.Code,
            hint: String? = nil,
            place: String? = nil,
            related: [Int] = []
        ) {
            self.name = name
            self.policies = policies
            self.code = code
            self.hint = hint
            self.place = place
            self.related = related
        }

        init(
            _ name: String,
            _ rules: [RuleDefinition],
            _ code: PolicyFault.Code,
            hint: String? = nil,
            place: String? = nil,
            related: [Int] = []
        ) {
            self.init(name, [policy(rules)], code, hint: hint, place: place, related: related)
        }

        init(
            _ name: String,
            cors: CORSDefinition,
            _ code: PolicyFault.Code,
            hint: String? = nil
        ) {
            self.init(
                name,
                [policy([rule("/")], cors: cors)],
                code,
                hint: hint,
                place: "4:3"
            )
        }

        var testDescription: String { "\(code.rawValue): \(name)" }
    }

    static let crowd = (0...PolicySnapshot.partialSegmentsMax).map {
        rule("/a\($0)-*/x", line: $0 + 1)
    }
    /// Every combination of `a` and `{x}` twelve segments deep: a path of `a`s meets them all.
    static let thicket = (0..<4096).map { number in
        rule(
            (0..<12).map { number >> $0 & 1 == 0 ? "/a" : "/{x}" }.joined() + "/end",
            line: number + 1
        )
    }

    static let cases: [Case] = [
        Case("no slash", [rule("users")], .invalidPattern, hint: "/users/{id}", place: "10:3"),
        Case("a dot segment", [rule("/a/../b")], .unreachablePattern, place: "10:6"),
        Case("long", [rule("/" + String(repeating: "a", count: 5000))], .patternTooLong),
        Case("deep", [rule(String(repeating: "/a", count: 40))], .tooManySegments, hint: "**"),
        Case(
            "twice",
            [rule("/a", line: 5), rule("/a", line: 9)],
            .duplicatePattern,
            hint: "join",
            place: "9:3",
            related: [5]
        ),
        Case(
            "two names",
            [rule("/a/{x}", line: 5), rule("/a/*", line: 9)],
            .duplicatePattern,
            place: "9:3",
            related: [5]
        ),
        Case(
            "two rests",
            [rule("/a/**", line: 5), rule("/%61/**", line: 9)],
            .duplicatePattern,
            place: "9:3",
            related: [5]
        ),
        Case(
            "an escape and its character",
            [rule("/a:b", line: 5), rule("/a%3Ab", line: 9)],
            .duplicatePattern,
            place: "9:3",
            related: [5]
        ),
        Case(
            "beyond ASCII without case",
            [policy([rule("/\u{FC}ber/**", "none", line: 7)], caseInsensitive: true)],
            .unreachablePattern,
            hint: "case: insensitive compares ASCII letters only",
            place: "7:4"
        ),
        Case(
            "one address, two spellings",
            [policy([rule("/a")], hosts: ["[::1]", "[0:0:0:0:0:0:0:1]"])],
            .duplicateHost,
            place: "2:2",
            related: [2]
        ),
        Case(
            "img and php",
            [rule("/img-*", line: 5), rule("/*.php", line: 9)],
            .overlappingPatterns,
            hint: "more specific",
            place: "9:3",
            related: [5]
        ),
        Case(
            "below",
            [rule("/x*/{a}/b", line: 9), rule("/*x/{c}/b", line: 5)],
            .overlappingPatterns,
            place: "5:3",
            related: [9]
        ),
        Case(
            "rests below",
            [rule("/x*/**", line: 5), rule("/*x/**", line: 9)],
            .overlappingPatterns,
            place: "9:3",
            related: [5]
        ),
        Case(
            "twice below",
            [rule("/x*/*y", line: 5), rule("/*x/y*", line: 9)],
            .overlappingPatterns,
            place: "9:3",
            related: [5]
        ),
        Case("a crowd", crowd, .tooManyPartialSegments, place: "65:3"),
        Case("a thicket", thicket, .matchingTooCostly, place: "1:1"),
        Case(
            "too many",
            [policy((0...PolicySnapshot.rulesMax).map { rule("/\($0)") })],
            .tooManyRules
        ),
        Case("TRACE", [rule("/a", "GET TRACE")], .prohibitedMethod, hint: "leave", place: "10:3"),
        Case("CONNECT", [rule("/a", "CONNECT")], .prohibitedMethod),
        Case("PRI", [rule("/a", "PRI")], .prohibitedMethod),
        Case("*", [rule("/a", "*")], .prohibitedMethod),
        Case("TRACK", [rule("/a", "TRACK")], .prohibitedMethod),
        Case("TRACE declared", [policy([rule("/a")], extensions: "TRACE")], .prohibitedMethod),
        Case("trace declared", [policy([rule("/a")], extensions: "trace")], .ambiguousMethod),
        Case(
            "Get declared",
            [policy([rule("/a")], extensions: "Get")],
            .ambiguousMethod,
            hint: "case-sensitive"
        ),
        Case(
            "GETT",
            [rule("/a", "GETT")],
            .unknownMethod,
            hint: "did you mean GET?",
            place: "10:3"
        ),
        Case("get", [rule("/a", "get")], .unknownMethod, hint: "write GET"),
        Case("PSOT", [rule("/a", "PSOT")], .unknownMethod, hint: "did you mean POST?"),
        Case("DELET", [rule("/a", "DELET")], .unknownMethod, hint: "did you mean DELETE?"),
        Case(
            "purge",
            [policy([rule("/a", "purge")], extensions: "PURGE")],
            .unknownMethod,
            hint: "write PURGE"
        ),
        Case("BREWING", [rule("/a", "BREWING")], .unknownMethod, hint: "methods: [BREWING]"),
        Case(
            "too many declared",
            [policy([rule("/a")], extensions: (0...25).map { "X\($0)" }.joined(separator: " "))],
            .tooManyExtensionMethods
        ),
        Case(
            "host with a port",
            [policy([rule("/a")], hosts: ["a.test:80"])],
            .invalidHost,
            hint: "colon",
            place: "2:1"
        ),
        Case(
            "one host, two files",
            [
                policy([rule("/a")], hosts: ["a.test"]),
                policy([rule("/a")], name: "b", hosts: ["A.test"]),
            ],
            .duplicateHost,
            related: [2]
        ),
        Case(
            "one host twice",
            [policy([rule("/a")], hosts: ["*.a.test", "*.A.test"])],
            .duplicateHost,
            place: "2:2",
            related: [2]
        ),
        Case(
            "two files without hosts",
            [policy([rule("/a")]), policy([rule("/a")], name: "b")],
            .duplicateDefaultPolicy,
            hint: "hosts:",
            related: [1]
        ),
        Case(
            "no upstream",
            [policy([rule("/a")], upstream: nil)],
            .missingUpstream,
            hint: "--upstream"
        ),
        Case(
            "no upstream for unlisted",
            [policy([rule("/a", upstream: "x")], upstream: nil, unlisted: .forward)],
            .missingUpstream
        ),
        Case("no origins", cors: cors([]), .missingOrigins, hint: "cors: off"),
        Case("no scheme", cors: cors(["app.test"]), .invalidOrigin, hint: "scheme://host"),
        Case(
            "R-85: * and credentials",
            cors: cors(["*"], credentials: true),
            .credentialsWithAnyOrigin
        ),
        Case(
            "R-87: null and credentials",
            cors: cors(["null"], credentials: true),
            .credentialsWithNullOrigin
        ),
        Case("* and another", cors: cors(["*", "https://a.test"]), .wildcardOriginNotAlone),
        Case(
            "R-85: any field and credentials",
            cors: cors(["https://a.test"], headers: ["*"], credentials: true),
            .credentialsWithAnyField
        ),
        Case(
            "R-85: any exposed field and credentials",
            cors: cors(["https://a.test"], expose: ["*"], credentials: true),
            .credentialsWithAnyField
        ),
        Case("no token", cors: cors(["https://a.test"], headers: ["X Y"]), .invalidFieldName),
        Case("no exposed token", cors: cors(["https://a.test"], expose: ["a:"]), .invalidFieldName),
        Case("a line break", cors: cors(["https://a.test"], expose: ["a\r\nb"]), .invalidFieldName),
        Case(
            "R-88: override",
            cors: cors(["https://a.test"], headers: ["X-HTTP-Method-Override"]),
            .methodOverrideField
        ),
        Case("long max_age", cors: cors(["https://a.test"], maxAgeSeconds: 86_401), .invalidMaxAge),
        Case("negative max_age", cors: cors(["https://a.test"], maxAgeSeconds: -1), .invalidMaxAge),
        Case("in a rule", [rule("/a", cors: .defined(cors([])))], .missingOrigins, place: "4:3"),
    ]

    @Test("each mistake has its code, its place and a hint", arguments: cases + modeCases)
    func reports(_ example: Case) throws {
        let found = faults(example.policies)
        #expect(found.map(\.code) == [example.code])
        let fault = try #require(found.first)
        #expect(!fault.message.isEmpty)
        #expect(!fault.message.hasSuffix("."))
        if let hint = example.hint { #expect(fault.hint?.contains(hint) == true, "\(fault)") }
        if let place = example.place {
            #expect("\(fault.location.line):\(fault.location.column)" == place)
        }
        #expect(fault.related.map(\.line) == example.related)
        #expect(fault.description.hasPrefix("\(fault.location): error[\(example.code.rawValue)]: "))
    }

    @Test("every code is reached by the table")
    func reachesEveryCode() {
        let reached = Set((Self.cases + Self.modeCases).map(\.code))
        #expect(PolicyFault.Code.allCases.filter { !reached.contains($0) } == [])
    }

    @Test("codes are kebab-case and never shared")
    func namesCodes() {
        for code in PolicyFault.Code.allCases {
            let isKebab = code.rawValue.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2D }
            #expect(isKebab, "\(code)")
        }
    }

    @Test("every mistake of every file is reported at once, by place")
    func reportsEverythingAtOnce() {
        let first = policy(
            [
                rule("/b", "GETT PSOT", line: 20),
                rule("nothing", "TRACE", line: 12),
                rule("/b", line: 30),
            ],
            name: "one",
            hosts: ["*", "a.test"],
            cors: cors(["*", "HTTPS://A.test"], credentials: true, maxAgeSeconds: -1)
        )
        let second = policy([rule("/x//y", line: 3)], name: "two", hosts: ["a.test"], upstream: nil)
        let found = faults([second, first])
        let expected: [PolicyFault.Code] = [
            .credentialsWithAnyOrigin, .wildcardOriginNotAlone, .invalidOrigin, .invalidMaxAge,
            .unreachablePattern, .invalidPattern, .prohibitedMethod, .unknownMethod, .unknownMethod,
            .duplicatePattern, .invalidHost, .missingUpstream, .duplicateHost,
        ]
        #expect(Set(found.map(\.code)) == Set(expected))
        #expect(found.count == expected.count)
        let places = found.map { ($0.location.file, $0.location.line, $0.location.column) }
        #expect(zip(places, places.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test(
        "what looks like an overlap and is none compiles",
        arguments: [
            ["/a/x*/q", "/a/*y/w"], ["/img-*.php", "/img-*"], ["/a*", "/b*"], ["/*a", "/*b"],
            ["/a*/{n:int}", "/*b/{u:uuid}"], ["/a/*", "/{x}/b"], ["/a/**", "/{x}/b"],
            ["/{n:int}", "/{u:uuid}"], ["/x*/a", "/*x/{a}"], ["/x*/**", "/*x/{a}"], ["/a", "/a/"],
        ]
    )
    func takesWhatDoesNotOverlap(_ patterns: [String]) {
        #expect(faults([policy(patterns.map { rule($0) })]) == [])
    }

    @Test("declaring a registered method or one twice is no mistake")
    func takesHarmlessRepetition() {
        #expect(
            faults([policy([rule("/a", "GET GET HEAD OPTIONS")], extensions: "GET BAN BAN")]) == []
        )
    }

    @Test("places of single values are used where they are known")
    func usesThePlacesOfValues() {
        let file = "demo.yaml"
        let at = { (column: Int) in SourceLocation(file: file, line: 7, column: column) }
        var definition = rule("/a", "GET GETT")
        definition.methodLocations = [at(10), at(14)]
        var block = cors(["https://a.test", "nothing"])
        block.originLocations = [at(20), at(30)]
        var whole = policy([definition], extensions: "TRACE", cors: block)
        whole.extensionMethodLocations = [at(40)]
        #expect(faults([whole]).map(\.location) == [at(14), at(30), at(40)])
    }

    @Test("100,000 rules compile, and all of them are found")
    func compilesManyRules() throws {
        let rules = (0..<PolicySnapshot.rulesMax).map { index in
            rule(
                index.isMultiple(of: 2)
                    ? "/s\(index % 89)/r\(index)" : "/s\(index % 89)/r\(index)/{id}"
            )
        }
        let snapshot = try snapshot(policy(rules))
        for index in stride(from: 0, to: rules.count, by: 997) {
            let path = "/s\(index % 89)/r\(index)" + (index.isMultiple(of: 2) ? "" : "/7")
            #expect(snapshot.outcome("GET", path) == .forward(pattern: rules[index].pattern))
            #expect(snapshot.outcome("GET", path + "/x").isRefused)
        }
    }
}
