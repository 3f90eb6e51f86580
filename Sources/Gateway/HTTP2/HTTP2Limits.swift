internal import HTTPMessage
internal import NIOCore
internal import NIOHTTP2

/// What one HTTP/2 connection may ask of us (RFC 9113 §10.5).
///
/// SwiftNIO counts resets, stream errors, and control frames besides, and closes a connection that
/// sends too many (requirements ).
enum HTTP2Limits {
    /// How many requests one connection may have under way.
    static let streamsMax = 100
    /// How much content of one request is taken before it is used.
    static let streamWindowBytes = 128 * 1024
    /// How much content of all of a connection's requests is on its way.
    static let connectionWindowBytes = 1024 * 1024
    /// How much of a response is queued before its origin is made to wait.
    static let queuedBytesMax = 64 * 1024

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
