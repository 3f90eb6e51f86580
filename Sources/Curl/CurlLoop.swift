internal import CCurl
internal import CLinux
internal import Glibc

/// libcurl on an event loop: one multi handle, and an epoll descriptor that gathers its sockets.
///
/// Not thread-safe: everything is called on the thread of the event loop that owns it. Whoever owns
/// it waits for `descriptor` to become readable (see `ReadinessNotice`, `Watcher`), then calls
/// `poll` and `dispatch`, and calls `timerFired` when the time last given to `onTimer` has passed.
///
/// Connections being made, and those of transfers, are libcurl's: it says which sockets to watch.
/// Other made connections are watched here, edge-triggered and registered once, so an exchange on
/// one costs no `epoll_ctl`.
@safe
public final class CurlLoop {
    /// The epoll descriptor.
    public let descriptor: Int32
    /// Called when libcurl wants `timerFired` after so many milliseconds, or (nil) no longer.
    public var onTimer: ((Int?) -> Void)?
    /// Called when there is something for `dispatch` to report that `poll` did not find.
    public var onReport: (() -> Void)?

    private let multi: UnsafeMutableRawPointer
    private var slots: [Slot] = []
    private var freeSlots: [Int] = []
    /// Connections with events that `dispatch` has yet to report, in order of arrival.
    private var ready: [CurlConnection] = []
    /// The other array's storage, empty between two dispatches.
    private var reporting: [CurlConnection] = []
    private var readyConnecting: [(descriptor: Int32, mask: Int32)] = []
    private var events = [clinux_event](repeating: clinux_event(), count: 128)

    private struct Slot {
        var generation: UInt32 = 0
        var connection: CurlConnection?
    }

    /// Creates the multi handle and its epoll descriptor.
    ///
    /// - Throws: A `CurlError` if either cannot be had.
    public init() throws(CurlError) {
        _ = Self.globalInitialisation
        guard let multi = unsafe curl_multi_init() else {
            throw CurlError(kind: .other, description: "out of memory")
        }
        let descriptor = clinux_epoll_create()
        guard descriptor >= 0 else {
            unsafe curl_multi_cleanup(multi)
            throw CurlError(kind: .other, description: "no epoll descriptor: errno \(errno)")
        }
        unsafe self.multi = unsafe multi
        self.descriptor = descriptor
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        try check(unsafe ccurl_multi_set_socket_callback(multi, curlSocketChanged, context))
        try check(unsafe ccurl_multi_set_timer_callback(multi, curlTimerChanged, context))
        // Made connections sit in libcurl's cache; its own limit must never close one of ours.
        try check(unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, 1_000_000))
        // An HTTP/2 connection carries one request at a time: where several share one, a client
        // that reads slowly holds up the others (L-20).
        try check(unsafe ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING)))
    }

    deinit {
        onTimer = nil
        for slot in slots {
            guard let connection = slot.connection else { continue }
            connection.abandon()
            unsafe curl_multi_remove_handle(multi, connection.handle)
        }
        unsafe curl_multi_cleanup(multi)
        _ = Glibc.close(descriptor)
    }

    /// Once per process, before any handle (libcurl-thread(3)); Swift runs this exactly once.
    static let globalInitialisation = curl_global_init(Int(CURL_GLOBAL_ALL))

    /// Starts to connect.
    ///
    /// - Parameters:
    ///   - origin: Where to.
    ///   - options: Time-out and trust.
    /// - Returns: The connection; `.connected` or `.failed` is reported to its `onEvents` later,
    ///   never before this returns.
    /// - Throws: A `CurlError` if libcurl does not take the request.
    public func connect(
        to origin: OriginURL,
        options: ConnectOptions
    ) throws(CurlError) -> CurlConnection {
        let easy = try EasyHandle.connecting(to: origin, options: options)
        let connection = try place(easy, isSecure: origin.isSecure)
        try start(connection)
        return connection
    }

    /// Starts to send a request over HTTP/2, by libcurl itself.
    ///
    /// - Parameters:
    ///   - head: Octets of a request of HTTP/1.1, the whole head at least. They have to be the
    ///     first that the connection is given to send.
    ///   - origin: Where to.
    ///   - options: Time-out and trust.
    /// - Returns: What looks like a connection to an origin that speaks HTTP/1.1, for this one
    ///   request; `.connected` or `.failed` is reported to its `onEvents` later.
    /// - Throws: A `CurlError` if libcurl does not take the request.
    public func request(
        _ head: Span<UInt8>,
        from origin: OriginURL,
        options: ConnectOptions
    ) throws(CurlError) -> CurlConnection {
        var easy = try EasyHandle.requesting(from: origin, options: options)
        let request = try TransferRequest(head, configuring: &easy)
        let connection = try place(easy, isSecure: origin.isSecure)
        do {
            try connection.carry(
                request,
                loop: self,
                keepsConnection: options.isKept && EasyHandle.canReuse(origin)
            )
        } catch {
            release(connection)
            throw error
        }
        try start(connection)
        return connection
    }

    private func place(
        _ easy: consuming EasyHandle,
        isSecure: Bool
    ) throws(CurlError) -> CurlConnection {
        let index = freeSlots.popLast() ?? appendSlot()
        do {
            // One more than the index: a null pointer is libcurl's "nothing set".
            try easy.setIdentifier(UInt(index) + 1)
        } catch {
            freeSlots.append(index)
            throw error
        }
        let connection = CurlConnection(
            loop: self,
            easy: easy,
            identifier: UInt64(slots[index].generation) << 32 | UInt64(index),
            isSecure: isSecure
        )
        slots[index].connection = connection
        return connection
    }

    private func start(_ connection: CurlConnection) throws(CurlError) {
        do {
            try check(unsafe curl_multi_add_handle(multi, connection.handle))
        } catch {
            release(connection)
            throw error
        }
    }

    private func appendSlot() -> Int {
        slots.append(Slot())
        return slots.count - 1
    }

    /// Takes the connection out of libcurl, which closes its socket.
    func forget(_ connection: CurlConnection) {
        release(connection)
        unsafe curl_multi_remove_handle(multi, connection.handle)
    }

    private func release(_ connection: CurlConnection) {
        let index = Int(truncatingIfNeeded: connection.identifier & 0xFFFF_FFFF)
        slots[index].generation &+= 1
        slots[index].connection = nil
        freeSlots.append(index)
    }

    // MARK: Events

    /// Gathers what has happened without reporting it.
    ///
    /// - Returns: Whether there is anything for `dispatch` to do.
    public func poll() -> Bool {
        // Connections being made are level-triggered and come again and again, but behind those
        // that have not been told of: so many rounds tell of everything that happened before. One
        // may have several sockets: of both address families, and of its resolver.
        var rounds = 3 * slots.count / events.count + 2
        var count = 0
        repeat {
            rounds -= 1
            count = unsafe events.withUnsafeMutableBufferPointer { buffer in
                unsafe Int(
                    clinux_epoll_wait(descriptor, buffer.baseAddress, Int32(buffer.count), 0)
                )
            }
            for index in 0..<max(0, count) { gather(events[index]) }
        } while count == events.count && rounds > 0
        return !ready.isEmpty || !readyConnecting.isEmpty
    }

    private func gather(_ event: clinux_event) {
        if event.key & Self.connectingFlag != 0 {
            var mask: Int32 = 0
            if event.mask & clinux_in != 0 { mask |= CURL_CSELECT_IN }
            if event.mask & clinux_out != 0 { mask |= CURL_CSELECT_OUT }
            if event.mask & (clinux_error | clinux_hangup) != 0 { mask |= CURL_CSELECT_ERR }
            readyConnecting.append((Int32(truncatingIfNeeded: event.key), mask))
            return
        }
        guard let connection = connection(event.key) else { return }
        var happened: CurlConnection.Events = []
        if event.mask & clinux_in != 0 { happened.insert(.readable) }
        if event.mask & clinux_out != 0 { happened.insert(.writable) }
        if event.mask & (clinux_error | clinux_hangup) != 0 {
            happened.formUnion([.hangup, .readable])
        }
        enqueue(connection, happened)
    }

    private func enqueue(_ connection: CurlConnection, _ happened: CurlConnection.Events) {
        if connection.pendingEvents.isEmpty { ready.append(connection) }
        connection.pendingEvents.formUnion(happened)
    }

    /// Has something reported that libcurl told of while it was called.
    func report(_ happened: CurlConnection.Events, of connection: CurlConnection) {
        guard !connection.isClosed else { return }
        enqueue(connection, happened)
        onReport?()
    }

    private func connection(_ key: UInt64) -> CurlConnection? {
        let index = Int(truncatingIfNeeded: key & 0xFFFF_FFFF)
        guard index < slots.count, slots[index].generation == UInt32(truncatingIfNeeded: key >> 32)
        else { return nil }
        return slots[index].connection
    }

    /// Whether `dispatch` has something to report, without a look at the sockets.
    public var hasReports: Bool { !ready.isEmpty }

    /// Lets libcurl go on with its sockets, then reports every gathered event.
    public func dispatch() {
        if !readyConnecting.isEmpty {
            let connecting = readyConnecting
            readyConnecting.removeAll(keepingCapacity: true)
            for (descriptor, mask) in connecting { advance(descriptor, mask) }
            readMessages()
        }
        // What happens meanwhile is gathered beside what is being reported.
        var reported: [CurlConnection] = []
        swap(&reported, &reporting)
        swap(&reported, &ready)
        for connection in reported where !connection.isClosed {
            let happened = connection.pendingEvents
            connection.pendingEvents = []
            connection.onEvents?(happened)
        }
        reported.removeAll(keepingCapacity: true)
        swap(&reported, &reporting)
    }

    /// The time that libcurl asked for has passed.
    public func timerFired() {
        advance(CURL_SOCKET_TIMEOUT, 0)
        readMessages()
        if !ready.isEmpty { dispatch() }
    }

    private func advance(_ descriptor: Int32, _ mask: Int32) {
        var running: Int32 = 0
        // A failure here concerns a transfer, and its message tells; there is nothing else to do.
        _ = unsafe curl_multi_socket_action(multi, descriptor, mask, &running)
    }

    /// Reads which connections are made, and which could not be.
    private func readMessages() {
        var left: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &left) {
            guard unsafe message.pointee.msg == CURLMSG_DONE,
                let easy = unsafe message.pointee.easy_handle
            else { continue }
            let result = unsafe ccurl_message_result(message)
            var stored: UnsafeMutableRawPointer?
            guard unsafe ccurl_easy_get_private(easy, &stored) == CURLE_OK else { continue }
            let index = Int(bitPattern: stored) - 1
            guard slots.indices.contains(index), let connection = slots[index].connection else {
                continue
            }
            if let transfer = connection.transfer {
                transfer.finished(result)
            } else {
                finishConnecting(connection, result)
            }
        }
    }

    private func finishConnecting(_ connection: CurlConnection, _ result: CURLcode) {
        do throws(CurlError) {
            if result != CURLE_OK { throw connection.error(result) }
            let socket = try connection.socket()
            let mask = clinux_in | clinux_out | clinux_hangup | clinux_edge
            guard clinux_epoll_add(descriptor, socket, mask, connection.identifier) == 0 else {
                throw CurlError(kind: .other, description: "epoll_ctl: errno \(errno)")
            }
            enqueue(connection, .connected)
        } catch {
            connection.connectFailure = error
            enqueue(connection, .failed)
        }
    }

    // MARK: What libcurl asks for

    fileprivate func socketChanged(_ socket: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            _ = clinux_epoll_remove(descriptor, socket)
            return
        }
        var mask: UInt32 = 0
        if what == CURL_POLL_IN || what == CURL_POLL_INOUT { mask |= clinux_in }
        if what == CURL_POLL_OUT || what == CURL_POLL_INOUT { mask |= clinux_out }
        let key = Self.connectingFlag | UInt64(UInt32(bitPattern: socket))
        // libcurl may have closed and reopened the same number between two calls.
        if clinux_epoll_add(descriptor, socket, mask, key) != 0 {
            _ = clinux_epoll_modify(descriptor, socket, mask, key)
        }
    }

    fileprivate func timerChanged(_ milliseconds: Int) {
        onTimer?(milliseconds < 0 ? nil : milliseconds)
    }

    private static let connectingFlag: UInt64 = 1 << 63
}

/// `CURLMOPT_SOCKETFUNCTION`: the context is the loop, which outlives its multi handle.
private func curlSocketChanged(
    _ easy: UnsafeMutableRawPointer?,
    _ socket: curl_socket_t,
    _ what: Int32,
    _ context: UnsafeMutableRawPointer?,
    _ known: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context = unsafe context else { return 0 }
    let loop = unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue()
    loop.socketChanged(socket, what)
    return 0
}

/// `CURLMOPT_TIMERFUNCTION`: the context is the loop, which outlives its multi handle.
private func curlTimerChanged(
    _ multi: UnsafeMutableRawPointer?,
    _ milliseconds: Int,
    _ context: UnsafeMutableRawPointer?
) -> Int32 {
    guard let context = unsafe context else { return 0 }
    unsafe Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue()
        .timerChanged(milliseconds)
    return 0
}
