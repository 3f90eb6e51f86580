/// What clients leave unread of their responses, which HTTP/2 lets them do without their connection
/// coming to a stop: each stream may hold some, and a hundred may be open (RFC 9113 §10.5).
extension Worker {
    /// Cuts connections until no client leaves more untaken than it may, nor all together, first
    /// those with most.
    ///
    /// A client that is only slow has some time for its responses, and keeps it until there is too
    /// much.
    func boundUnread() {
        let bounds = unreadBytesMax
        let total = entrances.values.reduce(0) { $0 + $1.unreadBytes }
        guard total > min(bounds.client, bounds.all) else { return }
        let holders = entrances.values.filter { $0.unreadBytes > 0 }
        for ofClient in Dictionary(grouping: holders, by: \.counted).values {
            cut(ofClient, untilAtMost: bounds.client)
        }
        cut(holders, untilAtMost: bounds.all)
    }

    private func cut(_ holders: [Entrance], untilAtMost bytesMax: Int) {
        var total = holders.reduce(0) { $0 + $1.unreadBytes }
        guard total > bytesMax else { return }
        for entrance in holders.sorted(by: { $0.unreadBytes > $1.unreadBytes }) {
            guard total > bytesMax else { return }
            total -= entrance.unreadBytes
            counters.http2ConnectionsFailed &+= 1
            incidents.report(
                .http2,
                from: entrance.counted ?? .none,
                "\(entrance.unreadBytes) octets of responses were not read",
                at: now
            )
            entrance.cut()
        }
    }
}
