/// What the field lines of a head mean together, gathered as they are read.
struct FieldSummary: Sendable {
    /// Which side sent the head: a client's mistakes are refused where some of an origin's are not.
    enum Role: Sendable {
        case request, response
    }

    /// The known fields that are present, by `FieldName.bit`.
    private(set) var known: UInt64 = 0
    /// The value of Content-Length.
    private(set) var contentLength: UInt64?
    /// The value of Host.
    private(set) var host: Authority?
    private(set) var wantsClose = false
    private(set) var wantsKeepAlive = false
    /// Whether Connection names fields beyond the options that this gateway knows.
    private(set) var namesFields = false
    private(set) var expectsContinue = false
    private(set) var hasUnknownExpectation = false
    private var connectionOptionCount = 0

    init() {}

    /// Whether a field is present.
    @inline(__always)
    func contains(_ field: FieldName) -> Bool {
        known & field.bit != 0 && field != .other
    }

    /// Takes one more line into account; returns what is wrong with it, or nil.
    @inline(__always)
    mutating func add(
        _ line: FieldLine,
        in bytes: Span<UInt8>,
        role: Role,
        version: HTTPVersion,
        limits: MessageLimits
    ) -> MessageFault.Code? {
        let field = line.field
        guard field != .other else { return nil }
        let isRepeated = known & field.bit != 0
        known |= field.bit
        switch field {
        case .host:
            guard role == .request else { return nil }
            if isRepeated { return .duplicateHost }
            host = Authority(bytes, in: line.value)
            return host == nil ? .invalidHost : nil
        case .contentLength:
            if Self.hasTabBehind(line.value, in: bytes) { return .invalidContentLength }
            return addContentLength(bytes.bytes(in: line.value), isRepeated: isRepeated, role: role)
        case .transferEncoding:
            if version == .http10 { return .chunkedInHTTP10 }
            if isRepeated || Self.hasTabBehind(line.value, in: bytes) {
                return .invalidTransferEncoding
            }
            return Self.transferEncodingFault(bytes.bytes(in: line.value))
        case .connection:
            return addConnectionOptions(bytes.bytes(in: line.value), limits: limits)
        case .expect:
            addExpectation(bytes.bytes(in: line.value), version: version)
            return nil
        default:
            return nil
        }
    }

    /// Whether the connection persists, as far as its fields say (RFC 9112 section 9.3).
    func keepsAlive(_ version: HTTPVersion) -> Bool {
        switch version {
        case .http11: !wantsClose
        case .http10: wantsKeepAlive && !wantsClose
        }
    }

    /// `Content-Length = 1*DIGIT` (RFC 9110 section 8.6), as one line.
    ///
    /// A response may repeat the same value on another line.
    private mutating func addContentLength(
        _ value: Span<UInt8>,
        isRepeated: Bool,
        role: Role
    ) -> MessageFault.Code? {
        if isRepeated, role == .request { return .conflictingContentLength }
        guard let length = Self.decimal(value) else { return .invalidContentLength }
        if let contentLength, contentLength != length { return .conflictingContentLength }
        contentLength = length
        return nil
    }

    /// Whether HTAB is in the white space behind a value.
    ///
    /// The grammar allows it, but parsers disagree about what it does to a framing field (llhttp
    /// refuses such a length and does not know such a coding), and no client sends it.
    private static func hasTabBehind(_ value: ByteRange, in bytes: Span<UInt8>) -> Bool {
        var index = value.upperBound
        while index < bytes.count, bytes[index].isWhitespace {
            if bytes[index] == Octet.horizontalTab { return true }
            index &+= 1
        }
        return false
    }

    /// The value of `1*DIGIT`, at most `Int64.max`; nil for anything else.
    private static func decimal(_ digits: Span<UInt8>) -> UInt64? {
        guard !digits.isEmpty else { return nil }
        var value: UInt64 = 0
        for index in 0..<digits.count {
            guard digits[index].isDigit else { return nil }
            let (product, productOverflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, sumOverflows) = product.addingReportingOverflow(UInt64(digits[index] &- 0x30))
            guard !productOverflows, !sumOverflows, sum <= UInt64(Int64.max) else { return nil }
            value = sum
        }
        return value
    }

    /// What is wrong with a Transfer-Encoding that has to be `chunked`, or nil (RFC 9112 section
    /// 6.1).
    private static func transferEncodingFault(_ value: Span<UInt8>) -> MessageFault.Code? {
        if value.spells("chunked") { return nil }
        // Well-formed, with a coding that is not known here: 501. Anything else is an attack or a
        // mistake, above all `chunked` twice or not at the end.
        var members = ListMembers()
        var hasUnknownCoding = false
        var isAfterChunked = false
        while let member = members.next(in: value) {
            let coding = value.bytes(in: member)
            for index in 0..<coding.count where !coding[index].isIn(.token) {
                return .invalidTransferEncoding
            }
            if isAfterChunked { return .invalidTransferEncoding }
            isAfterChunked = coding.spells("chunked")
            hasUnknownCoding = hasUnknownCoding || !isAfterChunked
        }
        return hasUnknownCoding ? .unsupportedTransferCoding : .invalidTransferEncoding
    }

    /// `Connection = #connection-option` (RFC 9110 section 7.6.1).
    ///
    /// More options than a head may have fields cannot all name one; refusing them bounds what
    /// looking them up can cost.
    private mutating func addConnectionOptions(
        _ value: Span<UInt8>,
        limits: MessageLimits
    ) -> MessageFault.Code? {
        var members = ListMembers()
        while let member = members.next(in: value) {
            connectionOptionCount &+= 1
            guard connectionOptionCount <= limits.fieldCountMax else { return .tooManyFields }
            let option = value.bytes(in: member)
            if option.spells("close") {
                wantsClose = true
            } else if option.spells("keep-alive") {
                wantsKeepAlive = true
            } else if !FieldName(option).isAlwaysHopByHop {
                namesFields = true
            }
        }
        return nil
    }

    /// `Expect: 100-continue` is the one expectation there is, and HTTP/1.0 has none (RFC 9110
    /// section 10.1.1).
    private mutating func addExpectation(_ value: Span<UInt8>, version: HTTPVersion) {
        guard value.spells("100-continue") else {
            hasUnknownExpectation = true
            return
        }
        expectsContinue = version == .http11
    }
}
