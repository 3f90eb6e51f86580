internal import HTTPMessage

/// The access log: a record that begins with each request and becomes a line when it ends, whatever
/// ends it. Without the log there is never a record.
extension ClientConnection {
    /// Begins the record of a request, where requests are logged.
    ///
    /// - Parameters:
    ///   - head: As far as it could be read.
    ///   - bytes: The octets that it was read from.
    func beginAccess(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        guard let log = worker.access else { return }
        // One that is there already is of this same request, about which something else is known.
        let record = access ?? log.takeRecord()
        access = record
        record.begin(at: requestBegan, identifier: worker.identifier, trace: worker.trace.parent)
        let address = requester.text
        let referer = bytes.bytes(in: head.first(.referer)?.value ?? .empty)
        log.begin(record, logged(head, bytes, referer: referer, by: address.span))
    }

    /// What a request says, as far as its head could be read from `bytes`, for lines of either log.
    @_lifetime(copy bytes, copy referer, copy address)
    func logged(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        referer: Span<UInt8> = Span(),
        by address: Span<UInt8>
    ) -> LoggedRequest {
        var request = LoggedRequest(
            method: bytes.bytes(in: head.method),
            path: bytes.bytes(in: head.loggedPath(in: bytes)),
            query: bytes.bytes(in: head.query),
            host: bytes.bytes(in: head.authority),
            userAgent: bytes.bytes(in: head.userAgent),
            referer: referer,
            clientAddress: address
        )
        request.clientPort = requester.port
        request.protocolVersion = protocolVersion(head.version)
        return request
    }

    /// Now; where a head never became complete, when its first octet came.
    private var requestBegan: LogInstant {
        var began = worker.now
        guard isHeadArriving else { return began }
        let limit = worker.configuration.limits.headTimeoutMilliseconds
        let waited = max(began.monotonicMilliseconds - (deadlineMilliseconds - limit), 0)
        began.monotonicMilliseconds -= waited
        began.unixMilliseconds -= waited
        return began
    }

    /// Writes the line of the current request, if it has a record and none yet.
    func endAccess(_ end: AccessEnd) {
        if access != nil { writeAccess(end) }
    }

    @inline(never)
    private func writeAccess(_ end: AccessEnd) {
        guard let record = access else { return }
        access = nil
        record.end = end
        if case .forwarding(let exchange) = phase {
            record.upstream = exchange.upstreamName
            record.requestBytes = exchange.uploadedContentBytes
        }
        worker.endAccess(record)
    }
}
