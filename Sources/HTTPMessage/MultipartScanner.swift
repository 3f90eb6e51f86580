/// Finds claims in multipart content as it streams (RFC 2046 section 5.1, RFC 7578).
struct MultipartScanner {
    private let names: OverrideNames
    private let boundary: [UInt8]

    init(boundary: [UInt8], names: OverrideNames) {
        self.names = names
        self.boundary = boundary
    }

    /// How many octets of the content are held.
    var heldBytes: Int { 0 }

    mutating func scan(_ bytes: Span<UInt8>, into claims: inout [ClaimedMethod]) -> MessageFault? {
        nil
    }

    mutating func finish(into claims: inout [ClaimedMethod]) -> MessageFault? {
        nil
    }
}
