internal import HTTPMessage
internal import MethodPolicy
internal import NIOCore
internal import NIOHTTP2
internal import NIOSSL
internal import NIOTLS

/// Sets up what an accepted connection goes through until its HTTP is read: nothing for HTTP/1.1 in
/// the clear; else a PROXY header, TLS, and the choice between HTTP/1.1 and HTTP/2, in this order.
struct Doorway {
    let listener: ListenerConfiguration
    /// The listener's place among the gateway's.
    let index: Int
    let worker: Worker

    func open(_ channel: any Channel) throws {
        let remote = channel.remoteAddress
        var arrival = Arrival(
            address: remote?.ipAddress.flatMap { PeerAddress(text: $0) } ?? .none,
            port: UInt16(clamping: remote?.port ?? 0)
        )
        arrival.redirectPort = listener.redirectPort
        guard !listener.isPlain else {
            let connection = ClientConnection(worker: worker, arrival: arrival)
            return try channel.pipeline.syncOperations.addHandler(connection)
        }
        let entrance = Entrance(worker: worker)
        arrival.entrance = entrance
        arrival.carrier = .layer
        try channel.pipeline.syncOperations.addHandler(entrance)
        if listener.expectsProxyHeader {
            try expectProxyHeader(on: channel, arrival, entrance)
        } else if entrance.admit(arrival.address) {
            try beginTLS(on: channel, arrival, entrance)
        }
    }

    // MARK: PROXY protocol

    private func expectProxyHeader(
        on channel: any Channel,
        _ arrival: Arrival,
        _ entrance: Entrance
    ) throws {
        guard isTrusted(arrival.address) else {
            worker.report(.untrustedProxy, from: arrival.address)
            return entrance.cut()
        }
        let reader = ProxyHeaderReader { result in
            var arrival = arrival
            switch result {
            case .failure(let fault):
                worker.report(.proxyHeader, from: arrival.address, "\(fault)")
                return entrance.cut()
            case .success(let header):
                arrival.name(header)
            }
            guard entrance.admit(arrival.address) else { return }
            do { try beginTLS(on: channel, arrival, entrance) } catch { entrance.cut() }
        }
        try channel.pipeline.syncOperations.addHandler(reader)
    }

    /// A peer on a unix-domain socket was let in by the file's permissions.
    private func isTrusted(_ address: PeerAddress) -> Bool {
        guard let network = address.network else { return true }
        return worker.configuration.trustedProxies.contains { $0.contains(network) }
    }

    // MARK: TLS and the version

    private func beginTLS(
        on channel: any Channel,
        _ arrival: Arrival,
        _ entrance: Entrance
    ) throws {
        guard listener.tls != nil else {
            guard listener.http2 else { return try speakHTTP1(on: channel, arrival, entrance) }
            let reader = PrefaceReader { isHTTP2 in
                try speak(http2: isHTTP2, on: channel, arrival, entrance)
            }
            return try channel.pipeline.syncOperations.addHandler(reader)
        }
        var arrival = arrival
        arrival.isSecure = true
        guard let context = worker.tls.context(at: index) else { return entrance.cut() }
        let tls = NIOSSLServerHandler(context: context)
        let choice = ProtocolChoice(worker: worker, address: arrival.address) { name in
            var arrival = arrival
            arrival.certificate = tls.peerCertificate.flatMap { ClientCertificate($0) }
            try speak(http2: name == "h2", on: channel, arrival, entrance)
        }
        try channel.pipeline.syncOperations.addHandlers([tls, choice])
    }

    private func speak(
        http2: Bool,
        on channel: any Channel,
        _ arrival: Arrival,
        _ entrance: Entrance
    ) throws {
        if http2 {
            try speakHTTP2(on: channel, arrival, entrance)
        } else {
            try speakHTTP1(on: channel, arrival, entrance)
        }
    }

    private func speakHTTP1(
        on channel: any Channel,
        _ arrival: Arrival,
        _ entrance: Entrance
    ) throws {
        entrance.passed()
        let connection = ClientConnection(worker: worker, arrival: arrival)
        try channel.pipeline.syncOperations.addHandler(connection)
    }

    private func speakHTTP2(
        on channel: any Channel,
        _ arrival: Arrival,
        _ entrance: Entrance
    ) throws {
        let loop = channel.eventLoop
        let limits = worker.configuration.limits
        let management = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: loop,
            configuration: .init(
                // It begins to count with a connection that is made, and TLS has been by then.
                maxIdleTime: nil,
                maxAge: nil,
                maxGraceTime: nil,
                keepalive: nil
            )
        )
        var stream = arrival
        stream.carrier = .stream
        let feed = FrameFeed { [weak entrance] in entrance?.cut(because: $0) }
        let bound = NIOLoopBound((worker, stream, entrance, feed), eventLoop: loop)
        let http2 = NIOHTTP2Handler(
            mode: .server,
            eventLoop: loop,
            connectionConfiguration: HTTP2Limits.connection(limits),
            streamConfiguration: HTTP2Limits.stream(),
            streamDelegate: management.http2StreamDelegate
        ) { channel in
            channel.getOption(HTTP2StreamChannelOptions.streamID).flatMapThrowing { stream in
                let (worker, arrival, entrance, feed) = bound.value
                try channel.pipeline.syncOperations.addHandlers([
                    StreamCodec(
                        worker: worker,
                        entrance: entrance,
                        feed: feed,
                        stream: Int(stream)
                    ),
                    ClientConnection(worker: worker, arrival: arrival),
                ])
            }
        }
        let end = HTTP2Connection(worker: worker, address: arrival.address, feed: feed)
        if listener.tls == nil {
            try channel.pipeline.syncOperations.addHandler(ClearEnd(entrance: entrance))
        }
        try channel.pipeline.syncOperations.addHandlers([feed, http2, management, end])
        entrance.begins(feed)
    }
}
