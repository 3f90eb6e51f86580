internal import MethodPolicy

/// The checks of one policy.
struct PolicyChecks {
    private(set) var findings: [LintFinding] = []
    let policy: CompiledPolicy
    /// The patterns that have a rule one parameter below them.
    let collections: Set<[String]>
    /// The patterns of all rules.
    private let shapes: Set<[String]>

    init(_ policy: CompiledPolicy) {
        self.policy = policy
        let shapes = policy.rules.map { PatternShape($0.pattern) }
        collections = Set(shapes.filter(\.isItem).map(\.collection))
        self.shapes = Set(shapes.map(\.segments))
    }

    private var fileLocation: SourceLocation {
        SourceLocation(file: policy.file, line: 1, column: 1)
    }

    mutating func report(
        _ code: LintCode,
        _ message: String,
        hint: String,
        of rule: CompiledRule? = nil
    ) {
        let isSilenced =
            policy.silenced.contains(code.rawValue)
            || rule?.silenced.contains(code.rawValue) == true
        guard !isSilenced else { return }
        findings.append(
            LintFinding(
                code: code,
                message: message,
                hint: hint,
                location: rule?.location ?? fileLocation
            )
        )
    }

    // MARK: - The file

    mutating func checkFile() {
        checkSilence(policy.silenced, of: nil)
        if policy.unlisted == .forward {
            report(
                .forwardsUnlisted,
                "paths without a rule are forwarded with every known method but TRACE and CONNECT",
                hint: "write rules for them, or unlisted: refuse"
            )
        }
        if policy.mode == .report {
            report(
                .reportMode,
                "the file is in report mode, so nothing is refused where a rule does not say so",
                hint: "write mode: enforce once the log shows no would_refuse that matters"
            )
        }
        if policy.overrides == .ignore {
            report(
                .overrideIgnored,
                "a request may claim another method in a field, its query or its content, and "
                    + "nobody judges it",
                hint: "write override: judge unless the service knows no such names"
            )
        }
        checkTolerances()
        for method in policy.methods(in: policy.allMethods)
        where method.name.utf8.contains(where: { 0x61...0x7A ~= $0 }) {
            report(
                .lowerCaseMethod,
                "methods are case-sensitive, and \(method) is not upper case "
                    + "(RFC 9110 section 9.1)",
                hint: "declare it as clients send it, which is nearly always upper case"
            )
        }
    }

    private mutating func checkTolerances() {
        let consequences: [(PolicyTolerances, String)] = [
            (.semicolon, "semicolon: what follows a ; in a segment is not compared with patterns"),
            (.encodedSlash, "encoded-slash: a service that decodes %2F sees other segments"),
            (.underscores, "underscores: X_Field and X-Field are one variable to CGI services"),
        ]
        for (tolerance, consequence) in consequences where policy.tolerances.contains(tolerance) {
            report(
                .tolerance,
                "the file tolerates \(consequence)",
                hint: "leave it out of tolerate: unless the service depends on it"
            )
        }
    }

    private mutating func checkSilence(_ codes: [String], of rule: CompiledRule?) {
        for code in codes where LintCode(rawValue: code) == nil {
            let names = LintCode.allCases.map(\.rawValue)
            let nearest = Suggestion.nearest(to: code, among: names)
            report(
                .unknownSilence,
                "no finding has the code \(code)",
                hint: nearest.map { "probably \($0) is meant" }
                    ?? "the codes are those that check --lint prints",
                of: rule
            )
        }
    }

    // MARK: - What the rules decide

    mutating func checkCoverage(in snapshot: PolicySnapshot) {
        guard !policy.rules.isEmpty else { return }
        let coverage = RuleCoverage(of: policy, in: snapshot)
        guard coverage.isComplete else {
            report(
                .notCompared,
                "the rules tell too many paths apart to find out which of them never decide",
                hint: "use fewer segments with * or {name} beside literals"
            )
            return
        }
        for rule in coverage.neverDeciding {
            report(
                .shadowedRule,
                "\(rule.pattern) decides no path: more specific rules cover all of its paths",
                hint: "remove it, or the rules that cover it",
                of: rule
            )
        }
        for rule in coverage.redundant {
            report(
                .redundantRule,
                "without \(rule.pattern) the rules below it answer its paths alike",
                hint: "remove it, or make it say something else",
                of: rule
            )
        }
    }

    // MARK: - A rule

    mutating func check(_ rule: CompiledRule) {
        checkSilence(rule.silenced, of: rule)
        let shape = PatternShape(rule.pattern)
        let methods = policy.methods(in: rule.methods)
        let unsafe = methods.filter { !Self.safeMethods.contains($0.name) }
        let names = unsafe.map(\.name).joined(separator: " ")
        if methods.count == policy.methods(in: policy.allMethods).count {
            report(
                .anyMethod,
                "\(rule.pattern) allows every known method, WebDAV's among them",
                hint: "list the methods that the service has there",
                of: rule
            )
        } else if shape.endsWithRest, !unsafe.isEmpty {
            report(
                .unsafeRest,
                "\(rule.pattern) allows \(names) on every path below, those included that the "
                    + "service will get",
                hint: "write a rule for each resource, and ** with GET alone",
                of: rule
            )
        }
        checkResource(rule, shape, Set(methods.map(\.name)))
        if shape.isStatus, !unsafe.isEmpty {
            report(
                .unsafeOnStatus,
                "\(rule.pattern) only reports, and \(names) may change something there "
                    + "(RFC 9110 section 9.2.1)",
                hint: "allow GET alone",
                of: rule
            )
        }
        if shape.isBatch, methods.contains(.post) {
            report(
                .batchEndpoint,
                "the content of POST \(rule.pattern) holds operations of its own, which are not "
                    + "seen here",
                hint: "allow it for trusted clients only, or not at all",
                of: rule
            )
        }
        checkModes(rule, Set(methods.map(\.name)))
    }

    /// Methods whose effect RFC 9110 section 9.2.1, or the RFC that defines them, calls safe.
    private static let safeMethods: Set<String> = [
        "GET", "HEAD", "OPTIONS", "PROPFIND", "QUERY", "REPORT", "SEARCH",
    ]

    private mutating func checkResource(
        _ rule: CompiledRule,
        _ shape: PatternShape,
        _ methods: Set<String>
    ) {
        if collections.contains(shape.segments) {
            if methods.contains("DELETE") {
                report(
                    .collectionDelete,
                    "\(rule.pattern) is a collection with items, and DELETE removes all of them "
                        + "(RFC 9110 section 9.3.5)",
                    hint: "allow DELETE on the items only",
                    of: rule
                )
            }
            if methods.contains("PUT") {
                report(
                    .collectionPut,
                    "\(rule.pattern) is a collection with items, and PUT replaces all of them "
                        + "(RFC 9110 section 9.3.4)",
                    hint: "allow PUT on the items, and POST on the collection",
                    of: rule
                )
            }
        }
        if shape.isItem, methods.contains("POST"), shapes.contains(shape.collection) {
            report(
                .itemPost,
                "\(rule.pattern) is an item, and POST makes new ones in a collection "
                    + "(RFC 9110 section 9.3.3)",
                hint: "allow POST on the collection, PUT or PATCH on the item",
                of: rule
            )
        }
    }

    private mutating func checkModes(_ rule: CompiledRule, _ methods: Set<String>) {
        let refused = ["POST", "PUT", "PATCH", "DELETE"].filter { !methods.contains($0) }
        if rule.mode == .report, policy.mode != .report, !refused.isEmpty {
            report(
                .reportMode,
                "\(rule.pattern) is in report mode, so \(refused.joined(separator: " ")) "
                    + (refused.count == 1 ? "is" : "are") + " forwarded and not refused",
                hint: "write mode: enforce once the log shows no would_refuse that matters",
                of: rule
            )
        }
        if rule.overrides == .ignore, policy.overrides != .ignore {
            report(
                .overrideIgnored,
                "a request to \(rule.pattern) may claim another method, and nobody judges it",
                hint: "write override: judge unless the service knows no such names there",
                of: rule
            )
        }
    }
}
