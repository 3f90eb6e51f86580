import MethodPolicy

/// Policies for tests of what the gateway makes of them.
///
/// `SourceLocation` is a name of Testing's too, so this file does not import that.
enum PolicyFixture {
    static let reason = "old reports are read only"

    /// One policy with a few rules, and CORS where a test asks for it.
    static func snapshot(
        upstream: String = "http://127.0.0.1:9",
        hasCORS: Bool = false
    ) throws -> PolicySnapshot {
        let cors = CORSDefinition(
            origins: ["https://app.example.com"],
            headers: ["Content-Type"],
            expose: ["X-Total"],
            credentials: true,
            maxAgeSeconds: 600,
            location: SourceLocation(file: "shop.yaml", line: 3, column: 1)
        )
        let definition = PolicyDefinition(
            name: "shop",
            file: "shop.yaml",
            upstream: upstream,
            cors: hasCORS ? cors : nil,
            rules: [
                rule("/users", ["GET", "POST"], line: 10),
                rule("/reports", ["GET"], line: 11, reason: reason),
                rule("/closed", [], line: 12),
            ]
        )
        return try PolicySnapshot.compile([definition], version: "v1", defaultUpstream: nil).get()
    }

    private static func rule(
        _ pattern: String,
        _ methods: [String],
        line: Int,
        reason: String? = nil
    ) -> RuleDefinition {
        RuleDefinition(
            pattern: pattern,
            allow: .methods(methods.compactMap { Method($0) }),
            reason: reason,
            location: SourceLocation(file: "shop.yaml", line: line, column: 3)
        )
    }
}

extension PolicySnapshot {
    /// The first rule with this pattern.
    func rule(_ pattern: String) -> CompiledRule? {
        policies.first?.rules.first { $0.pattern == pattern }
    }
}
