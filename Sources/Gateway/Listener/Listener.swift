internal import Glibc
internal import Locking
internal import NIOCore
internal import NIOPosix

/// Where connections are accepted.
///
/// For a TCP port each worker has a socket of its own (`SO_REUSEPORT`), so that the kernel shares
/// connections out and workers share nothing. Of other sockets there is one: a worker accepts from
/// it and hands the connections round.
struct Listener {
    let configuration: ListenerConfiguration
    /// Its place among the gateway's.
    let index: Int
    /// The gateway's event loops, and what belongs to each.
    let group: MultiThreadedEventLoopGroup
    let workers: [NIOLoopBound<Worker>]

    /// Listens on a TCP port, for one worker.
    func bind(host: String, port: Int, for worker: NIOLoopBound<Worker>) async throws -> any Channel
    {
        try await bootstrap(on: worker, sharedBy: worker.eventLoop)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: 1)
            .bind(host: host, port: port).get()
    }

    /// Accepts from a socket that is bound already, and becomes its owner.
    ///
    /// - Parameters:
    ///   - socket: The socket's descriptor.
    ///   - worker: Who accepts.
    ///   - isShared: Whether all workers get the connections, and not only this one.
    /// - Returns: The channel that accepts.
    /// - Throws: An `IOError` if the socket is of no use.
    func adopt(
        _ socket: Int32,
        on worker: NIOLoopBound<Worker>,
        isShared: Bool
    ) async throws -> any Channel {
        var bootstrap = bootstrap(on: worker, sharedBy: isShared ? group : worker.eventLoop)
        if ListeningSocket.isInternet(socket) {
            bootstrap = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        }
        return try await bootstrap.withBoundSocket(socket).get()
    }

    private func bootstrap(
        on worker: NIOLoopBound<Worker>,
        sharedBy children: any EventLoopGroup
    ) -> ServerBootstrap {
        ServerBootstrap(group: worker.eventLoop, childGroup: children)
            .serverChannelOption(.backlog, value: 1024)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [configuration, index, workers] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let worker = workers.first(where: { $0.eventLoop === channel.eventLoop })
                    else { throw ChannelError.operationUnsupported }
                    try Doorway(listener: configuration, index: index, worker: worker.value)
                        .open(channel)
                }
            }
    }
}

/// The listening channels, to be closed together.
final class ListenerSet: Sendable {
    private struct Entry {
        var address: ListenerConfiguration.Address
        var channel: any Channel
    }

    private let entries = Lock<[Entry]>([])

    func add(_ channel: any Channel, for address: ListenerConfiguration.Address) {
        entries.withLock { $0.append(Entry(address: address, channel: channel)) }
    }

    /// The descriptors of the sockets, by what they listen on as configuration files write it.
    func descriptors() async -> [String: [Int32]] {
        var found: [String: [Int32]] = [:]
        for entry in entries.withLock({ $0 }) {
            let channel = entry.channel
            let descriptor = try? await channel.eventLoop.submit { () -> Int32? in
                let pipeline = channel.pipeline.syncOperations
                return try pipeline.withUnsafeTransportIfAvailable { (socket: Int32) in socket }
            }.get()
            guard let descriptor = descriptor ?? nil else { continue }
            found[entry.address.description, default: []].append(descriptor)
        }
        return found
    }

    /// Accepts no more; connections that were accepted may be on their way to their worker.
    func pauseAll() async {
        for entry in entries.withLock({ $0 }) {
            try? await entry.channel.setOption(.autoRead, value: false).get()
        }
    }

    /// Closes them, and every connection that is on its way from one to a worker.
    func closeAll() async {
        let all = entries.withLock { entries in
            defer { entries = [] }
            return entries
        }
        for entry in all { try? await entry.channel.close() }
    }
}
