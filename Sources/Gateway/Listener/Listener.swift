internal import Glibc
internal import Locking
internal import NIOCore
internal import NIOPosix

/// Where a worker accepts connections: a socket of its own for each address (`SO_REUSEPORT`), so
/// that the kernel shares connections out and workers share nothing.
enum Listener {
    static func bind(
        host: String,
        port: Int,
        worker: NIOLoopBound<Worker>
    ) async throws -> any Channel {
        try await ServerBootstrap(group: worker.eventLoop)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.socketOption(.init(rawValue: SO_REUSEPORT)), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let remote = channel.remoteAddress
                    let connection = ClientConnection(
                        worker: worker.value,
                        address: remote?.ipAddress.flatMap { PeerAddress(text: $0) } ?? .none,
                        port: UInt16(clamping: remote?.port ?? 0)
                    )
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(host: host, port: port).get()
    }
}

/// The listening channels, to be closed together.
final class ListenerSet: Sendable {
    private let channels = Lock<[any Channel]>([])

    func add(_ channel: any Channel) { channels.withLock { $0.append(channel) } }

    func closeAll() async {
        let all = channels.withLock { channels in
            defer { channels = [] }
            return channels
        }
        for channel in all { try? await channel.close() }
    }
}

/// `host:port` as an operator writes it.
enum ListenAddress {
    static func parse(_ text: String) throws(GatewayError) -> (host: String, port: Int) {
        guard let colon = text.lastIndex(of: ":"),
            text[text.index(after: colon)...].allSatisfy(\.isNumber),
            let port = Int(text[text.index(after: colon)...]), 0...65535 ~= port
        else {
            throw GatewayError("cannot listen on '\(text)': write ADDRESS:PORT or [ADDRESS]:PORT")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw GatewayError("cannot listen on '\(text)': put an IPv6 address in brackets")
        }
        return (host.isEmpty ? "0.0.0.0" : host, port)
    }
}
