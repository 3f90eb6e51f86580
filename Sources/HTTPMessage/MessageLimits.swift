/// How large the parts of a message may be.
///
/// What is exactly at a limit is accepted.
public struct MessageLimits: Sendable, Equatable {
    /// Octets of a head: everything up to and with its final empty line.
    ///
    /// Default 32 KiB; beyond: 431.
    public var headBytesMax: Int
    /// Octets of a request target.
    ///
    /// Default 8 KiB (RFC 9112 section 3 asks for 8000 octets of request line at least); beyond:
    /// 414.
    public var targetBytesMax: Int
    /// Field lines of a head, and of a trailer section.
    ///
    /// Default 128; beyond: 431.
    public var fieldCountMax: Int
    /// Octets of one field line, its CRLF left out.
    ///
    /// Default 16 KiB; beyond: 431.
    public var fieldLineBytesMax: Int
    /// Octets of a method.
    ///
    /// Default 64; beyond: 501.
    public var methodBytesMax: Int
    /// Octets of a chunk's size and extensions, the CRLF left out.
    ///
    /// Default 256; beyond: 400.
    public var chunkLineBytesMax: Int
    /// Octets of a trailer section, its final empty line included.
    ///
    /// Default 8 KiB; beyond: 431.
    public var trailerBytesMax: Int

    /// Limits, each with its default.
    public init(
        headBytesMax: Int = 32 * 1024,
        targetBytesMax: Int = 8 * 1024,
        fieldCountMax: Int = 128,
        fieldLineBytesMax: Int = 16 * 1024,
        methodBytesMax: Int = 64,
        chunkLineBytesMax: Int = 256,
        trailerBytesMax: Int = 8 * 1024
    ) {
        self.headBytesMax = headBytesMax
        self.targetBytesMax = targetBytesMax
        self.fieldCountMax = fieldCountMax
        self.fieldLineBytesMax = fieldLineBytesMax
        self.methodBytesMax = methodBytesMax
        self.chunkLineBytesMax = chunkLineBytesMax
        self.trailerBytesMax = trailerBytesMax
    }
}
