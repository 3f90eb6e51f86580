/// What a line of either log tells of the request itself: views of its octets, nothing copied.
///
/// An empty value means that there is none, and its key is left out. No other field of the request
/// can reach a log (B-65).
struct LoggedRequest: ~Escapable {
    /// The method as sent.
    let method: Span<UInt8>
    /// The path of the request target as sent.
    let path: Span<UInt8>
    /// The query as sent, without its question mark.
    let query: Span<UInt8>
    /// The host as sent.
    let host: Span<UInt8>
    /// The value of User-Agent as sent.
    let userAgent: Span<UInt8>
    /// The value of Referer as sent; for lines in the combined format alone.
    let referer: Span<UInt8>
    /// The client's address as text.
    let clientAddress: Span<UInt8>
    /// The client's port; 0 where there is none.
    var clientPort: UInt16 = 0
    /// `1.0`, `1.1` or `2`; a literal.
    var protocolVersion = ""

    /// Takes the octets of a request; the other values are set after.
    @_lifetime(
        copy method,
        copy path,
        copy query,
        copy host,
        copy userAgent,
        copy referer,
        copy clientAddress
    )
    init(
        method: Span<UInt8>,
        path: Span<UInt8>,
        query: Span<UInt8> = Span(),
        host: Span<UInt8>,
        userAgent: Span<UInt8>,
        referer: Span<UInt8> = Span(),
        clientAddress: Span<UInt8>
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.host = host
        self.userAgent = userAgent
        self.referer = referer
        self.clientAddress = clientAddress
    }
}
