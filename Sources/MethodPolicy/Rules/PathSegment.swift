/// One segment of the path that is being decided on, or the end of the path.
struct PathSegment {
    /// The octets.
    let key: OctetKey
    /// Whether there is no such segment: the path ended before it.
    let isEnd: Bool

    var isEmpty: Bool { key.isEmpty }

    /// The segment that starts at `start`, or the end if that is beyond the path.
    ///
    /// - Parameters:
    ///   - path: The canonical path, without its last `/` if that is ignored.
    ///   - start: The octet behind the `/`.
    ///   - foldsCase: Whether ASCII letters match in either case.
    @inline(__always)
    init(of path: Span<UInt8>, from start: Int, foldsCase: Bool) {
        self.key = OctetKey(segmentOf: path, from: start, foldsCase: foldsCase)
        self.isEnd = start > path.count
    }

    /// Whether there are only digits, and one at least.
    func isInteger(in path: Span<UInt8>) -> Bool {
        var index = key.start
        while index < key.end, Octet.isDigit(path[index]) { index &+= 1 }
        return index == key.end && !isEmpty
    }

    /// Whether it is 8-4-4-4-12 hexadecimal digits (RFC 9562 section 4), any case.
    func isUUID(in path: Span<UInt8>) -> Bool {
        guard key.count == 36 else { return false }
        for index in 0..<36 {
            let octet = path[key.start &+ index]
            switch index {
            case 8, 13, 18, 23:
                if octet != 0x2D { return false }
            default:
                if !Octet.isDigit(octet), Octet.folded(octet) &- 0x61 >= 6 { return false }
            }
        }
        return true
    }
}
