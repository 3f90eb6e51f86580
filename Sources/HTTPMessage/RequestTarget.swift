/// A request target's form and parts (RFC 9112 section 3.2), as ranges of the head's octets.
struct RequestTarget: Sendable {
    /// The methods that decide which forms are allowed.
    enum MethodKind: Sendable {
        case connect, options, other
    }

    var form = TargetForm.origin
    /// The path; empty where an absolute-form has none.
    var path = ByteRange.empty
    /// What follows the first `?`.
    var query = ByteRange.empty
    var hasQuery = false
    /// The authority that the target itself names.
    var authority: Authority?
    /// The port that its scheme stands for.
    var defaultPort: UInt16 = 80

    init() {}

    /// Reads a target whose octets are all target characters.
    ///
    /// - Parameters:
    ///   - bytes: The octets that `range` is a range of.
    ///   - range: Where the target is; not empty.
    ///   - queryMark: Where its first `?` is, if it has one.
    ///   - method: Which forms are allowed.
    /// - Throws: What is wrong with the target.
    mutating func read(
        _ bytes: Span<UInt8>,
        in range: ByteRange,
        queryMark: Int?,
        method: MethodKind
    ) throws(MessageFault) {
        let text = bytes.bytes(in: range)
        guard !text.isEmpty else { throw MessageFault(.invalidRequestLine) }
        let pathEnd = queryMark ?? range.upperBound
        if method == .connect {
            form = .authority
            authority = try Self.authority(bytes, in: range)
            guard authority?.port != nil else { throw MessageFault(.invalidTarget) }
            return
        }
        if let queryMark {
            hasQuery = true
            query = ByteRange(queryMark &+ 1, range.upperBound)
        }
        if text[0] == Octet.slash {
            path = ByteRange(range.lowerBound, pathEnd)
        } else if text[0] == Octet.asterisk, text.count == 1, method == .options {
            form = .asterisk
            path = range
        } else {
            form = .absolute
            let start = try range.lowerBound &+ readScheme(text)
            var end = start
            while end < pathEnd, bytes[end] != Octet.slash { end &+= 1 }
            authority = try Self.authority(bytes, in: ByteRange(start, end))
            path = ByteRange(end, pathEnd)
        }
    }

    /// Reads `http://` or `https://` and returns how long it is.
    private mutating func readScheme(_ text: Span<UInt8>) throws(MessageFault) -> Int {
        if text.bytes(in: ByteRange(0, 7)).spells("http://") { return 7 }
        guard text.bytes(in: ByteRange(0, 8)).spells("https://") else {
            throw MessageFault(.invalidTarget)
        }
        defaultPort = 443
        return 8
    }

    private static func authority(
        _ bytes: Span<UInt8>,
        in range: ByteRange
    ) throws(MessageFault) -> Authority {
        let text = bytes.bytes(in: range)
        for index in 0..<text.count where text[index] == Octet.at {
            throw MessageFault(.userinfoInTarget)
        }
        guard let authority = Authority(bytes, in: range) else {
            throw MessageFault(.invalidTarget)
        }
        return authority
    }
}
