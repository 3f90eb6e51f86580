internal import NIOCore

/// The head of a frame (RFC 9113 §4.1).
struct FrameHead: Equatable {
    /// The types of frames that are told apart here (RFC 9113 §6).
    enum Kind: UInt8 {
        case data = 0x0
        case headers = 0x1
        case reset = 0x3
        case settings = 0x4
        case ping = 0x6
        case goAway = 0x7
        case windowUpdate = 0x8
        case continuation = 0x9
    }

    private enum Flag {
        static let endStream: UInt8 = 0x01
        static let acknowledges: UInt8 = 0x01
        static let endHeaders: UInt8 = 0x04
        static let padded: UInt8 = 0x08
    }

    /// How many octets follow.
    var length: Int
    /// Nil for every other type.
    var kind: Kind?
    private var flags: UInt8
    var stream: Int

    /// How many octets a head has.
    static var bytes: Int { 9 }

    /// Reads the head that a buffer begins with; nil if it is not all there.
    init?(_ buffer: ByteBuffer) {
        let start = buffer.readerIndex
        guard
            let first: UInt32 = buffer.getInteger(at: start),
            let flags: UInt8 = buffer.getInteger(at: start + 4),
            let stream: UInt32 = buffer.getInteger(at: start + 5)
        else { return nil }
        length = Int(first >> 8)
        kind = Kind(rawValue: UInt8(truncatingIfNeeded: first))
        self.flags = flags
        self.stream = Int(stream & 0x7FFF_FFFF)
    }

    /// The head of a DATA frame without padding.
    init(content length: Int, ends: Bool, stream: Int) {
        self.length = length
        kind = .data
        flags = ends ? Flag.endStream : 0
        self.stream = stream
    }

    /// The head of a CONTINUATION frame.
    init(continuing stream: Int, length: Int, endsBlock: Bool) {
        self.length = length
        kind = .continuation
        flags = endsBlock ? Flag.endHeaders : 0
        self.stream = stream
    }

    /// A SETTINGS frame that acknowledges those of the other side (RFC 9113 §6.5).
    static var acknowledgement: FrameHead {
        var head = FrameHead(settingsBytes: 0)
        head.flags = Flag.acknowledges
        return head
    }

    /// The head of a SETTINGS frame.
    init(settingsBytes length: Int) {
        self.length = length
        kind = .settings
        flags = 0
        stream = 0
    }

    /// Whether it is of a DATA frame without padding, which may be divided and joined with others.
    var isPlainContent: Bool { kind == .data && flags & Flag.padded == 0 }

    /// Whether the frame ends its stream.
    var endsStream: Bool { flags & Flag.endStream != 0 }

    /// Whether it is SETTINGS that the connection has to obey (RFC 9113 §6.5).
    var hasSettings: Bool {
        kind == .settings && stream == 0 && flags & Flag.acknowledges == 0
            && length.isMultiple(of: FrameHead.settingBytes)
    }

    /// How many octets a setting has.
    static var settingBytes: Int { 6 }

    /// Whether a block of fields ends with the frame.
    var endsBlock: Bool {
        get { flags & Flag.endHeaders != 0 }
        set { flags = newValue ? flags | Flag.endHeaders : flags & ~Flag.endHeaders }
    }

    /// The head's octets, of a type that has a name here.
    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(Self.bytes)
        buffer.writeInteger(
            UInt32(truncatingIfNeeded: length) << 8 | UInt32(kind?.rawValue ?? 0)
        )
        buffer.writeInteger(flags)
        buffer.writeInteger(UInt32(truncatingIfNeeded: stream))
        return buffer
    }
}
