/// How one target of an upstream is, in one worker or in all of them.
public struct OriginStatus: Sendable, Equatable {
    /// The upstream's name.
    public let upstream: String
    /// The target's URL as the operator wrote it.
    public let target: String
    /// Whether requests go there; of several workers, whether they do in all of them.
    public internal(set) var isHealthy: Bool
    /// How many connections there are, idle ones included.
    public internal(set) var connections: Int
    /// How many of them carry no request.
    public internal(set) var idle: Int
    /// How many requests wait for a connection to the upstream, the same for each of its targets.
    public internal(set) var waiting: Int
    /// How often a request failed because of this target, those included that another one served.
    public internal(set) var failures: UInt64

    /// The same targets' statuses of several workers as one, by upstream and target.
    static func merged(_ workers: [[OriginStatus]]) -> [OriginStatus] {
        struct Key: Hashable {
            let upstream: String
            let target: String
        }
        var all: [Key: OriginStatus] = [:]
        for status in workers.joined() {
            let key = Key(upstream: status.upstream, target: status.target)
            guard var sum = all[key] else {
                all[key] = status
                continue
            }
            sum.isHealthy = sum.isHealthy && status.isHealthy
            sum.connections += status.connections
            sum.idle += status.idle
            sum.waiting += status.waiting
            sum.failures &+= status.failures
            all[key] = sum
        }
        return all.values.sorted { ($0.upstream, $0.target) < ($1.upstream, $1.target) }
    }
}
