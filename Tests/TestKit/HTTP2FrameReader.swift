/// Takes HTTP/2 frames out of octets as they arrive (RFC 9113 section 4.1).
struct HTTP2FrameReader {
    /// What has arrived and is no whole frame yet.
    private(set) var pending: [UInt8] = []

    mutating func append(_ piece: [UInt8]) { pending += piece }

    /// Drops octets that are before the first frame.
    mutating func removeFirst(_ count: Int) { pending.removeFirst(count) }

    /// The next frame, if it is there whole.
    mutating func next() -> HTTP2RawClient.Frame? {
        guard pending.count >= 9 else { return nil }
        let length = pending[..<3].reduce(0) { $0 << 8 | Int($1) }
        guard pending.count >= 9 + length else { return nil }
        let stream = pending[5..<9].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let frame = HTTP2RawClient.Frame(
            type: pending[3],
            flags: pending[4],
            stream: stream,
            payload: Array(pending[9..<9 + length])
        )
        pending.removeFirst(9 + length)
        return frame
    }
}
