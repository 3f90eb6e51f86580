internal import HTTPMessage
internal import NIOCore
internal import NIOPosix

/// The legacy service of `methodwall demo`: it answers 200 to every method on every path, which is
/// exactly what a method firewall is for.
public struct DemoService: Sendable {
    /// The loopback port it listens on.
    public let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup

    /// Starts the service on a free loopback port.
    public static func start() async throws -> DemoService {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DemoServiceHandler())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return DemoService(port: channel.localAddress?.port ?? 0, channel: channel, group: group)
    }

    /// Stops the service.
    public func stop() async throws {
        try await channel.close()
        try await group.shutdownGracefully()
    }
}

/// Reads a request, content included, and tells what it was.
private final class DemoServiceHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var pending = ByteBuffer()
    private var head = RequestHead()
    private var body = BodyReader(.none, limits: MessageLimits())
    private var answer: ByteBuffer?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        pending.writeBuffer(&buffer)
        while readRequest() {
            if let answer { context.write(wrapOutboundOut(answer), promise: nil) }
            answer = nil
        }
        context.flush()
    }

    /// Reads on; true once a whole request has been read.
    private func readRequest() -> Bool {
        if answer == nil {
            head.reset()
            let received = pending
            let bytes = received.readableBytesUInt8Span
            guard head.parse(bytes, limits: MessageLimits()) == .complete else { return false }
            answer = makeAnswer(bytes)
            body = BodyReader(head.framing, limits: MessageLimits())
            pending.moveReaderIndex(forwardBy: head.length)
        }
        while !body.isFinished {
            var used = 0
            let received = pending
            let step = body.read(received.readableBytesUInt8Span, consumed: &used)
            pending.moveReaderIndex(forwardBy: used)
            switch step {
            case .needsMore, .malformed: return false
            case .content, .end: continue
            }
        }
        return true
    }

    private func makeAnswer(_ bytes: Span<UInt8>) -> ByteBuffer {
        let method = bytes.bytes(in: head.method)
        var text = OctetBuffer()
        text.append("{\"service\":\"legacy\",\"method\":\"")
        text.append(json: method)
        text.append("\",\"path\":\"")
        text.append(json: bytes.bytes(in: head.path))
        text.append("\"}\n")
        var answer = OctetBuffer()
        answer.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ")
        answer.append(decimal: UInt64(text.count))
        answer.append("\r\n\r\n")
        if !method.equals("HEAD") { answer.append(text.span) }
        return ByteBuffer(bytes: answer.octets)
    }
}
