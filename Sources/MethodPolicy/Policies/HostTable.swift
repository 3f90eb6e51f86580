/// Which policy serves a host: an exact name, else the longest wildcard, else the one without
/// hosts.
///
/// Names compare without regard to ASCII case (RFC 9110 section 4.2.3), and one dot at the end,
/// which DNS allows, makes no difference. A wildcard (`*.example.com`) stands for one or more
/// labels. IPv6 addresses compare as numbers: `[::1]` is `[0:0:0:0:0:0:0:1]`.
struct HostTable: Sendable {
    private static let exactScope: UInt32 = 0
    private static let wildcardScope: UInt32 = 1

    private var table = OctetTable(foldsCase: true)
    /// The lengths that keys of wildcards have, each once, the longest first.
    private var wildcardCounts: [Int] = []
    private var addresses: [IPv6Address: Int] = [:]
    /// The policy of every other host.
    var fallback: Int?

    /// Adds a host.
    ///
    /// - Parameters:
    ///   - host: The host.
    ///   - policy: The index of its policy.
    /// - Returns: Whether it is new. If it is not, nothing changes.
    mutating func insert(_ host: HostPattern, policy: Int) -> Bool {
        switch host {
        case .name(let name):
            return insert(name, scope: Self.exactScope, policy: policy)
        case .below(let ending):
            guard insert(ending, scope: Self.wildcardScope, policy: policy) else { return false }
            if !wildcardCounts.contains(ending.count) {
                wildcardCounts.append(ending.count)
                wildcardCounts.sort(by: >)
            }
            return true
        case .address(let address):
            guard addresses[address] == nil else { return false }
            addresses[address] = policy
            return true
        }
    }

    private mutating func insert(_ key: [UInt8], scope: UInt32, policy: Int) -> Bool {
        guard table.value(key, scope: scope) == nil else { return false }
        table.insert(key, scope: scope, value: UInt32(policy))
        return true
    }

    /// The index of the policy for a host without port, or nil.
    ///
    /// Allocates nothing; what it costs is fixed by the hosts of the policies.
    func policy(for host: Span<UInt8>) -> Int? {
        if !host.isEmpty, host[0] == 0x5B {
            guard !addresses.isEmpty, let address = IPv6Address(bracketed: host) else {
                return fallback
            }
            return addresses[address] ?? fallback
        }
        guard table.count > 0 else { return fallback }
        var end = host.count
        if end > 1, host[end &- 1] == Octet.dot { end &-= 1 }
        guard end > 0, end <= HostName.bytesMax else { return fallback }
        let host = host.extracting(first: end)
        let exact = OctetKey(host, foldsCase: true)
        if let policy = table.value(exact, scope: Self.exactScope, in: host) { return Int(policy) }
        for count in wildcardCounts {
            let start = end &- count
            // Something must stand before the dot.
            guard start > 0, host[start] == Octet.dot else { continue }
            let key = OctetKey(host, from: start, foldsCase: true)
            if let policy = table.value(key, scope: Self.wildcardScope, in: host) {
                return Int(policy)
            }
        }
        return fallback
    }
}
