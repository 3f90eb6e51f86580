internal import NIOCore

/// Settings (RFC 9113 §6.5.2) as SwiftNIO may obey them, and as clients are told ours.
extension FrameFeed {
    /// The numbers of the settings that are told apart here.
    private enum Setting {
        static let fieldTableBytes: UInt16 = 1
        static let streams: UInt16 = 3
        static let frameBytes: UInt16 = 5
        /// All that RFC 9113 names.
        static let known: ClosedRange<UInt16> = 1...6
    }

    /// How large a client may let frames be.
    private static let frameBytes =
        UInt32(HTTP2Limits.frameContentBytesMax)...HTTP2Limits.unsplitFrameBytesMax

    /// A client's settings: SwiftNIO would keep unknown ones, which mean nothing, look through all
    /// streams for each of a name, and keep as much of our responses' fields for HPACK as the
    /// client allows (RFC 7541 §4.2).
    ///
    /// Of several for one name the last one holds. Those that are not allowed stay so.
    static func bounded(_ frame: ByteBuffer) -> ByteBuffer {
        var settings = frame
        settings.moveReaderIndex(forwardBy: FrameHead.bytes)
        var values: [UInt16: UInt32] = [:]
        while let (name, value) = settings.readMultipleIntegers(as: (UInt16, UInt32).self) {
            if Setting.known.contains(name) { values[name] = value }
        }
        if let bytes = values[Setting.fieldTableBytes] {
            values[Setting.fieldTableBytes] = min(bytes, HTTP2Limits.fieldTableBytesMax)
        }
        // None of ours is larger than everybody takes.
        if values[Setting.frameBytes].map(frameBytes.contains) ?? true {
            values[Setting.frameBytes] = HTTP2Limits.unsplitFrameBytesMax
        }
        var kept = ByteBuffer()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            kept.writeMultipleIntegers(name, value)
        }
        var bounded = FrameHead(settingsBytes: kept.readableBytes).encoded
        bounded.writeImmutableBuffer(kept)
        return bounded
    }

    /// Our settings: SwiftNIO would end the connection with the first request beyond the number it
    /// is given, so it is given a larger one than clients are told, and `StreamCodec` resets what
    /// lies between (RFC 9113 §5.1.2).
    static func announced(_ frame: ByteBuffer) -> ByteBuffer {
        var frame = frame
        var index = frame.readerIndex + FrameHead.bytes
        while let name: UInt16 = frame.getInteger(at: index) {
            if name == Setting.streams {
                frame.setInteger(UInt32(HTTP2Limits.streamsMax), at: index + 2)
            }
            index += FrameHead.settingBytes
        }
        return frame
    }
}
