internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix

extension Gateway {
    /// - Returns: The address, with the port that was taken for port 0.
    func listen(
        _ listener: Listener,
        _ inherited: InheritedSockets
    ) async throws -> ListenerConfiguration.Address {
        let address = listener.configuration.address
        let sockets = inherited.byAddress[address.description] ?? []
        switch address {
        case .tcp(let host, let port):
            if sockets.isEmpty { return try await listen(host: host, port: port, listener) }
            try await adopt(sockets, listener)
        case .unix(let path):
            try await adopt(
                sockets.isEmpty ? [ListeningSocket.bind(path: path)] : sockets,
                listener
            )
        case .systemd(let name):
            guard !sockets.isEmpty else {
                throw GatewayError(
                    "cannot listen on systemd:\(name): no such socket was passed to this process"
                        + " (FileDescriptorName=\(name) in a .socket unit)"
                )
            }
            try await adopt(sockets, listener)
        }
        return address
    }

    private func listen(
        host: String,
        port: Int,
        _ listener: Listener
    ) async throws -> ListenerConfiguration.Address {
        let address = listener.configuration.address
        // SO_REUSEPORT would quietly share a port that somebody else listens on.
        if port != 0 { try await probe(host: host, port: port, address) }
        var port = port
        for worker in workers {
            do {
                let channel = try await listener.bind(host: host, port: port, for: worker)
                port = channel.localAddress?.port ?? port
                listeners.add(channel, for: .tcp(host: host, port: port))
            } catch {
                throw GatewayError.cannotListen(address, error)
            }
        }
        return .tcp(host: host, port: port)
    }

    /// Accepts from sockets that are bound: each worker from its own if there are enough, else
    /// whoever accepts hands the connections round.
    private func adopt(_ sockets: [Int32], _ listener: Listener) async throws {
        let address = listener.configuration.address
        let isShared = sockets.count < workers.count
        for (place, socket) in sockets.enumerated() {
            do {
                let worker = workers[place % workers.count]
                let channel = try await listener.adopt(socket, on: worker, isShared: isShared)
                listeners.add(channel, for: address)
            } catch {
                throw GatewayError.cannotListen(address, error)
            }
        }
    }

    private func probe(
        host: String,
        port: Int,
        _ address: ListenerConfiguration.Address
    ) async throws {
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
        } catch {
            throw GatewayError.cannotListen(address, error)
        }
    }
}
