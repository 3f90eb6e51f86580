/// Finds a multipart delimiter in octets that stream by, wherever it stands in a line.
///
/// What is between hyphens is skipped several octets at a time; the rest is compared as Knuth,
/// Morris and Pratt have it, so that no content takes more than a few steps an octet.
struct DelimiterSearch {
    /// Two hyphens and the boundary.
    let delimiter: [UInt8]
    /// For each length of the delimiter's start: how much of its end is a shorter such start.
    private let fallbacks: [Int]

    /// How much of the delimiter the octets so far end with.
    private(set) var matched = 0
    /// Whether what matches begins behind CR and LF.
    private(set) var isAtLineStart = false
    /// How much of CR and LF the octets so far end with.
    private var lineEnd = 0

    init(boundary: [UInt8]) {
        delimiter = [Octet.hyphen, Octet.hyphen] + boundary
        var fallbacks = [0, 0]
        var length = 0
        for octet in delimiter.dropFirst() {
            while length > 0, delimiter[length] != octet { length = fallbacks[length] }
            if delimiter[length] == octet { length &+= 1 }
            fallbacks.append(length)
        }
        self.fallbacks = fallbacks
    }

    /// Whether the octets so far end with the whole delimiter.
    var isComplete: Bool { matched == delimiter.count }

    /// Begins anew; a line end before is none.
    mutating func start() {
        matched = 0
        isAtLineStart = false
        lineEnd = 0
    }

    /// Takes the next octet where nothing but the delimiter may stand; false if it does not.
    mutating func take(_ octet: UInt8) -> Bool {
        guard octet == delimiter[matched] else { return false }
        matched &+= 1
        return true
    }

    /// Looks for the delimiter in the next octets.
    ///
    /// - Returns: The offset behind it, which `isComplete` says, or the count.
    mutating func search(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < bytes.count {
            if matched == 0 {
                index = bytes.firstHyphen(from: index)
                guard index < bytes.count else { break }
                isAtLineStart = lineEnd(of: bytes, from: start, to: index) == 2
                matched = 1
                index &+= 1
                continue
            }
            let octet = bytes[index]
            if octet == delimiter[matched] {
                matched &+= 1
                index &+= 1
                if isComplete { return index }
            } else if octet == Octet.quote, matched == 2 {
                // Parsers that leave the quotes round a boundary where they are look for this.
                isAtLineStart = false
                index &+= 1
            } else {
                // Without a match the octet is looked at again, as it may be a hyphen.
                matched = fallbacks[matched]
                isAtLineStart = false
            }
        }
        lineEnd = lineEnd(of: bytes, from: start, to: bytes.count)
        return bytes.count
    }

    /// How much of CR and LF stands before an offset.
    private func lineEnd(of bytes: Span<UInt8>, from start: Int, to index: Int) -> Int {
        guard index > start else { return lineEnd }
        switch bytes[index &- 1] {
        case Octet.carriageReturn:
            return 1
        case Octet.lineFeed:
            let isPair =
                index &- 1 > start
                ? bytes[index &- 2] == Octet.carriageReturn : lineEnd == 1
            return isPair ? 2 : 0
        default:
            return 0
        }
    }
}
