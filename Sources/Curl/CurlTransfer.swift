internal import CCurl
internal import HTTPMessage

/// One request that libcurl sends itself, over HTTP/2, in the shape of a connection on which
/// HTTP/1.1 is spoken.
///
/// What the exchange writes, and what it reads, are the octets of an HTTP/1.1 message: the request
/// is taken apart here for libcurl, and libcurl's response is put together as one. So all that is
/// checked of a response is checked of this one too (decision record 19).
///
/// Both directions are bounded: beyond the bounds libcurl is paused, and so is the origin.
final class CurlTransfer {
    /// The connection that it is the inside of.
    unowned let connection: CurlConnection
    private unowned let loop: CurlLoop

    // The request.
    /// How many octets of the head, which libcurl has whole, are still to be taken.
    private var headLeft: Int
    /// Whether another request may follow on the connection.
    private let keepsConnection: Bool
    private var content: BodyReader
    private var upload = OctetQueue()
    private var isUploadPaused = false
    private var wantsRoom = false
    /// Whether the response may have ended, which libcurl does not look at by itself.
    private var mayBeOver = false

    // The response.
    private var reader: ResponseLines
    private var download = OctetQueue()
    private var isDownloadPaused = false
    private(set) var isOver = false
    private var failure: CurlError?

    /// How often it was about to be sent.
    private var attempts = 0
    /// Whether it went out on a connection that had been used before.
    private(set) var isOnUsedConnection = false

    /// How much is held in either direction.
    private static let heldBytesMax = 64 * 1024

    /// - Parameters:
    ///   - connection: What it is the inside of.
    ///   - loop: Whose it is.
    ///   - request: The request, for which libcurl's handle was configured.
    ///   - keepsConnection: Whether another request may follow on the connection.
    init(
        _ connection: CurlConnection,
        loop: CurlLoop,
        request: TransferRequest,
        keepsConnection: Bool
    ) {
        self.keepsConnection = keepsConnection
        self.connection = connection
        self.loop = loop
        headLeft = request.headLength
        content = BodyReader(request.framing, limits: MessageLimits())
        reader = ResponseLines(answersHead: request.isHead)
    }

    // MARK: The exchange's side

    /// Takes octets of the request, as `CurlConnection.send`.
    func send(_ bytes: Span<UInt8>) -> CurlConnection.SendOutcome {
        if isOver { return .failed(failure ?? Self.endedError) }
        var taken = min(headLeft, bytes.count)
        headLeft -= taken
        while taken < bytes.count, !content.isFinished, upload.count < Self.heldBytesMax {
            let rest = bytes.extracting(taken...)
            let room = min(rest.count, Self.heldBytesMax)
            var used = 0
            switch content.read(rest.extracting(..<room), consumed: &used) {
            case .content(let range): upload.append(rest.bytes(in: range))
            case .needsMore, .end: break
            case .malformed: return .failed(Self.endedError)
            }
            taken += used
            if used == 0 { break }
        }
        // Nothing can stand behind the content.
        if content.isFinished { taken = bytes.count }
        if isUploadPaused, !upload.isEmpty || content.isFinished { resume() }
        if taken == 0 {
            wantsRoom = true
            return .wouldBlock
        }
        return .sent(taken)
    }

    /// Gives octets of the response, as `CurlConnection.receive`.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> CurlConnection.ReceiveOutcome {
        let count = unsafe download.take(into: buffer)
        if isDownloadPaused, download.count < Self.heldBytesMax / 2 { resume() }
        if mayBeOver {
            mayBeOver = false
            // It sends no more, and looks whether that was the end when it is told to go on (L-21).
            _ = unsafe curl_easy_pause(connection.handle, CURLPAUSE_RECV)
            resume()
        }
        if count > 0 { return .received(count) }
        guard isOver, download.isEmpty else { return .wouldBlock }
        return failure.map { .failed($0) } ?? .endOfStream
    }

    /// Lets libcurl go on with what it was told to wait with; it asks again if it still has to.
    private func resume() {
        isUploadPaused = false
        isDownloadPaused = false
        // What is wrong with it is told by its message.
        _ = unsafe curl_easy_pause(connection.handle, CURLPAUSE_CONT)
    }

    // MARK: libcurl's side

    /// Before the request is sent on a connection that is made.
    ///
    /// - Returns: Whether it may be: libcurl never gets to send one a second time, because what may
    ///   be repeated is the exchange's to know (RFC 9110 §9.2.2).
    func mayBegin() -> Bool {
        attempts += 1
        guard attempts == 1 else { return false }
        isOnUsedConnection = connection.lastConnectionWasUsed()
        loop.report(.connected, of: connection)
        return true
    }

    /// The next octets of the content.
    ///
    /// - Returns: How many there are: 0 at the end, nil if they are still to come.
    func read(into room: UnsafeMutableRawBufferPointer) -> Int? {
        let count = unsafe upload.take(into: room)
        if wantsRoom, upload.count < Self.heldBytesMax / 2 {
            wantsRoom = false
            loop.report(.writable, of: connection)
        }
        if count > 0 || content.isFinished { return count }
        isUploadPaused = true
        return nil
    }

    /// A line of the response's head or trailer section.
    ///
    /// - Returns: Whether it can stand there.
    func take(line: Span<UInt8>) -> Bool {
        do throws(CurlError) {
            guard try reader.take(line: line, into: &download) else { return true }
            if !keepsConnection || reader.challenges { connection.forbidReuse() }
            mayBeOver = reader.isRefusal
            loop.report(.readable, of: connection)
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Octets of the response's content.
    ///
    /// - Returns: Whether they were taken; libcurl offers them again otherwise.
    func take(content bytes: Span<UInt8>) -> Bool {
        guard download.count < Self.heldBytesMax else {
            isDownloadPaused = true
            return false
        }
        reader.take(content: bytes, into: &download)
        loop.report(.readable, of: connection)
        return true
    }

    /// libcurl is done with it.
    func finished(_ result: CURLcode) {
        isOver = true
        if result != CURLE_OK {
            failure = failure ?? error(result)
        } else if !reader.finish(into: &download) {
            failure = Self.endedError
        }
        guard attempts > 0 else {
            connection.connectFailure = failure ?? Self.endedError
            return loop.report(.failed, of: connection)
        }
        loop.report([.readable, .hangup], of: connection)
    }

    private func error(_ result: CURLcode) -> CurlError {
        // Refused by `mayBegin`: the first try had come to nothing.
        if result == CURLE_ABORTED_BY_CALLBACK { return Self.endedError }
        // A connection that was kept, and that the origin is about to close.
        if result == CURLE_HTTP2, isOnUsedConnection, !reader.hasBegun { return Self.endedError }
        return connection.error(result)
    }

    private static let endedError = CurlError(
        kind: .connectionBroken,
        description: "the connection ended before the response was whole"
    )
}

extension EasyHandle {
    /// Has libcurl call a transfer, which outlives the handle.
    borrowing func setCallbacks(of transfer: CurlTransfer) throws(CurlError) {
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        try check(unsafe ccurl_easy_set_prereq(pointer, curlWillSend, context))
        try check(unsafe ccurl_easy_set_read(pointer, curlReads, context))
        try check(unsafe ccurl_easy_set_header(pointer, curlHasLine, context))
        try check(unsafe ccurl_easy_set_write(pointer, curlHasContent, context))
    }
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    unsafe context.map { unsafe Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

/// `CURLOPT_PREREQFUNCTION`: the context is the transfer, here and below.
private func curlWillSend(
    _ context: UnsafeMutableRawPointer?,
    _ originAddress: UnsafeMutablePointer<CChar>?,
    _ ownAddress: UnsafeMutablePointer<CChar>?,
    _ originPort: Int32,
    _ ownPort: Int32
) -> Int32 {
    let mayBegin = unsafe transfer(context)?.mayBegin() ?? false
    return mayBegin ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// `CURLOPT_READFUNCTION`.
private func curlReads(
    _ room: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let buffer = unsafe UnsafeMutableRawBufferPointer(start: room, count: size &* count)
    return unsafe transfer(context)?.read(into: buffer) ?? ccurl_read_pause
}

/// `CURLOPT_HEADERFUNCTION`.
private func curlHasLine(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size &* count)
    let isTaken = unsafe transfer(context)?.take(line: line.bindMemory(to: UInt8.self).span)
    return isTaken == true ? line.count : 0
}

/// `CURLOPT_WRITEFUNCTION`.
private func curlHasContent(
    _ bytes: UnsafeMutablePointer<CChar>?,
    _ size: Int,
    _ count: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int {
    let content = unsafe UnsafeRawBufferPointer(start: bytes, count: size &* count)
    let isTaken = unsafe transfer(context)?.take(
        content: content.bindMemory(to: UInt8.self).span
    )
    return isTaken == true ? content.count : ccurl_write_pause
}
