internal import NIOCore

/// What is held for HTTP/2 connections, whose streams can each stand still while the connection
/// goes on (RFC 9113 §10.5).
extension Worker {
    /// One client's connections, those for which most is held last.
    private struct Holder {
        var connections: [Entrance]
        var bytes: Int

        init(_ connections: [Entrance]) {
            self.connections = connections.sorted { $0.heldBytes < $1.heldBytes }
            bytes = connections.reduce(0) { $0 + $1.heldBytes }
        }
    }

    /// Cuts connections until no client has more held for it than it may, nor all together: of the
    /// client with most the connection with most.
    ///
    /// A client that is only slow has its time, and keeps it until there is too much.
    func boundHeld() {
        for entrance in entrances.values { entrance.beginCount() }
        for connection in connections.values where connection.arrival.carrier == .stream {
            connection.arrival.entrance?.count(requestBytes: connection.requestBytes)
        }
        let bounds = heldBytesMax
        var total = entrances.values.reduce(0) { $0 + $1.heldBytes }
        guard total > min(bounds.client, bounds.all) else { return }
        var holders = Dictionary(grouping: entrances.values, by: \.counted).values.map(Holder.init)
        while let index = holders.indices.max(by: { holders[$0].bytes < holders[$1].bytes }),
            holders[index].bytes > bounds.client || total > bounds.all,
            let connection = holders[index].connections.popLast()
        {
            let bytes = connection.heldBytes
            holders[index].bytes -= bytes
            total -= bytes
            connection.cut(because: "\(bytes) octets were held for it")
        }
    }
}

extension ClientConnection {
    /// How many octets of its request it holds that its origin does not take.
    fileprivate var requestBytes: Int {
        guard case .forwarding(let exchange) = phase else { return pending.storageCapacity }
        return pending.storageCapacity + exchange.unsentCount
    }
}
