internal import HTTPMessage
internal import NIOCore
internal import NIOHTTP2

/// What one HTTP/2 connection may ask of us (RFC 9113 §10.5).
///
/// SwiftNIO counts resets, stream errors, and control frames besides, and closes a connection that
/// sends too many.
enum HTTP2Limits {
    /// How many requests one connection may have under way.
    static let streamsMax = 100
    /// How much content of one request is taken before it is used.
    static let streamWindowBytes = 128 * 1024
    /// How much content of all of a connection's requests is on its way.
    static let connectionWindowBytes = 1024 * 1024
    /// How much of a response is queued before its origin is made to wait.
    static let queuedBytesMax = 64 * 1024

    /// How much of their responses one worker's clients may leave untaken, in octets: each alone,
    /// and all together.
    ///
    /// As much as they could with HTTP/1.1, where each connection has one response. The one client
    /// may in any case let a connection with all its requests stand still.
    static func unreadBytesMax(_ limits: GatewayLimits, workers: Int) -> (client: Int, all: Int) {
        func share(_ connections: Int) -> Int {
            let (bytes, isTooMuch) = connections.multipliedReportingOverflow(by: queuedBytesMax)
            return isTooMuch ? .max : bytes / max(1, workers)
        }
        let connection = 2 * streamsMax * queuedBytesMax
        return (
            max(connection, share(limits.connectionsPerClientMax)),
            max(connection, share(limits.connectionsMax))
        )
    }

    static func connection(_ limits: GatewayLimits) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.message.headBytesMax),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindowBytes),
        ]
        configuration.targetWindowSize = connectionWindowBytes
        configuration.maximumBufferedControlFrames = 1_000
        return configuration
    }

    static func stream() -> NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = streamWindowBytes
        configuration.outboundBufferSizeHighWatermark = queuedBytesMax
        configuration.outboundBufferSizeLowWatermark = queuedBytesMax / 2
        return configuration
    }
}
