import HTTPMessage
import MethodPolicy

/// What a test looks like to an editor; ``PolicyTestParser`` says it in full.
enum TestSyntax {
    static var pattern: String {
        "^\\s*[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}\\s+[/*][\\s\\S]*\\s->\\s+(forward|report|[1-5])"
    }
}

/// Reads one test.
///
/// ```text
/// METHOD PATH [at HOST] [from ORIGIN] [asking METHOD] [asking-fields A,B] [by ADDRESS]
///     [overriding METHOD] [to PATH] -> RESULT [, Allow METHOD…] [, reason CODE]
/// RESULT: forward [to UPSTREAM] | STATUS | report STATUS
/// ```
struct PolicyTestParser {
    /// What is wrong with a test, and at which of its words.
    struct Fault: Error, Equatable {
        var message: String
        var hint: String?
        var position: SourcePosition
    }

    private let draft: TestDraft
    private var index = 0
    private var test: PolicyTest

    init(_ draft: TestDraft) {
        self.draft = draft
        test = PolicyTest(text: draft.text)
    }

    /// The test, or the first thing that is wrong with it.
    mutating func parse() -> Swift.Result<PolicyTest, Fault> {
        do throws(Fault) {
            try readRequest()
            try readResult()
            try readDetails()
            try checkTogether()
            return .success(test)
        } catch {
            return .failure(error)
        }
    }

    // MARK: Words

    private static var shape: String { "METHOD PATH -> RESULT, as in: DELETE /users -> 405" }

    private func fault(_ message: String, hint: String? = nil) -> Fault {
        // Past the last word, the last word is the place.
        let word = draft.words.indices.contains(index) ? draft.words[index] : draft.words.last
        return Fault(message: message, hint: hint, position: word?.position ?? draft.position)
    }

    private var word: String? {
        draft.words.indices.contains(index) ? draft.words[index].text : nil
    }

    private mutating func next(_ what: String) throws(Fault) -> String {
        guard let word, word != "->" else { throw fault("\(what) is missing", hint: Self.shape) }
        return word
    }

    private mutating func method(_ what: String) throws(Fault) -> String {
        let word = try next(what)
        guard Method(word) != nil else {
            throw fault("\(DocumentReader.quoted(word)) cannot be a method")
        }
        index += 1
        return word
    }

    // MARK: The request

    private mutating func readRequest() throws(Fault) {
        test.request.method = try method("the method")
        if test.request.method == "CONNECT" {
            index = 0
            throw fault("CONNECT names no path and is always refused", hint: "remove the test")
        }
        test.request.target = try target()
        while let word, word != "->" {
            try readClause(word)
        }
        guard word == "->" else {
            throw fault("the test does not say what must come out", hint: Self.shape)
        }
        index += 1
    }

    private mutating func target() throws(Fault) -> String {
        let word = try next("the path")
        let isServer = word == "*" && test.request.method == "OPTIONS"
        guard word.hasPrefix("/") || isServer else {
            let hint =
                word == "*" ? "* is for OPTIONS only" : "a path starts with /, after the method"
            throw fault("\(DocumentReader.quoted(word)) is not a path", hint: hint)
        }
        index += 1
        return word
    }

    private static var clauses: [String] {
        ["at", "from", "asking", "asking-fields", "by", "overriding", "to"]
    }

    private mutating func readClause(_ clause: String) throws(Fault) {
        guard Self.clauses.contains(clause) else {
            let nearest = Suggestion.nearest(to: clause, among: Self.clauses)
            let known = "after the path: " + Self.clauses.joined(separator: ", ") + ", then ->"
            throw fault(
                "a test knows no \(DocumentReader.quoted(clause))",
                hint: nearest.map { "did you mean \($0)?" } ?? known
            )
        }
        guard !isGiven(clause) else { throw fault("`\(clause)` stands twice") }
        index += 1
        switch clause {
        case "asking": test.request.asking = try method("the method after `asking`")
        case "overriding": test.request.overriding = try method("the method after `overriding`")
        case "by": test.request.address = try address()
        default: try readTextClause(clause)
        }
    }

    private func isGiven(_ clause: String) -> Bool {
        switch clause {
        case "at": test.request.host != nil
        case "from": test.request.origin != nil
        case "asking": test.request.asking != nil
        case "asking-fields": test.request.askingFields != nil
        case "by": test.request.address != nil
        case "overriding": test.request.overriding != nil
        default: test.request.destination != nil
        }
    }

    private mutating func readTextClause(_ clause: String) throws(Fault) {
        let value = try next("what belongs after `\(clause)`")
        switch clause {
        case "at": test.request.host = value
        case "from":
            guard Self.isOrigin(value) else {
                throw fault(
                    "\(DocumentReader.quoted(value)) is not an origin",
                    hint:
                        "scheme://host[:port], as in https://app.example.com, or null"
                )
            }
            test.request.origin = value
        case "asking-fields": test.request.askingFields = value
        default:
            guard ["/", "http://", "https://"].contains(where: value.hasPrefix) else {
                throw fault(
                    "\(DocumentReader.quoted(value)) is not a destination",
                    hint: "a path, as in: MOVE /a to /b -> forward"
                )
            }
            test.request.destination = value
        }
        index += 1
    }

    /// Whether a text looks like the value of Origin (RFC 6454 section 7.1), right or wrong.
    private static func isOrigin(_ text: String) -> Bool {
        if text == "null" { return true }
        guard let separator = text.firstRange(of: "://"), text.utf8.first.map(isLetter) == true
        else { return false }
        let scheme = text[..<separator.lowerBound].utf8
        let authority = text[separator.upperBound...]
        let marks = "+-.".utf8
        guard scheme.allSatisfy({ isLetter($0) || isDigit($0) || marks.contains($0) }) else {
            return false
        }
        let bracket = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[bracket...].firstIndex(of: ":")
        let host = authority[..<(colon ?? authority.endIndex)]
        if let colon {
            let port = authority[authority.index(after: colon)...].utf8
            guard !port.isEmpty, port.allSatisfy(isDigit) else { return false }
        }
        return !host.isEmpty && !host.contains { "/?#@".contains($0) }
    }

    private static func isLetter(_ octet: UInt8) -> Bool { 0x61...0x7A ~= octet | 0x20 }
    private static func isDigit(_ octet: UInt8) -> Bool { 0x30...0x39 ~= octet }

    private mutating func address() throws(Fault) -> NetworkAddress {
        let value = try next("the address after `by`")
        guard let address = NetworkAddress(value) else {
            throw fault(
                "\(DocumentReader.quoted(value)) is not an address",
                hint: "one client's address, as in 10.1.2.3 or fd00::1"
            )
        }
        index += 1
        return address
    }

    // MARK: The result

    /// A word without the comma that may follow it.
    private mutating func resultWord() -> String? {
        guard let word else { return nil }
        return word.hasSuffix(",") ? String(word.dropLast()) : word
    }

    private mutating func readResult() throws(Fault) {
        guard let word = resultWord() else {
            throw fault("the result is missing after ->", hint: Self.results)
        }
        switch word {
        case "forward":
            try readForward()
        case "report":
            index += 1
            if ["", "Allow", "reason"].contains(resultWord() ?? "") {
                throw fault(
                    "the status code after `report` is missing",
                    hint: "the one that enforcing would give, as in: -> report 405"
                )
            }
            test.expectation.result = .report(status: try status())
        default:
            test.expectation.result = .answer(status: try status())
        }
    }

    private static var results: String {
        "write forward, a status code such as 405, or report 405"
    }

    private mutating func readForward() throws(Fault) {
        let isLast = word?.hasSuffix(",") == true
        index += 1
        guard !isLast, word == "to" else { return }
        index += 1
        guard let upstream = resultWord(), !upstream.isEmpty else {
            throw fault("the upstream is missing after `to`")
        }
        index += 1
        test.expectation.result = .forward(upstream: upstream)
    }

    private mutating func status() throws(Fault) -> Int {
        let word = resultWord() ?? ""
        guard word.utf8.count == 3, word.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let status = Int(word)
        else {
            let shown = word.isEmpty ? "nothing" : DocumentReader.quoted(word)
            throw fault("\(shown) cannot come out of a request", hint: Self.results)
        }
        guard Self.statuses.contains(status) else {
            let hint =
                status < 400
                ? "what the service answers is not known here: write forward"
                : "known: " + Self.statuses.sorted().map(String.init).joined(separator: ", ")
            throw fault("methodwall never decides on \(status)", hint: hint)
        }
        index += 1
        return status
    }

    /// The status codes of the gateway's own that a decision can have.
    private static let statuses: Set<Int> = {
        let refusals = RefusalReason.allCases.map(\.status)
        return Set(refusals + MessageFault.Code.allCases.map { MessageFault($0).status }).union([
            204
        ])
    }()

    /// The reasons that a decision can have.
    private static let reasons: [String] =
        RefusalReason.allCases.map(\.rawValue) + MessageFault.Code.allCases.map(\.rawValue)

    // MARK: Allow and reason

    private mutating func readDetails() throws(Fault) {
        while let word = resultWord() {
            switch word {
            case "": index += 1
            case "Allow": try readAllow()
            case "reason": try readReason()
            default:
                let hint = "after the result: , Allow GET HEAD or , reason CODE"
                throw fault("a result knows no \(DocumentReader.quoted(word))", hint: hint)
            }
        }
    }

    private mutating func readAllow() throws(Fault) {
        guard test.expectation.allow == nil else { throw fault("`Allow` stands twice") }
        index += 1
        var methods: [String] = []
        while let word, word != "reason", word != "Allow" {
            // As in the field: commas between methods are welcome.
            for part in word.split(separator: ",").map(String.init) {
                guard Method(part) != nil else {
                    throw fault("\(DocumentReader.quoted(part)) cannot be a method")
                }
                guard !methods.contains(part) else { throw fault("\(part) stands twice") }
                methods.append(part)
            }
            index += 1
        }
        guard !methods.isEmpty else { throw fault("`Allow` names no method") }
        test.expectation.allow = methods
    }

    private mutating func readReason() throws(Fault) {
        guard test.expectation.reason == nil else { throw fault("`reason` stands twice") }
        index += 1
        guard let code = resultWord() else { throw fault("the code is missing after `reason`") }
        guard Self.reasons.contains(code) else {
            let nearest = Suggestion.nearest(to: code, among: Self.reasons)
            let hint =
                nearest.map { "did you mean \($0)?" } ?? "`methodwall explain` prints reasons"
            throw fault("\(DocumentReader.quoted(code)) is not a reason", hint: hint)
        }
        index += 1
        test.expectation.reason = code
    }

    /// What the words mean each for themselves, but not together.
    private mutating func checkTogether() throws(Fault) {
        let request = test.request
        if request.asking != nil, request.method != "OPTIONS" || request.origin == nil {
            goBack(to: "asking")
            throw fault("`asking` is for OPTIONS with `from`: a browser's preflight has both")
        }
        if request.askingFields != nil, request.asking == nil {
            goBack(to: "asking-fields")
            throw fault("`asking-fields` is for `asking`")
        }
        guard case .forward = test.expectation.result else { return }
        if test.expectation.reason != nil {
            goBack(to: "reason")
            let hint = "in report mode write: -> report 405, reason method_not_allowed"
            throw fault("what is forwarded has no reason", hint: hint)
        }
        if test.expectation.allow != nil {
            goBack(to: "Allow")
            throw fault("what is forwarded has no Allow of the policy's")
        }
    }

    private mutating func goBack(to word: String) {
        index = draft.words.firstIndex { $0.text == word } ?? index
    }
}
