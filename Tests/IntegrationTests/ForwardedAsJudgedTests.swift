import TestKit
import Testing

/// Random requests beside what a policy's plainest reading makes of them.
private struct RequestMaker {
    var random: SeededGenerator

    /// A request and what must become of it.
    struct Made {
        let method: String
        let target: String
        let fields: [String]
        let body: String?
        /// The canonical path with the query as sent.
        let forwardedTarget: String
        /// The path with every escape decoded.
        let path: [String]
        /// What the request claims beside its method, in upper case.
        let claims: [String]
    }

    private static let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PURGE", "PROPFIND", "COPY", "QUERY",
        "BREW",
        "get", "TRACE",
    ]
    private static let claimed = [
        "GET", "PUT", "DELETE", "put", "Delete", "BREW", "TRACE", "PATCH",
    ]
    private static let segments = [
        "users", "admin", "7", "42", "me", "edit", "x", "a:b", "a b", "é", "~u",
    ]
    private static let keys = ["a", "page", "q", "_methods", "method", "x"]
    private static let overrideKeys = [
        "_method", "%5Fmethod", "_METHOD", "+_method", ".method", "_method[]", "x-http-method",
    ]
    private static let overrideFields = [
        "X-HTTP-Method-Override", "x_http_method", "X.Method.Override", "X-Tunneled-Method",
    ]
    private static let unreserved = Set(
        Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    )
    private static let plain = unreserved.union(Array("!$&'()*+,=:@".utf8))

    /// Paths that have rules, so that random segments are not all there is.
    private static let ruledPaths: [[String]] = [
        ["users"], ["users", "7"], ["users", "42"], ["users", "me"], ["users", "a b", "edit"],
        ["users", "é", "edit"], ["admin"], ["admin", "a:b", "~u"], ["x", "a:b"], ["me", "x"],
    ]

    private mutating func makePath() -> [String] {
        if !random.once(in: 3) { return random.pick(Self.ruledPaths) }
        return (0..<(1 + random.below(3))).map { _ in random.pick(Self.segments) }
    }

    /// A method, two times out of three one that the path accepts.
    private mutating func makeMethod(_ path: [String]) -> String {
        let allowed = (PlainPolicy.methods(path) ?? []).sorted()
        return allowed.isEmpty || random.once(in: 3)
            ? random.pick(Self.methods) : random.pick(allowed)
    }

    mutating func make() -> Made {
        let path = makePath()
        var (sent, canonical) = ("", "")
        for segment in path {
            sent += "/"
            canonical += "/"
            for octet in segment.utf8 { write(octet, &sent, &canonical) }
        }
        var claims: [String] = []
        let query = makeQuery(&claims)
        let fields = makeFields(&claims)
        let body = makeBody(&claims)
        return Made(
            method: makeMethod(path),
            target: sent + query,
            fields: fields,
            body: body,
            forwardedTarget: canonical + query,
            path: path,
            claims: claims.map { $0.uppercased() }
        )
    }

    /// Writes an octet of a path as a client may send it, and as it must go on.
    private mutating func write(_ octet: UInt8, _ sent: inout String, _ canonical: inout String) {
        let digits = String(octet, radix: 16)
        let isEscaped = !Self.plain.contains(octet) || random.once(in: 4)
        let plain = String(decoding: [octet], as: UTF8.self)
        guard isEscaped else {
            sent += plain
            canonical += plain
            return
        }
        let escape = digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        sent += random.once(in: 2) ? escape : escape.uppercased()
        canonical += Self.unreserved.contains(octet) ? plain : escape.uppercased()
    }

    private mutating func makeQuery(_ claims: inout [String]) -> String {
        guard random.once(in: 2) else { return "" }
        var query = ""
        for index in 0..<random.below(4) {
            if index > 0 { query += random.once(in: 3) ? ";" : "&" }
            if random.once(in: 6) {
                let method = random.pick(Self.claimed)
                claims.append(method)
                query += "\(random.pick(Self.overrideKeys))=\(method)"
            } else {
                query += "\(random.pick(Self.keys))=%zz/..//\(random.below(100))"
            }
        }
        return "?\(query)"
    }

    private mutating func makeFields(_ claims: inout [String]) -> [String] {
        var fields: [String] = []
        for number in 0..<random.below(4) {
            guard random.once(in: 6) else {
                fields.append("X-Field-\(number): \(random.next())")
                continue
            }
            let method = random.pick(Self.claimed)
            claims.append(method)
            fields.append("\(random.pick(Self.overrideFields)): \(method)")
        }
        return fields
    }

    private mutating func makeBody(_ claims: inout [String]) -> String? {
        guard random.once(in: 3) else { return nil }
        guard random.once(in: 3) else { return "a=\(random.next())&b" }
        let method = random.pick(Self.claimed)
        claims.append(method)
        return "a=b&\(random.pick(Self.overrideKeys))=\(method)&c=d"
    }
}

/// The policy of the property, as text and as plain code.
private enum PlainPolicy {
    static let text = """
        methodwall: 1
        policy: shop
        methods: [PURGE]
        paths:
          /users: GET POST
          /users/{id:int}: GET PUT DELETE
          /users/{id}: GET
          /users/{id}/edit: POST PUT PATCH
          /admin/**: GET DELETE PURGE
          /x/a:b: PUT
          /*/x: PROPFIND QUERY
        """

    /// What the most specific rule of a path has; nil where no rule stands.
    static func methods(_ path: [String]) -> Set<String>? {
        let isNumber = { (text: String) in text.utf8.allSatisfy { 0x30...0x39 ~= $0 } }
        switch path {
        case ["users"]: return ["GET", "HEAD", "POST"]
        case let path where path.first == "admin": return ["GET", "HEAD", "DELETE", "PURGE"]
        case ["x", "a:b"]: return ["PUT"]
        case let path where path.count == 2 && path[0] == "users":
            return isNumber(path[1]) ? ["GET", "HEAD", "PUT", "DELETE"] : ["GET", "HEAD"]
        case let path where path.count == 3 && path[0] == "users" && path[2] == "edit":
            return ["POST", "PUT", "PATCH"]
        case let path where path.count == 2 && path[1] == "x": return ["PROPFIND", "QUERY"]
        default: return nil
        }
    }

    static let known: Set = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PURGE", "PROPFIND", "COPY", "QUERY",
        "TRACE",
    ]

    /// The status of the answer; 200 for what is forwarded.
    static func status(_ method: String, _ path: [String], _ claims: [String]) -> Int {
        guard known.contains(method) else { return 501 }
        guard let allowed = methods(path) else { return 404 }
        return allowed.contains(method) && allowed.isSuperset(of: claims) ? 200 : 405
    }
}

@Suite("What is forwarded is what was judged", .blocking)
struct ForwardedAsJudgedTests {
    @Test(
        "B-34 B-36: a random request arrives as it was judged, and only if the policy allows it",
        arguments: [1, 2, 3, 4] as [UInt64]
    )
    func forwardsWhatItJudged(seed: UInt64) throws {
        let witnessed = try WitnessedGateway(policy: PlainPolicy.text)
        var maker = RequestMaker(random: SeededGenerator(seed: seed))
        var forwarded = 0
        let count = 300
        for number in 0..<count {
            let made = maker.make()
            let name =
                "seed \(seed), request \(number): \(made.method) \(made.target) \(made.fields)"
            let outcome = try witnessed.send(
                made.method,
                made.target,
                made.fields,
                body: made.body
            )
            let status = PlainPolicy.status(made.method, made.path, made.claims)
            #expect(outcome.status == status, "\(name) \(made.body ?? "")")
            #expect(outcome.isForwarded == (status == 200), "\(name)")
            guard status == 200 else {
                #expect(outcome.seen == nil, "\(name)")
                continue
            }
            forwarded += 1
            let seen = try #require(outcome.seen, "\(name)")
            #expect(
                seen.head.startLine == "\(made.method) \(made.forwardedTarget) HTTP/1.1",
                "\(name)"
            )
            #expect(seen.body == Array((made.body ?? "").utf8), "\(name)")
            let kept = made.fields.filter { !$0.prefix { $0 != ":" }.contains("_") }
            let lines = seen.head.fields.map(\.description)
            #expect(lines.filter { made.fields.contains($0) } == kept, "\(name)")
        }
        // Neither side of the property is empty.
        #expect(forwarded > count / 20 && forwarded < count * 3 / 4, "\(forwarded) of \(count)")
    }
}
