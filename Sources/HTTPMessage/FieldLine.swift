/// One field line of a head or trailer section, as ranges of the octets that it was read from.
public struct FieldLine: Sendable, Equatable {
    /// Where the field name is, as sent.
    public let name: ByteRange
    /// Where the field value is, without the white space around it (RFC 9110 section 5.5).
    public let value: ByteRange
    /// Which known field it is.
    public let field: FieldName

    /// Makes a field line from its parts.
    public init(name: ByteRange, value: ByteRange, field: FieldName) {
        self.name = name
        self.value = value
        self.field = field
    }
}
