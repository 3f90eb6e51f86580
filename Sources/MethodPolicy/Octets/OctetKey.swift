/// A run of octets, scanned once so that it can be looked up in an ``OctetTable``.
///
/// The first sixteen octets are kept as two words: most segments, methods and hosts are no longer,
/// so a lookup compares two words and a length and does not touch the text again. The hash takes
/// the octets eight at a time. It needs no secret seed: only the operator puts keys into the
/// tables, so a client can at most ask for a key that is not there, and the operator's keys fix
/// how long that takes.
struct OctetKey: Sendable {
    /// Where the run starts in the span that it was scanned in.
    let start: Int
    /// Where it ends.
    let end: Int
    /// The octets 0 to 7.
    let head: UInt64
    /// The octets 8 to 15.
    let next: UInt64
    let hash: UInt64

    var count: Int { end &- start }
    var isEmpty: Bool { start == end }

    /// Scans the octets of a span from `start` to its end.
    @inline(__always)
    init(_ bytes: Span<UInt8>, from start: Int = 0, foldsCase: Bool) {
        // Two loops, so that neither asks at every octet which one it is.
        if foldsCase {
            self.init(bytes, from: start, foldsCase: true, stopsAtSlash: false)
        } else {
            self.init(bytes, from: start, foldsCase: false, stopsAtSlash: false)
        }
    }

    /// Scans the octets of a path from `start` to the next `/` or its end.
    @inline(__always)
    init(segmentOf path: Span<UInt8>, from start: Int, foldsCase: Bool) {
        if foldsCase {
            self.init(path, from: start, foldsCase: true, stopsAtSlash: true)
        } else {
            self.init(path, from: start, foldsCase: false, stopsAtSlash: true)
        }
    }

    @inline(__always)
    private init(_ bytes: Span<UInt8>, from start: Int, foldsCase: Bool, stopsAtSlash: Bool) {
        var word: UInt64 = 0
        var head: UInt64 = 0
        var next: UInt64 = 0
        var hash: UInt64 = 0
        var index = start
        var wordEnd = start &+ 8
        while index < bytes.count {
            let octet = bytes[index]
            if stopsAtSlash, octet == Octet.slash { break }
            word = word << 8 | UInt64(foldsCase ? Octet.folded(octet) : octet)
            index &+= 1
            guard index == wordEnd else { continue }
            if index == start &+ 8 { head = word }
            if index == start &+ 16 { next = word }
            hash = Self.mixed(hash, word)
            word = 0
            wordEnd &+= 8
        }
        if wordEnd == start &+ 8 { head = word }
        if wordEnd == start &+ 16 { next = word }
        self.start = start
        self.end = index
        self.head = head
        self.next = next
        // The length tells apart runs that differ by leading zero octets of the last word.
        let count = UInt64(truncatingIfNeeded: index &- start)
        self.hash = Self.mixed(hash, word ^ count << 56)
    }

    @inline(__always)
    private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ product >> 32
    }
}
