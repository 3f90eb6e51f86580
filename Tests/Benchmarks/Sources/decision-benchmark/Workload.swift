import MethodPolicy

/// What figures are taken of: policies of one host each, and requests that are spread over them.
///
/// Half the rules are literal, half have an `{id}`.
struct Workload {
    struct Request {
        let method: [UInt8]
        let host: [UInt8]
        let path: [UInt8]
    }

    let hostCount: Int
    let rulesPerHost: Int

    var ruleCount: Int { hostCount * rulesPerHost }

    /// Rules for people: `1000 rules`, or `100 hosts with 10 rules each`.
    var title: String {
        hostCount == 1 ? "\(ruleCount) rules" : "\(hostCount) hosts with \(rulesPerHost) rules each"
    }

    /// Reads `1000` or `rules=1000` (one host), or `hosts=100` (ten rules each).
    init?(_ argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard let last = parts.last, let count = Int(last), count > 0 else { return nil }
        switch parts.count == 1 ? "rules" : String(parts[0]) {
        case "rules": (hostCount, rulesPerHost) = (1, count)
        case "hosts": (hostCount, rulesPerHost) = (count, 10)
        default: return nil
        }
    }

    /// One policy for each host.
    func definitions() -> [PolicyDefinition] {
        (0..<hostCount).map { place in
            let file = "benchmark\(place).yaml"
            let rules = (0..<rulesPerHost).map { index in
                RuleDefinition(
                    pattern: Self.resource(index) + (index.isMultiple(of: 2) ? "" : "/{id}"),
                    allow: .methods([.get, .put]),
                    location: SourceLocation(file: file, line: index + 1, column: 3)
                )
            }
            return PolicyDefinition(
                name: "benchmark\(place)",
                file: file,
                hosts: [HostDefinition(host(place), location: SourceLocation(file: file))],
                upstream: "http://127.0.0.1:9000",
                rules: rules
            )
        }
    }

    /// Hits and misses of all kinds in equal parts, in a fixed random order.
    ///
    /// A linear congruential generator picks the rules: the same requests on every run.
    func requests(_ count: Int) -> [Request] {
        var state: UInt64 = 42
        return (0..<count).map { place in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let rule = Int(state >> 33) % ruleCount
            let index = rule % rulesPerHost
            let resource = Self.resource(index)
            let hit = index.isMultiple(of: 2) ? resource : "\(resource)/\(state % 100_000)"
            let (method, path) =
                switch place % 4 {
                case 0: ("GET", hit)
                case 1: ("DELETE", hit)
                case 2: ("PUT", hit)
                default: ("GET", "\(resource)/x/y")
                }
            return Request(
                method: Array(method.utf8),
                host: Array(host(rule / rulesPerHost).utf8),
                path: Array(path.utf8)
            )
        }
    }

    private func host(_ place: Int) -> String {
        hostCount == 1 ? "shop.example.com" : "shop\(place).example.com"
    }

    private static func resource(_ index: Int) -> String {
        "/api/v1/service\(index % 97)/resource\(index)"
    }
}
