internal import NIOCore

/// Tells the connection that octets have come, before anybody knows what they are.
///
/// The time for a request begins with its first octet.
final class ArrivalMarker: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: AdminConnection

    init(_ connection: AdminConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.octetsArrive()
        context.fireChannelRead(data)
    }
}

/// Answers a connection that there is no room for, and closes it.
final class TurnAway: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static var answer: String {
        "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: Self.answer)), promise: nil)
        context.close(promise: nil)
    }
}
