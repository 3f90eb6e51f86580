internal import NIOCore
internal import NIOSSL
internal import NIOTLS

/// Waits for the TLS handshake, then sets up the protocol that was agreed on (ALPN, RFC 7301) and
/// leaves the pipeline.
final class ProtocolChoice: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let worker: Worker
    private let address: PeerAddress
    private let onChoice: (String?) throws -> Void

    init(worker: Worker, address: PeerAddress, _ onChoice: @escaping (String?) throws -> Void) {
        self.worker = worker
        self.address = address
        self.onChoice = onChoice
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted(let name) = event as? TLSUserEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        worker.refreshClock()
        do {
            try onChoice(name)
        } catch {
            return context.close(promise: nil)
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        worker.refreshClock()
        worker.counters.handshakesFailed &+= 1
        worker.report(.handshake, from: address, Self.text(error))
        context.close(promise: nil)
    }

    /// The reasons that BoringSSL gives, in one line and without where in its code they are.
    static func text(_ error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(.sslError(let reasons)),
            BoringSSLError.sslError(let reasons):
            reasons.map { reason("\($0)") }.joined(separator: ", ")
        case NIOSSLError.handshakeFailed(let reason): "\(reason)"
        case NIOSSLError.uncleanShutdown: "the client went away"
        default: "\(error)"
        }
    }

    private static func reason(_ text: String) -> String {
        guard let prefix = text.firstRange(of: "OPENSSL_internal:") else {
            return String(text.trimmingPrefix("Error:").drop { $0 == " " })
        }
        return String(text[prefix.upperBound...].prefix { $0 != " " })
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension ProtocolChoice: Sendable {}

/// Tells HTTP/2 with prior knowledge from HTTP/1.1 by its first octets (RFC 9113 §3.3, §3.4), then
/// leaves the pipeline.
final class PrefaceReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private let onChoice: (_ isHTTP2: Bool) throws -> Void
    private var collected = ByteBuffer()
    private var isDone = false

    init(_ onChoice: @escaping (_ isHTTP2: Bool) throws -> Void) { self.onChoice = onChoice }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        guard !isDone else { return context.fireChannelRead(wrapInboundOut(buffer)) }
        collected.writeBuffer(&buffer)
        let seen = collected.readableBytesView.prefix(Self.preface.count)
        let isAlike = Self.preface.starts(with: seen)
        if isAlike, seen.count < Self.preface.count { return }
        isDone = true
        do {
            try onChoice(isAlike)
        } catch {
            return context.close(promise: nil)
        }
        context.fireChannelRead(wrapInboundOut(collected))
        context.fireChannelReadComplete()
        collected = ByteBuffer()
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension PrefaceReader: Sendable {}
