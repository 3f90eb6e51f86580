extension RequestHead {
    /// How many empty lines may stand before a request line (RFC 9112 section 2.2).
    private static var leadingLinesMax: Int { 2 }

    /// Looks at octets that begin with the head's first.
    ///
    /// After `.incomplete` call it again with the same octets and more behind them: it goes on
    /// where it stopped. What has arrived is checked at once, so that junk without a line end is
    /// refused before a time-out. After `.malformed`, `method` and `target` are there for the log
    /// as far as they could be read. Once complete or malformed the outcome stays until `reset()`.
    public mutating func parse(_ bytes: Span<UInt8>, limits: MessageLimits) -> HeadOutcome {
        if stage == .finished { return .complete }
        if stage == .failed { return .malformed(fault) }
        let end = min(bytes.count, limits.headBytesMax, Int(Int32.max))
        do throws(MessageFault) {
            if try read(bytes, end: end, limits: limits) { return .complete }
            guard end == bytes.count else { throw MessageFault(.headTooLarge) }
            return .incomplete
        } catch {
            stage = .failed
            fault = error
            return .malformed(error)
        }
    }

    /// Reads one part after the other.
    ///
    /// This and the readers below return whether their part is over; false means that more octets
    /// are needed.
    private mutating func read(
        _ bytes: Span<UInt8>,
        end: Int,
        limits: MessageLimits
    ) throws(MessageFault) -> Bool {
        guard position <= end else { return false }
        if stage == .leadingLines {
            guard try readLeadingLines(bytes, end: end) else { return false }
        }
        if stage == .method {
            guard try readMethod(bytes, end: end, limits: limits) else { return false }
        }
        if stage == .path || stage == .query {
            guard try readTarget(bytes, end: end, limits: limits) else { return false }
        }
        if stage == .version {
            guard try readVersion(bytes, end: end) else { return false }
        }
        return try readFields(bytes, end: end, limits: limits)
    }

    private mutating func readLeadingLines(
        _ bytes: Span<UInt8>,
        end: Int
    ) throws(MessageFault) -> Bool {
        while position < end {
            switch bytes[position] {
            case Octet.carriageReturn:
                guard position < Self.leadingLinesMax &* 2 else {
                    throw MessageFault(.invalidRequestLine)
                }
                guard position &+ 1 < end else { return false }
                guard bytes[position &+ 1] == Octet.lineFeed else { throw MessageFault(.bareCR) }
                position &+= 2
            case Octet.lineFeed:
                throw MessageFault(.bareLF)
            default:
                partStart = position
                stage = .method
                return true
            }
        }
        return false
    }

    private mutating func readMethod(
        _ bytes: Span<UInt8>,
        end: Int,
        limits: MessageLimits
    ) throws(MessageFault) -> Bool {
        let limit = partStart &+ min(limits.methodBytesMax, end &- partStart)
        position = bytes.skip(.token, from: position, to: limit)
        guard position < end else { return false }
        let octet = bytes[position]
        guard octet == Octet.space, position > partStart else {
            if octet.isIn(.token) { throw MessageFault(.methodTooLong) }
            throw Self.lineFault(octet, otherwise: .invalidMethod)
        }
        method = ByteRange(inHead: partStart, position)
        let name = bytes.bytes(in: method)
        methodKind = name.equals("OPTIONS") ? .options : name.equals("CONNECT") ? .connect : .other
        position &+= 1
        partStart = position
        stage = .path
        return true
    }

    private mutating func readTarget(
        _ bytes: Span<UInt8>,
        end: Int,
        limits: MessageLimits
    ) throws(MessageFault) -> Bool {
        let limit = partStart &+ min(limits.targetBytesMax, end &- partStart)
        if stage == .path {
            position = bytes.skip(.targetPath, from: position, to: limit)
            if position < limit, bytes[position] == Octet.queryMark {
                queryMark = position
                stage = .query
            }
        }
        position = bytes.skip(.target, from: position, to: limit)
        // What could be read of a target is for the log even where the rest is refused.
        target = ByteRange(inHead: partStart, position)
        guard position < end else { return false }
        let octet = bytes[position]
        guard octet == Octet.space, position > partStart else {
            if octet == Octet.fragmentMark { throw MessageFault(.fragmentInTarget) }
            if octet.isIn(.target) { throw MessageFault(.targetTooLong) }
            throw Self.lineFault(octet, otherwise: .invalidTarget)
        }
        position &+= 1
        partStart = position
        stage = .version
        return true
    }

    /// Reads `HTTP/1.1` and CRLF, then judges the target, whose forms depend on the method.
    private mutating func readVersion(
        _ bytes: Span<UInt8>,
        end: Int
    ) throws(MessageFault) -> Bool {
        switch HTTPVersion.read(bytes, from: partStart, end: end) {
        case .version(let version): self.version = version
        case .incomplete: return false
        case .unsupported: throw MessageFault(.unsupportedVersion)
        case .invalid: throw MessageFault(.invalidRequestLine)
        }
        position = partStart &+ HTTPVersion.octetCount
        guard position < end else { return false }
        guard bytes[position] == Octet.carriageReturn else {
            throw Self.lineFault(bytes[position], otherwise: .invalidRequestLine)
        }
        guard position &+ 1 < end else { return false }
        guard bytes[position &+ 1] == Octet.lineFeed else { throw MessageFault(.bareCR) }
        position &+= 2
        try requestTarget.read(bytes, in: target, queryMark: queryMark, method: methodKind)
        reader.start(at: position)
        stage = .fields
        return true
    }

    private mutating func readFields(
        _ bytes: Span<UInt8>,
        end: Int,
        limits: MessageLimits
    ) throws(MessageFault) -> Bool {
        while true {
            switch reader.next(bytes, end: end, lineBytesMax: limits.fieldLineBytesMax) {
            case .line(let line):
                guard fields.count < limits.fieldCountMax else {
                    throw MessageFault(.tooManyFields)
                }
                fields.append(line)
                let fault = summary.add(
                    line,
                    in: bytes,
                    role: .request,
                    version: version,
                    limits: limits
                )
                if let fault { throw MessageFault(fault) }
            case .end:
                try finish(bytes)
                return true
            case .incomplete:
                return false
            case .malformed(let code):
                throw MessageFault(code)
            }
        }
    }

    /// Judges what only the whole head tells: the authority and the framing.
    private mutating func finish(_ bytes: Span<UInt8>) throws(MessageFault) {
        length = reader.position
        if summary.host == nil, version == .http11 { throw MessageFault(.missingHost) }
        effectiveAuthority = requestTarget.authority ?? summary.host
        // CONNECT's target need not agree: no policy can allow the method.
        if requestTarget.form == .absolute, let named = requestTarget.authority,
            let host = summary.host,
            !named.agrees(with: host, defaultPort: requestTarget.defaultPort, in: bytes)
        {
            throw MessageFault(.authorityMismatch)
        }
        if summary.contains(.transferEncoding) {
            guard summary.contentLength == nil else {
                throw MessageFault(.contentLengthWithTransferEncoding)
            }
            framing = .chunked
        } else if let contentLength = summary.contentLength {
            framing = .length(contentLength)
        }
        stage = .finished
    }

    /// The fault of a request line that an octet breaks off.
    private static func lineFault(
        _ octet: UInt8,
        otherwise code: MessageFault.Code
    ) -> MessageFault {
        switch octet {
        case Octet.lineFeed: MessageFault(.bareLF)
        case Octet.carriageReturn, Octet.space: MessageFault(.invalidRequestLine)
        default: MessageFault(code)
        }
    }
}
