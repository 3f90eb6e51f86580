/// The hops that a forwarding field names, from the last to the first.
///
/// The last element was added by the peer, the one before it by the peer's peer, and so on: who
/// trusts the peer may believe the last element, and who trusts the node that it names may believe
/// the one before. An element is read backwards from the right, so that what an untrusted client
/// wrote on the left cannot change how those on its right are read. This is syntax only; whom to
/// trust is the caller's business.
public struct ForwardingChain: Sendable {
    /// The notation of a field.
    public enum Notation: Sendable {
        /// X-Forwarded-For: addresses, with commas between them.
        case addresses
        /// Forwarded (RFC 7239 section 4): `for=` and other parameters.
        case forwarded
    }

    /// One element of the list.
    public struct Element: Sendable, Equatable {
        /// The place in `RequestHead.fields` of the line that it stands in.
        public let line: Int
        /// Where the element is, without white space around it.
        ///
        /// From its start to the end of the line, and all later lines, is what it and the nodes
        /// behind it wrote.
        public let range: ByteRange
        /// Where the address of the node is that it names: IPv4 or IPv6, without brackets, quotes
        /// and port, its form not checked further.
        ///
        /// Nil if the element is malformed, or names no address (`unknown`, `_hidden`).
        public let node: ByteRange?
    }

    private let field: FieldName
    private let notation: Notation
    /// The line being read, and where what is left of it ends; the lines before it are untouched.
    private var line: Int
    private var end: Int?

    /// Makes the chain of one of the two fields of a head, about to read its last element.
    public init(_ notation: Notation, of head: borrowing RequestHead) {
        self.notation = notation
        field = notation == .forwarded ? .forwarded : .xForwardedFor
        line = head.fields.count
        end = nil
    }

    /// Reads the next element to the left, over all lines of the field.
    ///
    /// Empty elements are left out (RFC 9110 section 5.6.1).
    ///
    /// - Parameters:
    ///   - head: The head that the chain was made of.
    ///   - bytes: The octets that it was read from.
    /// - Returns: The element, or nil at the end.
    public mutating func next(
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) -> Element? {
        while true {
            guard let end else {
                guard startLine(of: head) else { return nil }
                continue
            }
            let value = bytes.bytes(in: head.fields[line].value)
            let start = elementStart(in: value, before: end)
            self.end = start > 0 ? start &- 1 : nil
            let member = value.trimmingWhitespace(from: start, to: end)
            guard !member.isEmpty else { continue }
            let offset = head.fields[line].value.lowerBound
            let text = value.bytes(in: member)
            let node = notation == .forwarded ? Self.forwardedNode(text) : Self.address(text)
            let shift = offset &+ member.lowerBound
            return Element(
                line: line,
                range: member.shifted(by: offset),
                node: node?.shifted(by: shift)
            )
        }
    }

    /// Goes to the last line of the field before the one that is over; false if there is none.
    private mutating func startLine(of head: borrowing RequestHead) -> Bool {
        line = min(line, head.fields.count) &- 1
        while line >= 0, head.fields[line].field != field { line &-= 1 }
        guard line >= 0 else {
            line = 0
            return false
        }
        end = head.fields[line].value.count
        return true
    }

    /// Where the element that ends at `end` begins: behind a comma that is not quoted.
    ///
    /// An element with an odd number of quotes is malformed, so it does not matter which commas
    /// to its left count.
    private func elementStart(in value: Span<UInt8>, before end: Int) -> Int {
        var isQuoted = false
        var index = min(end, value.count)
        while index > 0 {
            let octet = value[index &- 1]
            if octet == Octet.quote, notation == .forwarded { isQuoted.toggle() }
            if octet == Octet.comma, !isQuoted { break }
            index &-= 1
        }
        return index
    }

    /// The address that an element of Forwarded names with its one `for` parameter.
    private static func forwardedNode(_ text: Span<UInt8>) -> ByteRange? {
        var node: ByteRange?
        var index = 0
        while true {
            index = text.skipWhitespace(from: index)
            let start = index
            while index < text.count, text[index] != Octet.semicolon {
                guard text[index] != Octet.backslash else { return nil }
                if text[index] == Octet.quote {
                    index &+= 1
                    while index < text.count, text[index] != Octet.quote { index &+= 1 }
                    guard index < text.count else { return nil }
                }
                index &+= 1
            }
            let pair = text.trimmingWhitespace(from: start, to: index)
            if text.bytes(in: pair).hasPrefix("for=") {
                guard node == nil, let address = quotedAddress(text.bytes(in: pair)) else {
                    return nil
                }
                node = address.shifted(by: pair.lowerBound)
            }
            guard index < text.count else { return node }
            index &+= 1
        }
    }

    /// The address in `for=`, a token or quoted string.
    private static func quotedAddress(_ pair: Span<UInt8>) -> ByteRange? {
        var lower = 4
        var upper = pair.count
        if lower < upper, pair[lower] == Octet.quote {
            guard upper &- lower >= 2, pair[upper &- 1] == Octet.quote else { return nil }
            lower &+= 1
            upper &-= 1
        }
        return address(pair.bytes(in: ByteRange(lower, upper)))?.shifted(by: lower)
    }

    /// The address of a node: `IPv4`, `IPv4:port`, `IPv6`, `[IPv6]` or `[IPv6]:port`.
    private static func address(_ node: Span<UInt8>) -> ByteRange? {
        var start = 0
        var end = node.count
        guard end > 0 else { return nil }
        if node[0] == Octet.openingBracket {
            start = 1
            end = 1
            while end < node.count, node[end] != Octet.closingBracket { end &+= 1 }
            guard end < node.count else { return nil }
            if end &+ 1 < node.count {
                guard isPort(node, from: end &+ 1) else { return nil }
            }
        } else {
            var colons = 0
            var last = 0
            for index in 0..<node.count where node[index] == Octet.colon {
                colons &+= 1
                last = index
            }
            if colons == 1 {
                guard isPort(node, from: last) else { return nil }
                end = last
            }
        }
        guard start < end else { return nil }
        for index in start..<end {
            let octet = node[index]
            guard octet.hexadecimalValue != nil || octet == Octet.dot || octet == Octet.colon
            else { return nil }
        }
        return ByteRange(start, end)
    }

    /// Whether a colon and 1 to 5 digits, or an obfuscated port, stand from `start` to the end.
    private static func isPort(_ node: Span<UInt8>, from start: Int) -> Bool {
        guard node[start] == Octet.colon, start &+ 1 < node.count else { return false }
        let isObfuscated = node[start &+ 1] == 0x5F
        guard isObfuscated || node.count &- start <= 6 else { return false }
        for index in (start &+ 1)..<node.count {
            guard isObfuscated ? node[index].isIn(.token) : node[index].isDigit else {
                return false
            }
        }
        return true
    }
}
