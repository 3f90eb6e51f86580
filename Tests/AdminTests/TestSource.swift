import Admin
import Locking

/// A source that tells what a test gives it, and remembers what it was asked.
final class TestSource: AdminSource {
    struct State: Sendable {
        var readiness = AdminReadiness()
        var metrics = GatewayMetrics(version: "1.2.3", libcurl: "7.88.1")
        var policy = PolicyListing(
            version: "v1",
            loadedAt: AdminTime(unixMilliseconds: 0),
            files: ["demo.yaml"],
            policies: []
        )
        var status = AdminStatus(
            version: "1.2.3",
            libcurl: "7.88.1",
            reload: AdminStatus.Reload(
                hasSucceeded: true,
                at: AdminTime(unixMilliseconds: 0),
                policyVersion: "v1",
                errors: []
            )
        )
        var explanation = AdminExplanation.explained(json: "{}")
        var reload = AdminReload.reloaded(version: "v2")
        var queries: [ExplainQuery] = []
        var reloadCount = 0
    }

    private let state = Lock<State>(State())

    init(_ change: @Sendable (inout State) -> Void = { _ in }) {
        state.withLock { change(&$0) }
    }

    var queries: [ExplainQuery] { state.withLock { $0.queries } }
    var reloadCount: Int { state.withLock { $0.reloadCount } }

    func readiness() async -> AdminReadiness { state.withLock { $0.readiness } }
    func metrics() async -> GatewayMetrics { state.withLock { $0.metrics } }
    func policy() async -> PolicyListing { state.withLock { $0.policy } }
    func status() async -> AdminStatus { state.withLock { $0.status } }

    func explain(_ query: ExplainQuery) async -> AdminExplanation {
        state.withLock { state in
            state.queries.append(query)
            return state.explanation
        }
    }

    func reload() async -> AdminReload {
        state.withLock { state in
            state.reloadCount += 1
            return state.reload
        }
    }
}

extension PolicyListing {
    /// A policy with so many rules, each of which is told to `onRule` when it is asked for.
    static func withRules(
        _ count: Int,
        onRule: @escaping @Sendable (Int) -> Void = { _ in }
    ) -> PolicyListing {
        let policy = Policy(
            name: "shop",
            file: "shop.yaml",
            hosts: ["shop.test"],
            mode: "enforce",
            unlisted: "refuse",
            upstream: "shop",
            ruleCount: count
        ) { index in
            onRule(index)
            return Rule(
                pattern: "/items/\(index)/{id}",
                at: "shop.yaml:\(index + 1)",
                methods: ["GET", "HEAD", "OPTIONS"],
                mode: "enforce"
            )
        }
        return PolicyListing(
            version: "v1",
            loadedAt: AdminTime(unixMilliseconds: 0),
            files: ["shop.yaml"],
            policies: [policy]
        )
    }
}
