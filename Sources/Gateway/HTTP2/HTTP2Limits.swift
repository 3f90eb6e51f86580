internal import HTTPMessage
internal import NIOCore
internal import NIOHTTP2

/// What one HTTP/2 connection may ask of us (RFC 9113 §10.5).
///
/// SwiftNIO counts resets and stream errors besides, and closes a connection that has too many.
enum HTTP2Limits {
    /// How many requests one connection may have under way.
    static let streamsMax = 100
    /// How much content of one request is taken before it is used.
    static let streamWindowBytes = 128 * 1024
    /// How much content of all of a connection's requests is taken before it is used.
    ///
    /// So much that none waits for another: SwiftNIO renews it when half of it is used.
    static let connectionWindowBytes = 4 * streamsMax * streamWindowBytes
    /// How much of a response is queued before its origin is made to wait.
    static let queuedBytesMax = 64 * 1024

    /// How much content is in one frame: as much as everybody takes (RFC 9113 §4.2).
    static let frameContentBytesMax = 16 * 1024
    /// Frames that ask for nothing, one after the other.
    static let idleFrames = FrequencyLimit(max: 1_000, within: .seconds(30))
    /// For how many octets that were sent one more may come, and how many ahead.
    static let (bytesForIdleFrame, idleFramesAhead) = (1_024, 16 * 1_024)
    /// Requests that have to be reset because of what their client sent.
    static let faults = FrequencyLimit(max: 1_000, within: .seconds(30))
    /// How large SwiftNIO may make a frame, which then becomes several: the most there can be.
    static let unsplitFrameBytesMax: UInt32 = (1 << 24) - 1
    /// How many frames that cannot be joined wait for a stream.
    static let framesBehindMax = 1_024
    /// How much of our responses' fields is remembered for the next ones' (RFC 7541 §4.2).
    static let fieldTableBytesMax: UInt32 = 4_096
    /// What it takes to hold a block of fields.
    static let blockBytes = 64 * 1024
    /// How much storage of SwiftNIO's parser what it has read may keep.
    static let parserBytes = 32 * 1024
    /// What it takes to hold a frame, besides its content.
    static let frameBytes = 256
    /// What it takes to hold a stream, besides its frames.
    static let streamBytes = 4 * 1024

    /// How much a worker holds for connections, in octets: for those of each client, and for all.
    ///
    /// As much as it could with HTTP/1.1, where each connection has one response; but never so
    /// little that a connection could not stand still with all its streams.
    static func heldBytesMax(_ limits: GatewayLimits, workers: Int) -> (client: Int, all: Int) {
        func share(_ connections: Int) -> Int {
            let (bytes, isTooMuch) = connections.multipliedReportingOverflow(by: queuedBytesMax)
            return max(limits.heldBytesMin, isTooMuch ? .max : bytes / max(1, workers))
        }
        return (share(limits.connectionsPerClientMax), share(limits.connectionsMax))
    }

    static func connection(_ limits: GatewayLimits) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            // FrameFeed says `streamsMax` in its place.
            HTTP2Setting(parameter: .maxConcurrentStreams, value: 2 * streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.message.headBytesMax),
            HTTP2Setting(parameter: .initialWindowSize, value: streamWindowBytes),
        ]
        configuration.targetWindowSize = connectionWindowBytes
        configuration.maximumBufferedControlFrames = 1_000
        // FrameFeed counts them, but not those that come with requests and responses: clients of
        // gRPC send PING for most of what they receive. This is more than anybody can send.
        configuration.controlFrameRateLimit.maximumCount = 100
        configuration.controlFrameRateLimit.windowLength = .microseconds(1)
        // StreamRequest says what is wrong with a request, and answers it; SwiftNIO would fail it.
        configuration.headerBlockValidation = .disabled
        configuration.contentLengthValidation = .disabled
        // Errors of streams are counted for 30 seconds, not for as long as a connection lives.
        configuration.maximumConnectionGlitches = .max
        // Content for streams that are over is handed on late, many at a time.
        configuration.maximumRecentlyResetStreams = 4 * streamsMax
        return configuration
    }

    static func stream() -> NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = streamWindowBytes
        // A proxy has many users on one connection, and each may change their mind.
        configuration.streamResetFrameRateLimit.maximumCount = faults.max
        configuration.streamErrorRateLimit.maximumCount = faults.max
        configuration.outboundBufferSizeHighWatermark = queuedBytesMax
        configuration.outboundBufferSizeLowWatermark = queuedBytesMax / 2
        return configuration
    }
}
