internal import Curl
internal import NIOCore
internal import NIOPosix

/// A worker's origins: libcurl on its event loop, who waits for a connection, and the buffer that
/// responses are received in.
///
/// What clients ask in one turn of the event loop is passed on together, in the origins' turn
/// behind it, and what origins send is read there. So a busy worker looks at all its origins'
/// sockets with one or two system calls a turn, not with one a request (decision record 16).
final class OriginLoop {
    /// Called before anything that an event or a timer causes.
    var onEvent: (() -> Void)?
    private let eventLoop: any EventLoop
    /// How the event loop learns of events on origins' sockets: from the kernel itself, or where
    /// that is refused from a thread that waits for them.
    private let notice: ReadinessNotice?
    private let watcher: Watcher?
    private let nextLook: NextLook
    let curl: CurlLoop
    private var noticeChannel: (any Channel)?
    private var curlTimer: Scheduled<Void>?
    private var upstreamsToServe: [Upstream] = []
    private var upstreamsInTurn: [Upstream] = []
    private var isTurnScheduled = false
    /// Whether the next event on an origin's socket will be told of.
    private var isWatched = true
    private var receiveBuffer = ByteBuffer()

    static let receiveBytes = CurlConnection.receiveBytesMax

    /// - Parameters:
    ///   - eventLoop: The worker's, on whose thread this is made and used.
    ///   - watcher: The thread that waits for events; nil where the kernel tells of them.
    ///   - nextLook: The worker's.
    /// - Throws: A `CurlError` if libcurl, a descriptor or the notices cannot be had.
    init(eventLoop: any EventLoop, watcher: Watcher?, nextLook: NextLook) throws {
        self.eventLoop = eventLoop
        self.watcher = watcher
        self.nextLook = nextLook
        curl = try CurlLoop()
        notice = watcher == nil ? try ReadinessNotice(of: curl.descriptor) : nil
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        try watcher?.add(curl.descriptor) { [eventLoop] in
            eventLoop.execute { bound.value.originsReady() }
        }
        curl.onTimer = { [unowned self] milliseconds in self.setCurlTimer(milliseconds) }
        curl.onReport = { [unowned self] in self.scheduleTurn() }
    }

    /// Is told of nothing any more.
    func stop() {
        curlTimer?.cancel()
        watcher?.remove(curl.descriptor)
        noticeChannel?.close(promise: nil)
    }

    // MARK: Turns

    private func setCurlTimer(_ milliseconds: Int?) {
        curlTimer?.cancel()
        curlTimer = nil
        guard let milliseconds else { return }
        curlTimer = eventLoop.assumeIsolated().scheduleTask(
            in: .milliseconds(Int64(milliseconds))
        ) { [unowned self] in
            self.onEvent?()
            self.curl.timerFired()
        }
    }

    /// Has NIO read the notices of events on origins' sockets.
    func readNotices() throws -> EventLoopFuture<Void> {
        guard let notice else { return eventLoop.makeSucceededVoidFuture() }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        // The channel keeps this alive until `stop`: the notice's own end is one more event.
        return NoticeReader.open(try notice.duplicateEvent(), on: eventLoop) { self.originsReady() }
            .map { bound.value.noticeChannel = $0 }
    }

    /// Has the next event on an origin's socket told.
    private func watchOrigins() {
        isWatched = true
        if let notice {
            if !notice.arm() {
                // Out of kernel memory, if ever: look again soon.
                _ = eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) {
                    [unowned self] in self.originsReady()
                }
            }
        } else {
            watcher?.rearm(curl.descriptor)
        }
    }

    /// Something has happened on an origin's socket: the turn is taken at once, unless one is to
    /// come anyway.
    func originsReady() {
        isWatched = false
        if !isTurnScheduled { takeTurn() }
    }

    /// Serves who waits for a connection to this upstream once the loop has read what clients sent.
    func serveSoon(_ upstream: Upstream) {
        if !upstreamsToServe.contains(where: { $0 === upstream }) {
            upstreamsToServe.append(upstream)
        }
        scheduleTurn()
    }

    private func scheduleTurn() {
        guard !isTurnScheduled else { return }
        isTurnScheduled = true
        eventLoop.assumeIsolated().execute { [unowned self] in self.takeTurn() }
    }

    /// The origins' turn: everything that they sent, and everything that clients asked of them
    /// since the last one.
    private func takeTurn() {
        // Who comes while this turn is taken needs none scheduled.
        isTurnScheduled = true
        onEvent?()
        let hadEvents = curl.poll()
        if hadEvents { curl.dispatch() }
        if !upstreamsToServe.isEmpty {
            // Nothing may have happened on an idle connection before it is used again: the look has
            // to be later than the requests.
            let hasMore = hadEvents && curl.poll()
            // Who comes meanwhile is in the next turn's line.
            swap(&upstreamsToServe, &upstreamsInTurn)
            for upstream in upstreamsInTurn { upstream.serveWaiting() }
            upstreamsInTurn.removeAll(keepingCapacity: true)
            if hasMore { curl.dispatch() }
        }
        isTurnScheduled = false
        if !upstreamsToServe.isEmpty || curl.hasReports { scheduleLateTurn() }
        // Armed rather than looking again: what is there by now wakes the loop by way of its
        // selector, where clients have their turn too.
        if !isWatched { watchOrigins() }
    }

    /// The next turn, behind a look of NIO's at its clients.
    private func scheduleLateTurn() {
        isTurnScheduled = true
        nextLook.after { [unowned self] in self.takeTurn() }
    }

    // MARK: Receiving

    /// Whether nothing can be received, although the connection may have been reported readable.
    func isQuiet(_ transport: CurlConnection) -> Bool {
        var buffer = takeReceiveBuffer()
        defer { giveBack(&buffer) }
        return receive(from: transport, into: &buffer) == .wouldBlock
    }

    /// The shared buffer, empty, with room for one read.
    ///
    /// Give it back after use.
    func takeReceiveBuffer() -> ByteBuffer {
        var buffer = ByteBuffer()
        swap(&buffer, &receiveBuffer)
        // Storage that a pending write still holds is left to it.
        buffer.clear(minimumCapacity: Self.receiveBytes)
        return buffer
    }

    func giveBack(_ buffer: inout ByteBuffer) { swap(&buffer, &receiveBuffer) }

    func receive(
        from transport: CurlConnection,
        into buffer: inout ByteBuffer
    ) -> CurlConnection.ReceiveOutcome {
        var outcome = CurlConnection.ReceiveOutcome.wouldBlock
        unsafe buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.receiveBytes) { room in
            unsafe outcome = transport.receive(
                into: UnsafeMutableRawBufferPointer(rebasing: room[..<Self.receiveBytes])
            )
            if case .received(let count) = outcome { return count }
            return 0
        }
        return outcome
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension OriginLoop: Sendable {}
