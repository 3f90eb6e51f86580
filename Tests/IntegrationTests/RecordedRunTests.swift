import Foundation
import TestKit
import Testing

/// One recorded request to the demo service.
struct RecordedRequest: Sendable {
    let method: String
    let target: String
    var fields: [String] = []
    var body: String?
    /// Whether the demo's policy answers it itself in any mode: preflights that it allows.
    var isAnsweredHere = false

    init(
        _ method: String,
        _ target: String,
        _ fields: [String] = [],
        body: String? = nil,
        isAnsweredHere: Bool = false
    ) {
        self.method = method
        self.target = target
        self.fields = fields
        self.body = body
        self.isAnsweredHere = isAnsweredHere
    }

    var text: String { request(method, target, fields, body: body) }

    private static let form = "Content-Type: application/x-www-form-urlencoded"

    private static func asking(_ method: String, from origin: String, _ more: String...) -> [String]
    {
        ["Origin: \(origin)", "Access-Control-Request-Method: \(method)"] + more
    }

    private static let app = "https://app.example.com"

    /// Mixed traffic: browsers, scripts, crawlers and mistakes.
    ///
    /// No two of them are refused for the same reason at the same place, so each has its own line.
    static let run: [RecordedRequest] = [
        .init("GET", "/status"), .init("HEAD", "/status"), .init("OPTIONS", "/status"),
        .init("GET", "/users"), .init("HEAD", "/users"), .init("GET", "/users?page=2&q=a;b"),
        .init("POST", "/users", [form], body: "name=Ann"),
        .init("POST", "/users", ["Content-Type: application/json"], body: "{\"_method\":\"PUT\"}"),
        .init("POST", "/users", body: "name=Bob"), .init("OPTIONS", "/users"),
        .init("GET", "/users/7"), .init("PUT", "/users/7", body: "{}"),
        .init("PATCH", "/users/7", body: "{}"), .init("DELETE", "/users/7"),
        .init("GET", "/users/%37"), .init("GET", "/assets"), .init("GET", "/assets/app.css"),
        .init("GET", "/assets/a/b%20c.js?v=1"), .init("GET", "/orders/1"),
        .init("HEAD", "/orders/1"),
        .init("GET", "/users", ["Origin: \(app)"]),
        .init("GET", "/users", ["Origin: https://evil.test"]),
        .init("PATCH", "/users/7?_method=PUT"), .init("PUT", "/users/7?_method=PATCH"),
        .init("PUT", "/users/7", ["X-HTTP-Method-Override: DELETE"]),
        .init("PUT", "/users/7", [form], body: "_method=delete"),
        // What the policy refuses.
        .init("DELETE", "/users"), .init("PUT", "/users", body: "{}"), .init("PATCH", "/users"),
        .init("POST", "/users/7", body: "a=b"), .init("POST", "/status", body: "x"),
        .init("DELETE", "/status"), .init("DELETE", "/assets/app.css"),
        .init("PUT", "/assets/x", body: "y"),
        .init("DELETE", "/orders/1"), .init("POST", "/orders/1", body: "cancel"),
        .init("PROPFIND", "/users"), .init("MKCOL", "/assets/new"), .init("LOCK", "/users/7"),
        .init("QUERY", "/users", body: "q=a"), .init("COPY", "/users/7", ["Destination: /users/8"]),
        .init("GET", "/"), .init("GET", "/favicon.ico"), .init("GET", "/users/me"),
        .init("GET", "/users/"), .init("GET", "/Users"),
        .init("POST", "/login", [form], body: "u=a&p=b"),
        .init("GET", "/.env"), .init("GET", "/wp-login.php"), .init("OPTIONS", "/nowhere"),
        .init("HEAD", "/nowhere"), .init("BREW", "/users"), .init("get", "/users"),
        .init("M-SEARCH", "/status"), .init("BREW", "/nowhere"),
        .init("POST", "/users", ["X-HTTP-Method-Override: DELETE"], body: "a=b"),
        .init("GET", "/users?_method=DELETE"), .init("POST", "/users?a=1;%5Fmethod=put"),
        .init("POST", "/users", [form], body: "name=Ann&_method=DELETE"),
        .init(
            "POST",
            "/users",
            ["Content-Type: \(Multipart.type)"],
            body: Multipart.file("abc") + Multipart.field("_method", "PATCH") + Multipart.end
        ),
        .init("POST", "/users", [form, "Content-Encoding: gzip"], body: "zz"),
        .init("POST", "/users", ["Content-Type: multipart/form-data"], body: "zz"),
        .init("OPTIONS", "/users/7", asking("PUT", from: app), isAnsweredHere: true),
        .init(
            "OPTIONS",
            "/users",
            asking("POST", from: app, "Access-Control-Request-Headers: content-type"),
            isAnsweredHere: true
        ),
        .init("OPTIONS", "/users", asking("DELETE", from: app)),
        .init("OPTIONS", "/users", asking("GET", from: "https://evil.test")),
        .init(
            "OPTIONS",
            "/users",
            asking("GET", from: app, "Access-Control-Request-Headers: X-Secret")
        ),
        .init("OPTIONS", "/nowhere/else", asking("GET", from: app)),
    ]
}

/// What a log line says of a request, but for when, which, whether it was carried out, and in which
/// file its rule stands.
private struct LoggedAttempt: Hashable, CustomStringConvertible {
    let description: String

    init(_ entry: LogEntry) {
        var left = [
            "timestamp", "methodwall.decision", "methodwall.request_id", "methodwall.repeated",
            "methodwall.policy_version", "client.port", "methodwall.rule_at",
        ]
        // An unknown method is refused before a rule is looked for, and reported with its rule.
        if entry.reason == "unknown_method" { left.append("methodwall.rule") }
        description = entry.keys.filter { !left.contains($0.key) }
            .map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
    }
}

@Suite("A recorded run before the demo service", .blocking)
struct RecordedRunTests {
    private func play(_ demo: RunningDemo, agent: String) throws -> [RawResponse] {
        try RecordedRequest.run.enumerated().map { index, recorded in
            // A User-Agent each: the lines of two runs can be held against each other.
            var sent = recorded
            sent.fields += ["User-Agent: \(agent)\(index)"]
            return try RawClient(port: demo.port).exchange(sent.text)
        }
    }

    private func entries(_ demo: RunningDemo) -> [LogEntry] {
        LogEntry.entries(demo.process.text(.standardOutput), sourceLocation: #_sourceLocation)
    }

    /// The demo's policy file, which it names when it starts.
    private func policyFile(_ demo: RunningDemo) throws -> String {
        let line = try demo.process.waitForLine(.standardError, containing: "Its policy: ")
        let path = line.components(separatedBy: "Its policy: ").last?.prefix { $0 != " " }
        return try #require(path.map(String.init))
    }

    @Test("Report mode refuses nothing and reports exactly what enforce mode refuses")
    func reportsWhatIsRefused() throws {
        let enforcing = try RunningDemo()
        let refusals = try play(enforcing, agent: "run-")
        let refusedCount = refusals.filter { $0["Proxy-Status"] != nil }.count
        #expect(refusedCount >= 30)

        let reporting = try RunningDemo()
        let file = try policyFile(reporting)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let changed = text.replacing("policy: demo", with: "policy: demo\nmode: report")
        #expect(changed != text)
        try Data(changed.utf8).write(to: URL(fileURLWithPath: file))
        let isReloaded = try eventually(within: .seconds(20)) {
            try RawClient(port: reporting.port).exchange(request("PUT", "/reloaded?")).status == 200
        }
        #expect(isReloaded)
        let responses = try play(reporting, agent: "run-")
        for (recorded, response) in zip(RecordedRequest.run, responses) {
            let name = "\(recorded.method) \(recorded.target) \(recorded.fields)"
            #expect(response["Proxy-Status"] == nil, "\(name)")
            if recorded.isAnsweredHere {
                #expect(response.status == 204, "\(name)")
                continue
            }
            // The service answers 200 to everything and says so.
            #expect(response.status == 200, "\(name)")
            #expect(response["Content-Type"] == "application/json", "\(name)")
            if recorded.method != "HEAD" {
                #expect(response.text.contains("\"service\":\"legacy\""), "\(name)")
            }
        }
        try compareLogs(enforcing, reporting)
    }

    private func compareLogs(_ enforcing: RunningDemo, _ reporting: RunningDemo) throws {
        for demo in [enforcing, reporting] {
            // Draining writes every line, folded ones included.
            demo.process.signal(SIGTERM)
            #expect(try demo.process.wait() == 0)
        }
        let isOfRun: (LogEntry) -> Bool = { $0.path != "/reloaded" }
        let refused = entries(enforcing).filter(isOfRun)
        let reported = entries(reporting).filter(isOfRun)
        #expect(refused.allSatisfy { $0["methodwall.decision"] == "refused" })
        #expect(reported.allSatisfy { $0["methodwall.decision"] == "would_refuse" })
        let (left, right) = (
            Set(refused.map(LoggedAttempt.init)), Set(reported.map(LoggedAttempt.init))
        )
        #expect(left.subtracting(right).isEmpty, "not reported: \(left.subtracting(right))")
        #expect(right.subtracting(left).isEmpty, "not refused: \(right.subtracting(left))")
        #expect(left.count >= 35)
        #expect(refused.reduce(0) { $0 + $1.attempts } == reported.reduce(0) { $0 + $1.attempts })
    }
}
