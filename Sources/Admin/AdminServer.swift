internal import Locking
public import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The admin listener: health, metrics, policies, refusals as they happen, reload, and a page.
///
/// It has one thread of its own. Nothing that clients ask of it runs on the gateway's workers.
public final class AdminServer: Sendable {
    /// The address it listens on, with the port that was taken for port 0.
    public let address: AdminAddress

    private let group: MultiThreadedEventLoopGroup
    private let register: NIOLoopBound<ConnectionRegister>
    private let listener: any Channel
    private let socketFile: UnixSocketFile?
    private let isStopped = Lock<Bool>(false)

    private init(
        address: AdminAddress,
        group: MultiThreadedEventLoopGroup,
        register: NIOLoopBound<ConnectionRegister>,
        listener: any Channel,
        socketFile: UnixSocketFile?
    ) {
        self.address = address
        self.group = group
        self.register = register
        self.listener = listener
        self.socketFile = socketFile
    }

    /// Binds the address and begins to serve.
    ///
    /// - Parameters:
    ///   - configuration: How to run.
    ///   - source: What to tell of.
    ///   - refusals: Where the lines of the refusal log come from; for this server alone.
    ///   - logger: For what the operator should know.
    /// - Returns: The running server; it runs until ``stop()``.
    /// - Throws: An `AdminError` that names the address and why it cannot be had.
    public static func start(
        _ configuration: AdminConfiguration,
        source: any AdminSource,
        refusals: RefusalFeed,
        logger: Logger
    ) async throws -> AdminServer {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        do {
            let requestGuard = RequestGuard(configuration)
            let register = try await eventLoop.submit {
                NIOLoopBound(
                    ConnectionRegister(
                        limits: configuration.limits,
                        answerer: Answerer(source: source, requestGuard: requestGuard),
                        feed: refusals,
                        logger: logger,
                        eventLoop: eventLoop
                    ),
                    eventLoop: eventLoop
                )
            }.get()
            let (listener, file) = try await bind(configuration.address, register)
            return AdminServer(
                address: bound(configuration.address, listener),
                group: group,
                register: register,
                listener: listener,
                socketFile: file
            )
        } catch {
            try? await group.shutdownGracefully()
            throw AdminError.cannotListen(configuration.address, error)
        }
    }

    /// Closes every connection and gives the address back.
    ///
    /// A second call does nothing.
    public func stop() async {
        let isFirst = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return !isStopped
        }
        guard isFirst else { return }
        // The file first: while it is there, a client could wait in vain.
        socketFile?.remove()
        try? await listener.close()
        try? await register.eventLoop.submit { [register] in register.value.closeAll() }.get()
        try? await group.shutdownGracefully()
    }

    private static func bind(
        _ address: AdminAddress,
        _ register: NIOLoopBound<ConnectionRegister>
    ) async throws -> (any Channel, UnixSocketFile?) {
        let bootstrap = ServerBootstrap(group: register.eventLoop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // What the kernel holds for a slow reader counts too.
            .childChannelOption(.socketOption(.so_sndbuf), value: 128 * 1024)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try prepare(channel, register.value) }
            }
        switch address {
        case .tcp(let host, let port):
            let channel = try await bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .bind(host: host, port: port).get()
            return (channel, nil)
        case .unix(let path):
            let (descriptor, file) = try UnixSocketFile.bind(path)
            do {
                // The channel owns the descriptor from here on, and listens.
                return (try await bootstrap.withBoundSocket(descriptor).get(), file)
            } catch {
                file.remove()
                throw error
            }
        }
    }

    private static func prepare(_ channel: any Channel, _ register: ConnectionRegister) throws {
        let pipeline = channel.pipeline.syncOperations
        let connection = AdminConnection(register: register)
        guard register.add(connection) else {
            try pipeline.addHandler(TurnAway())
            return
        }
        do {
            try configure(pipeline, for: connection)
        } catch {
            register.remove(connection)
            throw error
        }
    }

    private static func configure(
        _ pipeline: ChannelPipeline.SynchronousOperations,
        for connection: AdminConnection
    ) throws {
        let limits = connection.limits
        var encoder = HTTPResponseEncoder.Configuration()
        encoder.automaticallySetFramingHeaders = false
        var decoder = NIOHTTPDecoderLimitConfiguration()
        decoder.maxHeaderFieldSize = limits.headBytesMax
        decoder.maxHeaderListSize = limits.headBytesMax
        decoder.maxHeaderFieldCount = limits.fieldLinesMax
        try pipeline.addHandler(ArrivalMarker(connection))
        try pipeline.configureHTTPServerPipeline(
            withErrorHandling: false,
            withEncoderConfiguration: encoder,
            withDecoderLimitConfiguration: decoder
        )
        try pipeline.addHandler(connection)
    }

    private static func bound(_ address: AdminAddress, _ listener: any Channel) -> AdminAddress {
        guard case .tcp(let host, let port) = address else { return address }
        return .tcp(host: host, port: listener.localAddress?.port ?? port)
    }
}

extension AdminError {
    fileprivate static func cannotListen(
        _ address: AdminAddress,
        _ error: any Error
    ) -> AdminError {
        let why =
            switch error {
            case let error as IOError: UnixSocketFile.text(ofSystemError: error.errnoCode)
            case let error as UnixSocketFile.Fault: error.description
            default: "\(error)"
            }
        return AdminError("cannot listen on \(address) for admin requests: \(why)")
    }
}
