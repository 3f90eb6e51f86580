/// The `charset` parameter of a form's Content-Type.
enum ContentCharset {
    /// Whether each charset that a Content-Type names is one in which octets below 0x80 are ASCII
    /// and nothing but ASCII.
    ///
    /// In others (`utf-16`, `ibm500`, `utf-7`, `shift_jis`) a name may be written that a look at
    /// the octets does not find.
    static func areSupersetsOfASCII(in value: Span<UInt8>) -> Bool {
        var start = 0
        while let found = value.firstOffset(of: "charset", from: start) {
            start = found &+ 7
            var index = value.skipWhitespace(from: start)
            guard index < value.count else { return true }
            // `charset*` is the same parameter in the notation of RFC 8187.
            if value[index] == Octet.asterisk { return false }
            guard value[index] == Octet.equals else { continue }
            index = value.skipWhitespace(from: index &+ 1)
            if index < value.count, value[index] == Octet.quote { index &+= 1 }
            let end = value.skip(.token, from: index, to: value.count)
            guard isSupersetOfASCII(value.extracting(index..<end)) else { return false }
            start = end
        }
        return true
    }

    private static func isSupersetOfASCII(_ name: Span<UInt8>) -> Bool {
        if name.spells("utf-8") || name.spells("utf8") { return true }
        if name.spells("us-ascii") || name.spells("ascii") || name.spells("latin1") { return true }
        if name.hasPrefix("iso-8859-") { return isCodePage(name, from: 9) }
        if name.hasPrefix("windows-125") { return isCodePage(name, from: 11) }
        if name.hasPrefix("cp125") { return isCodePage(name, from: 5) }
        return false
    }

    /// Whether one or two digits end the name.
    private static func isCodePage(_ name: Span<UInt8>, from start: Int) -> Bool {
        guard (1...2).contains(name.count &- start) else { return false }
        for index in start..<name.count where !name[index].isDigit {
            return false
        }
        return true
    }
}
