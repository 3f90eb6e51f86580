extension ResponseHead {
    /// Looks at octets that begin with the head's first.
    ///
    /// After `.incomplete` call it again with the same octets and more behind them: it goes on
    /// where it stopped. Once complete or malformed the outcome stays until `reset()`.
    ///
    /// - Parameters:
    ///   - bytes: What has arrived.
    ///   - answeringHead: Whether the request's method was HEAD, so that there is no content.
    ///   - limits: How large the head may be.
    /// - Returns: Whether the head is complete, valid so far, or malformed and why.
    public mutating func parse(
        _ bytes: Span<UInt8>,
        answeringHead: Bool,
        limits: MessageLimits
    ) -> HeadOutcome {
        if stage == .finished { return .complete }
        if stage == .failed { return .malformed(fault) }
        let end = min(bytes.count, limits.headBytesMax, Int(Int32.max))
        do throws(MessageFault) {
            if try read(bytes, end: end, limits: limits) {
                try finish(answeringHead: answeringHead)
                return .complete
            }
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
        if stage == .version {
            guard try readVersion(bytes, end: end) else { return false }
        }
        if stage == .status {
            guard try readStatus(bytes, end: end) else { return false }
        }
        if stage == .reason {
            guard try readReason(bytes, end: end) else { return false }
        }
        return try readFields(bytes, end: end, limits: limits)
    }

    private mutating func readVersion(
        _ bytes: Span<UInt8>,
        end: Int
    ) throws(MessageFault) -> Bool {
        switch HTTPVersion.read(bytes, from: 0, end: end) {
        case .version(let version): self.version = version
        case .incomplete: return false
        case .unsupported: throw MessageFault(.unsupportedVersion)
        case .invalid: throw MessageFault(.invalidStatusLine)
        }
        position = HTTPVersion.octetCount
        guard position < end else { return false }
        guard bytes[position] == Octet.space else { throw MessageFault(.invalidStatusLine) }
        position &+= 1
        stage = .status
        return true
    }

    /// Reads `3DIGIT` and what follows it: SP, or nothing where there is no reason phrase.
    ///
    /// The grammar has the SP always, but its absence misleads nobody and is common.
    private mutating func readStatus(
        _ bytes: Span<UInt8>,
        end: Int
    ) throws(MessageFault) -> Bool {
        let start = HTTPVersion.octetCount &+ 1
        while position < end, position < start &+ 3 {
            guard bytes[position].isDigit else { throw MessageFault(.invalidStatus) }
            status = status &* 10 &+ Int(bytes[position] &- 0x30)
            position &+= 1
        }
        guard position < end else { return false }
        guard 100...599 ~= status else { throw MessageFault(.invalidStatus) }
        switch bytes[position] {
        case Octet.space: position &+= 1
        case Octet.carriageReturn: break
        case let octet:
            throw MessageFault(octet.isDigit ? .invalidStatus : .invalidStatusLine)
        }
        reason = ByteRange(position, position)
        stage = .reason
        return true
    }

    private mutating func readReason(
        _ bytes: Span<UInt8>,
        end: Int
    ) throws(MessageFault) -> Bool {
        position = bytes.skipFieldValue(from: position, to: end)
        guard position < end else { return false }
        switch bytes[position] {
        case Octet.carriageReturn: break
        case Octet.lineFeed: throw MessageFault(.bareLF)
        default: throw MessageFault(.invalidStatusLine)
        }
        guard position &+ 1 < end else { return false }
        guard bytes[position &+ 1] == Octet.lineFeed else { throw MessageFault(.bareCR) }
        reason = ByteRange(reason.lowerBound, position)
        position &+= 2
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
                    role: .response,
                    version: version,
                    limits: limits
                )
                if let fault { throw MessageFault(fault) }
            case .end:
                return true
            case .incomplete:
                return false
            case .malformed(let code):
                throw MessageFault(code)
            }
        }
    }

    /// Decides the framing (RFC 9112 section 6.3), and with it whether the connection can be used
    /// again.
    private mutating func finish(answeringHead: Bool) throws(MessageFault) {
        length = reader.position
        let hasTransferEncoding = summary.contains(.transferEncoding)
        guard !hasTransferEncoding || summary.contentLength == nil else {
            throw MessageFault(.contentLengthWithTransferEncoding)
        }
        keepsAlive = summary.keepsAlive(version)
        if isInformational || status == 204 {
            // These may have no framing fields (RFC 9110 section 8.6, RFC 9112 section 6.1). An
            // origin that sends them may send the content as well, which would be read as the next
            // response.
            framing = .none
            if hasTransferEncoding || (summary.contentLength ?? 0) > 0 { keepsAlive = false }
        } else if answeringHead || status == 304 {
            framing = .none
        } else if hasTransferEncoding {
            framing = .chunked
        } else if let contentLength = summary.contentLength {
            framing = .length(contentLength)
        } else {
            framing = .untilClose
            keepsAlive = false
        }
        stage = .finished
    }
}
