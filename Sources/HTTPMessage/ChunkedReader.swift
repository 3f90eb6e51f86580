/// Reads the chunked transfer coding (RFC 9112 section 7.1).
///
/// Sizes are hexadecimal digits and nothing else: no white space, no sign, no `0x`. Extensions are
/// checked against their grammar, less the white space that it allows for old senders, and ignored.
struct ChunkedReader: Sendable {
    /// Where in the coding the next octet stands.
    private enum Position {
        case size
        case extensionName(isEmpty: Bool)
        case extensionValue
        case extensionToken
        case quotedString, quotedPair, afterQuotedString
        case sizeLineFeed
        case data
        case dataCarriageReturn, dataLineFeed
        case trailers
    }

    private var position = Position.size
    private var chunkLength: UInt64 = 0
    private var remaining: UInt64 = 0
    /// Octets of the chunk's line so far.
    private var lineLength = 0
    private var hasDigits = false
    private var trailers = FieldLineReader(sectionStart: 0)
    private var trailerCount = 0

    init() {}

    /// Reads the next part; see `BodyReader.read`.
    mutating func read(
        _ bytes: Span<UInt8>,
        consumed: inout Int,
        limits: MessageLimits
    ) -> BodyReader.Step {
        var index = 0
        while true {
            switch position {
            case .data:
                consumed = index
                guard index < bytes.count else { return .needsMore }
                let count = BodyReader.contentCount(bytes.count &- index, remaining: remaining)
                remaining &-= UInt64(count)
                if remaining == 0 { position = .dataCarriageReturn }
                consumed = index &+ count
                return .content(ByteRange(index, consumed))
            case .trailers:
                return readTrailers(bytes, from: index, consumed: &consumed, limits: limits)
            default:
                guard index < bytes.count else {
                    consumed = index
                    return .needsMore
                }
                if let code = take(bytes[index], limits: limits) {
                    consumed = index
                    return .malformed(MessageFault(code))
                }
                index &+= 1
            }
        }
    }

    /// Takes one octet that is neither content nor trailers; returns what is wrong with it, or nil.
    private mutating func take(_ octet: UInt8, limits: MessageLimits) -> MessageFault.Code? {
        switch position {
        case .dataCarriageReturn:
            position = .dataLineFeed
            return octet == Octet.carriageReturn ? nil : .missingChunkEnd
        case .dataLineFeed:
            startLine()
            return octet == Octet.lineFeed ? nil : .missingChunkEnd
        case .sizeLineFeed:
            guard octet == Octet.lineFeed else { return .bareCR }
            remaining = chunkLength
            position = remaining == 0 ? .trailers : .data
            return nil
        default:
            break
        }
        if octet == Octet.carriageReturn { return endLine() }
        if octet == Octet.lineFeed { return .bareLF }
        lineLength &+= 1
        guard lineLength <= limits.chunkLineBytesMax else { return .chunkLineTooLong }
        guard case .size = position else { return takeExtension(octet) }
        return takeSize(octet)
    }

    private mutating func startLine() {
        position = .size
        chunkLength = 0
        lineLength = 0
        hasDigits = false
    }

    private mutating func takeSize(_ octet: UInt8) -> MessageFault.Code? {
        if octet == Octet.semicolon, hasDigits {
            position = .extensionName(isEmpty: true)
            return nil
        }
        // The next digit must not push a bit out of Int64.
        guard let digit = octet.hexadecimalValue, chunkLength <= UInt64(Int64.max) &>> 4 else {
            return .invalidChunkSize
        }
        chunkLength = chunkLength &<< 4 | UInt64(digit)
        hasDigits = true
        return nil
    }

    /// `chunk-ext = *( ";" chunk-ext-name [ "=" chunk-ext-val ] )`, the value a token or quoted
    /// string.
    private mutating func takeExtension(_ octet: UInt8) -> MessageFault.Code? {
        switch position {
        case .extensionName(let isEmpty):
            if octet.isIn(.token) {
                position = .extensionName(isEmpty: false)
            } else if octet == Octet.equals, !isEmpty {
                position = .extensionValue
            } else if octet == Octet.semicolon, !isEmpty {
                position = .extensionName(isEmpty: true)
            } else {
                return .invalidChunkExtension
            }
        case .extensionValue:
            if octet == Octet.quote {
                position = .quotedString
            } else if octet.isIn(.token) {
                position = .extensionToken
            } else {
                return .invalidChunkExtension
            }
        case .quotedString:
            if octet == Octet.quote {
                position = .afterQuotedString
            } else if octet == Octet.backslash {
                position = .quotedPair
            } else if !octet.isFieldValueCharacter {
                return .invalidChunkExtension
            }
        case .quotedPair:
            guard octet.isFieldValueCharacter else { return .invalidChunkExtension }
            position = .quotedString
        case .extensionToken where octet.isIn(.token):
            break
        default:
            guard octet == Octet.semicolon else { return .invalidChunkExtension }
            position = .extensionName(isEmpty: true)
        }
        return nil
    }

    /// A CR: the line may end only where its size or an extension does.
    private mutating func endLine() -> MessageFault.Code? {
        switch position {
        case .size:
            guard hasDigits else { return .invalidChunkSize }
        case .extensionName(isEmpty: false), .extensionToken, .afterQuotedString:
            break
        default:
            return .invalidChunkExtension
        }
        position = .sizeLineFeed
        return nil
    }

    private mutating func readTrailers(
        _ bytes: Span<UInt8>,
        from start: Int,
        consumed: inout Int,
        limits: MessageLimits
    ) -> BodyReader.Step {
        let section = bytes.extracting(start..<bytes.count)
        let end = min(section.count, limits.trailerBytesMax)
        consumed = start
        while true {
            switch trailers.next(section, end: end, lineBytesMax: limits.fieldLineBytesMax) {
            case .line(let line):
                trailerCount &+= 1
                guard trailerCount <= limits.fieldCountMax else {
                    return .malformed(MessageFault(.tooManyFields))
                }
                guard !line.field.isRefusedInTrailers else {
                    return .malformed(MessageFault(.framingInTrailers))
                }
            case .end:
                consumed = start &+ trailers.position
                guard trailerCount > 0 else { return .end(trailers: .empty) }
                return .end(trailers: ByteRange(start, start &+ trailers.lineStart))
            case .incomplete:
                guard end == section.count else {
                    return .malformed(MessageFault(.trailersTooLarge))
                }
                return .needsMore
            case .malformed(let code):
                return .malformed(MessageFault(code))
            }
        }
    }
}
