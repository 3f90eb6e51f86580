internal import NIOCore

/// Hands an HTTP/2 connection's frames to SwiftNIO, content only as its streams read.
///
/// SwiftNIO would keep each frame that waits for its stream with all the storage that it was read
/// from, and its parser all that it has read until a read ends where a frame ends. So frames are
/// handed on whole and in storage of their own, and content waits here, where little is kept
/// besides.
///
/// It does three things besides that SwiftNIO does not: large responses' fields go out in as many
/// frames as they need, our own SETTINGS hold as soon as the client's have come, and frames that
/// ask for nothing are too many only if nothing is asked for between them.
final class FrameFeed: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// What has come for a stream and waits for it.
    private struct Stream {
        var isReading = false
        /// Whether it is over: what waits counts for the connection's window alone.
        var isOver = false
        var content = ByteBuffer()
        /// Whether the stream ends with the content.
        var ends = false
        /// Frames that follow the content: content with padding, an end without content.
        var behind = ByteBuffer()
        var behindCount = 0
        /// What SwiftNIO holds of it until it reads.
        var insideBytes = 0
        /// Reads it; nil once it is over.
        var codec: StreamCodec?

        var waits: Bool { bytes > 0 }
        var bytes: Int { content.readableBytes + behind.readableBytes }
        /// How much of the stream's window waits (RFC 9113 §6.9).
        var windowBytes: Int { bytes - behindCount * FrameHead.bytes }
    }

    private enum State {
        case preface
        /// A frame is arriving, its head included.
        case frame
        /// Content is arriving, of a frame whose head has been read.
        case content(FrameHead, remaining: Int)
        /// The connection is lost.
        case broken
    }

    private let onFault: (_ reason: String) -> Void
    private var context: ChannelHandlerContext?
    private var state = State.preface
    /// What has come of a frame.
    private var partial = ByteBuffer()
    /// The stream whose block of fields goes on with the next frame (RFC 9113 §6.10).
    private var openBlock: Int?
    private var streams: [Int: Stream] = [:]
    private var waitingBytes = 0
    private var insideBytes = 0
    private var handsOnLater = false
    private var isOver = false
    /// Whether SwiftNIO has been told that the client obeys our SETTINGS, and whether the client
    /// has said so.
    private var (isObeyed, hasObeyed) = (false, false)
    /// The frames that have asked for nothing since anything was asked or answered.
    private var idleFrames = HTTP2Limits.idleFrames
    /// Octets that were sent and that no such frame is allowed for yet.
    private var sentBytes = 0
    /// The requests that had to be reset because of what the client sent.
    private var faults = HTTP2Limits.faults
    /// The last stream that was opened, and whether the client is told that no other will be.
    private var (lastStream, isLastStream) = (0, false)
    /// Whether the client was told of a fault of its own, which ends the connection.
    var toldFault = false
    /// Whether what is written next is the content of a frame.
    var isContentNext = false

    /// Makes a feed.
    ///
    /// - Parameter onFault: is told why the connection has to end, if SwiftNIO does not see it.
    init(onFault: @escaping (_ reason: String) -> Void) { self.onFault = onFault }

    /// How many octets are held for streams that do not take them.
    var heldBytes: Int {
        waitingBytes + insideBytes + partial.readableBytes
            + (openBlock == nil ? 0 : HTTP2Limits.blockBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        while input.readableBytes > 0 {
            switch state {
            case .preface:
                guard fill(&input, to: Self.prefaceBytes) else { return }
                state = .frame
                handOn(takePartial())
            case .frame: readFrame(&input)
            case .content(let head, let remaining): readContent(&input, head, remaining)
            case .broken: return
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handOnWhatIsRead()
        context.fireChannelReadComplete()
    }

    private func handOn(_ octets: ByteBuffer) { context?.fireChannelRead(wrapInboundOut(octets)) }

    // MARK: Frames

    private static let prefaceBytes = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8.count

    private func readFrame(_ input: inout ByteBuffer) {
        guard fill(&input, to: FrameHead.bytes), let head = FrameHead(partial) else { return }
        guard head.length <= HTTP2Limits.frameContentBytesMax else {
            // SwiftNIO says so to the client, but looks at sums alone within a block of fields.
            if openBlock != nil { return fail("a frame was too large") }
            state = .broken
            return handOn(takePartial())
        }
        if let openBlock, head.kind != .continuation || head.stream != openBlock {
            return fail("another frame came within a block of fields")
        }
        if head.isPlainContent, head.length > 0, streams[head.stream] != nil, !isOver {
            partial.clear()
            idleFrames.forgive(1)
            return readContent(&input, head, head.length)
        }
        guard fill(&input, to: FrameHead.bytes + head.length) else { return }
        take(takePartial(), head)
    }

    /// - Returns: Whether `partial` has so many octets now.
    private func fill(_ input: inout ByteBuffer, to count: Int) -> Bool {
        let missing = max(0, count - partial.readableBytes)
        if let piece = input.readSlice(length: min(missing, input.readableBytes)) {
            partial.writeImmutableBuffer(piece)
        }
        return partial.readableBytes >= count
    }

    private func takePartial() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &partial)
        return taken
    }

    /// The client is about to be told that no more streams are opened.
    ///
    /// SwiftNIO refuses those that it opens meanwhile, but not the frames that follow: it would
    /// take them for faults, and end the connection with all that is under way.
    func refusesStreams() { isLastStream = true }

    /// Drops what comes but PING: all requests are answered, and GOAWAY is sent.
    ///
    /// SwiftNIO would take for faults what clients send as they read the rest. New requests are not
    /// among those that the last GOAWAY, which the answer to its PING brings about, says were seen.
    func stops() {
        // Before its SETTINGS a client may not even know that it speaks to us.
        if isObeyed { isOver = true }
    }

    /// The connection is lost: nothing more is handed on.
    func breaks() { state = .broken }

    /// Whether nobody is to see a frame.
    ///
    /// A block of fields that has begun is seen to its end, and while SwiftNIO may answer any, all
    /// are, for HPACK remembers them (RFC 9113 §4.3).
    private func drops(_ head: FrameHead) -> Bool {
        if openBlock != nil || head.kind == .ping { return false }
        if isOver { return true }
        let isOfBlock = head.kind == .headers || head.kind == .continuation
        return isLastStream && head.stream > lastStream && !isOfBlock
    }

    /// Hands a frame on, unless it has to stay behind content of its stream.
    private func take(_ frame: ByteBuffer, _ head: FrameHead) {
        if drops(head) { return }
        switch head.kind {
        case .headers, .continuation: hasWork()
        // Whoever sends a little content, or takes back what is over, has not asked for much.
        case .data, .reset: idleFrames.forgive(1)
        case .settings, .ping, .windowUpdate, .goAway, nil:
            if idleFrames.exceeds() { return fail("too many frames asked for nothing") }
        }
        switch head.kind {
        case .data: return wait(for: head, frame)
        case .headers:
            // Blocks of fields are decoded in the order in which they come (RFC 9113 §4.3), so
            // trailers do not wait.
            handOnContent(of: head.stream)
            keepsInside(HTTP2Limits.blockBytes, of: head.stream)
            openBlock = head.endsBlock ? nil : head.stream
        case .continuation: openBlock = head.endsBlock ? nil : head.stream
        case .reset:
            // SwiftNIO closes the stream before it hands in what has come for it, which nobody may
            // answer any more.
            streams[head.stream]?.codec?.wasReset()
            handOnContent(of: head.stream)
        case .settings: return takeSettings(frame, head)
        case .windowUpdate: keepsInside(HTTP2Limits.frameBytes, of: head.stream)
        case .ping, .goAway, nil: break
        }
        handOn(frame)
    }

    /// Something is asked, or answered.
    func hasWork() { idleFrames.forgive() }

    /// Octets are sent, for which a client may send frames as it reads them: some open their
    /// windows for every piece, long after all has been sent.
    func sends(_ count: Int) {
        sentBytes += count
        let (frames, rest) = sentBytes.quotientAndRemainder(
            dividingBy: HTTP2Limits.bytesForIdleFrame
        )
        sentBytes = rest
        idleFrames.forgive(frames, ahead: HTTP2Limits.idleFramesAhead)
    }

    /// A request had to be reset because of what the client sent (CVE-2025-8671): SwiftNIO counts
    /// the client's own resets alone.
    func hadFault() {
        guard faults.exceeds(), let context else { return }
        // Not at once: this is within SwiftNIO's own doing.
        context.eventLoop.assumeIsolated().execute { [weak self] in
            self?.fail("too many requests had to be reset")
        }
    }

    /// Lets our SETTINGS hold from the client's first ones on.
    ///
    /// SwiftNIO lets them hold when the client says that it obeys them. Its first requests come
    /// before that, and may be as large as our SETTINGS say.
    private func takeSettings(_ frame: ByteBuffer, _ head: FrameHead) {
        if head == .acknowledgement, isObeyed, !hasObeyed {
            hasObeyed = true
            return
        }
        guard head.hasSettings else { return handOn(frame) }
        handOn(Self.bounded(frame))
        guard !isObeyed else { return }
        isObeyed = true
        handOn(FrameHead.acknowledgement.encoded)
    }

    private func wait(for head: FrameHead, _ frame: ByteBuffer) {
        guard var stream = streams.removeValue(forKey: head.stream) else { return handOn(frame) }
        stream.behind.writeImmutableBuffer(frame)
        stream.behindCount += 1
        waitingBytes += frame.readableBytes
        streams[head.stream] = stream
        check(stream)
    }

    private func readContent(_ input: inout ByteBuffer, _ head: FrameHead, _ remaining: Int) {
        let count = min(remaining, input.readableBytes)
        state = remaining == count ? .frame : .content(head, remaining: remaining - count)
        guard var piece = input.readSlice(length: count), count > 0 else { return }
        let ends = head.endsStream && remaining == count
        let known = streams.removeValue(forKey: head.stream)
        guard var stream = known, !stream.ends, stream.behind.readableBytes == 0 else {
            // The stream is over, or its content does not come alone.
            if let known { streams[head.stream] = known }
            let rest = FrameHead(content: count, ends: ends, stream: head.stream)
            var frame = rest.encoded
            frame.writeBuffer(&piece)
            return wait(for: rest, frame)
        }
        stream.content.writeBuffer(&piece)
        stream.ends = ends
        waitingBytes += count
        streams[head.stream] = stream
        check(stream)
    }

    /// A client that keeps to its window has no more waiting than that.
    private func check(_ stream: Stream) {
        if stream.windowBytes > HTTP2Limits.streamWindowBytes {
            fail("more content came than the window allows")
        }
        if stream.behindCount > HTTP2Limits.framesBehindMax { fail("too many tiny frames wait") }
    }

    private var isBroken: Bool { if case .broken = state { true } else { false } }

    private func fail(_ reason: String) {
        if isBroken { return }
        state = .broken
        onFault(reason)
    }

    // MARK: Streams

    /// A stream is open: its content waits until it reads, and SwiftNIO holds its head.
    func opened(_ number: Int, by codec: StreamCodec? = nil) {
        streams[number] = Stream(codec: codec)
        lastStream = max(lastStream, number)
        keepsInside(HTTP2Limits.blockBytes, of: number)
    }

    /// A stream takes what comes for it next.
    func reads(_ number: Int) {
        guard streams[number] != nil else { return }
        streams[number]?.isReading = true
        if streams[number]?.waits == true { handOnLater() }
    }

    /// A stream takes frames: SwiftNIO gives it all that it holds.
    func takes(_ number: Int) {
        guard let stream = streams[number], stream.insideBytes > 0 else { return }
        insideBytes -= stream.insideBytes
        streams[number]?.insideBytes = 0
    }

    /// SwiftNIO is about to hold something until a stream reads.
    private func keepsInside(_ count: Int, of number: Int) {
        guard let stream = streams[number], !stream.isOver else { return }
        streams[number]?.insideBytes += count
        insideBytes += count
    }

    /// A stream is over.
    func closed(_ number: Int) {
        guard let stream = streams[number] else { return }
        takes(number)
        guard stream.waits else {
            streams[number] = nil
            return
        }
        streams[number]?.isOver = true
        streams[number]?.codec = nil
        handOnLater()
    }

    /// Not at once: a stream reads, or ends, within SwiftNIO's own doing.
    private func handOnLater() {
        guard !handsOnLater, let context else { return }
        handsOnLater = true
        context.eventLoop.assumeIsolated().execute { [weak self] in
            guard let self else { return }
            handsOnLater = false
            if let context = self.context { channelReadComplete(context: context) }
        }
    }

    private func handOnWhatIsRead() {
        guard waitingBytes > 0, openBlock == nil, !isBroken else { return }
        for (number, stream) in streams where stream.isReading || stream.isOver {
            handOnContent(of: number)
            // So that the stream takes it: as long as it waits, SwiftNIO's parser copies all of its
            // storage for the next frame.
            context?.fireChannelReadComplete()
        }
    }

    /// Hands on all that waits for a stream.
    private func handOnContent(of number: Int) {
        guard let stream = streams[number], stream.waits else { return }
        let rest = Stream(insideBytes: stream.insideBytes, codec: stream.codec)
        streams[number] = stream.isOver ? nil : rest
        waitingBytes -= stream.bytes
        let frames = stream.behindCount * HTTP2Limits.frameBytes
        keepsInside(HTTP2Limits.parserBytes + 2 * stream.bytes + frames, of: number)
        var (content, behind) = (stream.content, stream.behind)
        while !isBroken, let piece = Self.piece(of: &content) {
            let ends = stream.ends && content.readableBytes == 0
            handOn(FrameHead(content: piece.readableBytes, ends: ends, stream: number).encoded)
            handOn(piece)
        }
        while !isBroken, let piece = Self.piece(of: &behind) { handOn(piece) }
    }
}

extension FrameFeed {
    /// So much that SwiftNIO's parser, which keeps its storage, has it and a head in 16 KiB.
    private static func piece(of buffer: inout ByteBuffer) -> ByteBuffer? {
        let bytesMax = HTTP2Limits.frameContentBytesMax - FrameHead.bytes
        let count = min(buffer.readableBytes, bytesMax)
        return count > 0 ? buffer.readSlice(length: count) : nil
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension FrameFeed: Sendable {}
