/// A section of field lines that stands by itself: a trailer section.
public enum FieldSection {
    /// Reads field lines, each ended by CRLF, without a final empty line.
    ///
    /// The lines are as strictly read as a head's (RFC 9112 section 5). `lines` is emptied first
    /// and keeps its capacity; after a fault it holds the lines before it.
    ///
    /// - Returns: What is wrong, or nil.
    public static func parse(
        _ bytes: Span<UInt8>,
        limits: MessageLimits,
        into lines: inout [FieldLine]
    ) -> MessageFault? {
        lines.removeAll(keepingCapacity: true)
        var reader = FieldLineReader(sectionStart: 0)
        while reader.position < bytes.count {
            switch reader.next(bytes, end: bytes.count, lineBytesMax: limits.fieldLineBytesMax) {
            case .line(let line):
                guard lines.count < limits.fieldCountMax else {
                    return MessageFault(.tooManyFields)
                }
                lines.append(line)
            case .malformed(let code):
                return MessageFault(code)
            case .end, .incomplete:
                // An empty line inside, or a last line that nothing ends.
                return MessageFault(.invalidFieldName)
            }
        }
        return nil
    }
}
