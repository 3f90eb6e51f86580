/// How content is to be scanned for claims, as its Content-Type and Content-Encoding say.
public enum FormContent: Sendable, Equatable {
    /// There is no content, or it is no form.
    case none
    /// Pairs with `&` between them.
    case urlencoded
    /// Parts with this boundary between them (RFC 2046 section 5.1.1).
    case multipart(boundary: [UInt8])
    /// A form that servers would read differently, or that cannot be looked into.
    case refused(MessageFault)

    /// Reads what a head says of its content.
    ///
    /// Content without a type is a form, as Rack has it. A type is what it is to the laxest of
    /// servers: known by its first letters, in any case, or by standing anywhere in the field.
    ///
    /// - Parameters:
    ///   - head: A complete head.
    ///   - bytes: The octets that it was read from.
    public init(of head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        switch head.framing {
        case .none, .length(0):
            self = .none
            return
        default:
            break
        }
        guard head.count(of: .contentType) <= 1 else {
            self = .refused(MessageFault(.duplicateContentType))
            return
        }
        var content = FormContent.urlencoded
        if let line = head.first(.contentType) {
            content = Self.content(of: bytes.bytes(in: line.value))
        }
        guard content != .none, head.hasContentCoding(bytes) else {
            self = content
            return
        }
        self = .refused(MessageFault(.contentCoding))
    }

    /// What a Content-Type says.
    private static func content(of value: Span<UInt8>) -> FormContent {
        // What does not even begin like a type is no type.
        guard !value.isEmpty, value[0].isIn(.token) else { return .urlencoded }
        let isURLEncoded = value.contains("x-www-form-", "urlencoded")
        let isMultipart = value.contains("multipart/")
        guard isURLEncoded || isMultipart else { return .none }
        guard isURLEncoded != isMultipart else { return .refused(MessageFault(.ambiguousForm)) }
        guard ContentCharset.areSupersetsOfASCII(in: value) else {
            return .refused(MessageFault(.contentCharset))
        }
        if isURLEncoded { return .urlencoded }
        guard let boundary = MultipartType.boundary(in: value) else {
            return .refused(MessageFault(.invalidBoundary))
        }
        return .multipart(boundary: boundary)
    }
}

extension RequestHead {
    /// Whether the content has a coding, other than `identity` once.
    fileprivate func hasContentCoding(_ bytes: Span<UInt8>) -> Bool {
        for index in fields.indices where fields[index].field == .contentEncoding {
            let value = bytes.bytes(in: fields[index].value)
            guard value.isEmpty || value.spells("identity") else { return true }
        }
        return false
    }
}
