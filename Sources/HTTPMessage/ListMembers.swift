/// Walks the members of a comma-separated list (RFC 9110 section 5.6.1), empty ones left out.
struct ListMembers {
    private var position = 0

    /// The next member's range in `value`, white space around it left out; nil at the end.
    mutating func next(in value: Span<UInt8>) -> ByteRange? {
        while position < value.count {
            let start = position
            while position < value.count, value[position] != Octet.comma { position &+= 1 }
            let member = value.trimmingWhitespace(from: start, to: position)
            position &+= 1
            if !member.isEmpty { return member }
        }
        return nil
    }
}
