internal import CCurl
internal import Glibc

/// One connection to an origin server: made by libcurl, its octets sent and received by libcurl.
///
/// Belongs to the `CurlLoop` that made it and to that loop's thread. The loop reports what happens
/// through `onEvents`; `send` and `receive` never block. Until `close` is called it stays open, and
/// the loop keeps it.
public final class CurlConnection {
    /// What happened to a connection since it was last reported.
    public struct Events: OptionSet, Sendable {
        /// The bits.
        public let rawValue: UInt8
        /// Creates a set from its bits.
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// The connection is made (and its TLS handshake done).
        public static let connected = Events(rawValue: 1)
        /// Octets, or the end of the stream, can be received.
        public static let readable = Events(rawValue: 2)
        /// Octets can be sent again.
        public static let writable = Events(rawValue: 4)
        /// The origin has closed its sending side, or the connection is broken.
        public static let hangup = Events(rawValue: 8)
        /// The connection could not be made; `connectFailure` says why.
        public static let failed = Events(rawValue: 16)
    }

    /// What became of octets given to `send`.
    public enum SendOutcome: Equatable {
        /// So many of the octets are on their way.
        case sent(Int)
        /// None could be taken now; `.writable` is reported when some can.
        case wouldBlock
        /// The connection is broken.
        case failed(CurlError)
    }

    /// What `receive` found.
    public enum ReceiveOutcome: Equatable {
        /// So many octets were received.
        case received(Int)
        /// Nothing is there now; `.readable` is reported when there is.
        case wouldBlock
        /// The origin has closed its side.
        case endOfStream
        /// The connection is broken.
        case failed(CurlError)
    }

    /// How many octets one `receive` takes at most.
    ///
    /// Fewer than that on a connection without TLS means that no more were there.
    public static var receiveBytesMax: Int { 64 * 1024 }

    /// Called by the loop, on its thread, never from inside libcurl.
    public var onEvents: ((Events) -> Void)?
    /// Why the connection could not be made, once `.failed` is reported.
    public internal(set) var connectFailure: CurlError?
    /// What has happened but was not reported yet.
    ///
    /// An idle connection with anything here must not be used again: octets that arrive between
    /// exchanges answer no request (RFC 9112 §9.2).
    public internal(set) var pendingEvents: Events = []

    let identifier: UInt64
    /// What sends a request over HTTP/2 in the connection's stead.
    private(set) var transfer: CurlTransfer?
    private let isSecure: Bool
    private let easy: EasyHandle
    private unowned let loop: CurlLoop
    private(set) var isClosed = false

    init(loop: CurlLoop, easy: consuming EasyHandle, identifier: UInt64, isSecure: Bool) {
        self.isSecure = isSecure
        self.loop = loop
        self.easy = easy
        self.identifier = identifier
    }

    /// Whether it carries one exchange only, over HTTP/2, on a connection that libcurl keeps.
    public var isTransfer: Bool { transfer != nil }

    /// Whether a transfer's request went out on a connection that had carried another before.
    public var isOnUsedConnection: Bool { transfer?.isOnUsedConnection ?? false }

    /// Makes this the outside of a transfer.
    func carry(
        _ request: TransferRequest,
        loop: CurlLoop,
        keepsConnection: Bool
    ) throws(CurlError) {
        let transfer = CurlTransfer(
            self,
            loop: loop,
            request: request,
            keepsConnection: keepsConnection
        )
        try easy.setCallbacks(of: transfer)
        self.transfer = transfer
    }

    func forbidReuse() { easy.forbidReuse() }

    func lastConnectionWasUsed() -> Bool { easy.isOnUsedConnection() }

    /// libcurl's handle, for the loop.
    var handle: UnsafeMutableRawPointer { unsafe easy.pointer }

    func socket() throws(CurlError) -> Int32 { try easy.socket() }

    /// What a code of libcurl's about this connection says.
    func error(_ code: CURLcode) -> CurlError { easy.error(code) }

    /// Sends octets as far as the socket takes them.
    ///
    /// - Parameter bytes: The octets, not empty.
    /// - Returns: How many were taken, or why none were.
    public func send(_ bytes: Span<UInt8>) -> SendOutcome {
        guard !isClosed else { return .failed(Self.closedError) }
        if let transfer { return transfer.send(bytes) }
        var sent = 0
        let code = unsafe bytes.withUnsafeBytes { raw in
            unsafe curl_easy_send(easy.pointer, raw.baseAddress, raw.count, &sent)
        }
        switch code {
        case CURLE_OK: return sent > 0 ? .sent(sent) : .wouldBlock
        case CURLE_AGAIN: return .wouldBlock
        default: return .failed(CurlError(code))
        }
    }

    /// Receives what is there, at most `buffer.count` octets.
    ///
    /// - Parameter buffer: Where the octets go; only read after `.received`, up to its count.
    /// - Returns: How many there were, or why there were none.
    public func receive(into buffer: UnsafeMutableRawBufferPointer) -> ReceiveOutcome {
        guard !isClosed else { return .failed(Self.closedError) }
        if let transfer { return unsafe transfer.receive(into: buffer) }
        var received = 0
        let code = unsafe curl_easy_recv(
            easy.pointer,
            buffer.baseAddress,
            buffer.count,
            &received
        )
        switch code {
        case CURLE_OK: return received > 0 ? .received(received) : .endOfStream
        case CURLE_AGAIN: return .wouldBlock
        default: return .failed(CurlError(code))
        }
    }

    /// Tells the origin that nothing more is sent; what it sends can still be received.
    ///
    /// Does nothing on a connection with TLS, where libcurl has no such thing.
    public func finishSending() {
        guard !isClosed, !isSecure, !isTransfer, let socket = try? socket() else { return }
        _ = shutdown(socket, Int32(SHUT_WR))
    }

    /// Closes the connection; it reports nothing afterwards.
    ///
    /// Closing twice is harmless.
    public func close() {
        guard !isClosed else { return }
        isClosed = true
        onEvents = nil
        // What is left of its stream is no part of another request's connection.
        if let transfer, !transfer.isOver { forbidReuse() }
        loop.forget(self)
    }

    /// The loop ends, and takes the connection out of libcurl itself.
    func abandon() {
        isClosed = true
        onEvents = nil
    }

    private static let closedError = CurlError(
        kind: .connectionBroken,
        description: "the connection is closed"
    )
}
