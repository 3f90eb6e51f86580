import Glibc
internal import Locking

/// How a writer treats what it cannot write at once.
struct LogWriterOptions: Sendable {
    /// What to do when the queue is full.
    var overflow = LogOverflow.drop
    /// How many octets may wait to be written.
    var queueBytesMax = 8 * 1024 * 1024
    /// How long to wait between attempts while the destination gives errors.
    var retryMilliseconds: Int64 = 250
    /// The log's name, in messages.
    var log = "refusal log"
    /// Whether the log itself has a line for what was lost; if not, only the operator is told.
    var tellsLosses = true
    /// The least time between two lines that tell of losses, while these go on.
    var lossReportMilliseconds: Int64 = 1000
}

/// The one thread that writes a log, for all workers.
///
/// Workers hand whole batches over under a short lock and never wait for the destination. Nothing
/// that fails there reaches them: lines wait in a bounded queue, and what does not fit is counted.
/// SIGPIPE must be ignored by the process. Call `shutdown` before letting go of a writer: its
/// thread keeps it alive until then.
final class LogWriter: Sendable {
    /// What the lock protects.
    struct State {
        var queue: LogQueue
        var isSleeping = false
        /// When the thread must end, whatever is left; nil while it runs.
        var stopsAtMilliseconds: Int64?
        /// The output is opened again when this many batches are done with.
        var reopensAfter: UInt64?
        var nextLossReportMilliseconds = Int64.min
        var roomObservers: [@Sendable () -> Void] = []
        var lineObserver: (@Sendable ([UInt8]) -> Void)?
        var thread: pthread_t?
    }

    let state: Lock<State>
    let options: LogWriterOptions
    let output: LogOutput
    let wake: LogWake
    /// Signalled by the thread when it is about to end.
    let ended: LogWake
    let onError: @Sendable (String) -> Void

    /// Opens the destination and starts the thread.
    ///
    /// - Parameters:
    ///   - destination: where the lines go.
    ///   - options: what to do about a slow or failing destination.
    ///   - onError: told once of each error that keeps lines from being written; called on the
    ///     writer's thread.
    /// - Throws: `LogOpenFault` if the destination cannot be opened or the thread not started.
    init(
        to destination: LogDestination,
        options: LogWriterOptions = LogWriterOptions(),
        onError: @escaping @Sendable (String) -> Void
    ) throws(LogOpenFault) {
        do throws(LogOpenFault) {
            output = try LogOutput(destination)
        } catch {
            throw LogOpenFault(path: error.path, code: error.code, log: options.log)
        }
        guard let wake = LogWake() else {
            throw LogOpenFault(path: "(pipe)", code: errno, log: options.log)
        }
        guard let ended = LogWake() else {
            wake.close()
            throw LogOpenFault(path: "(pipe)", code: errno, log: options.log)
        }
        self.options = options
        self.wake = wake
        self.ended = ended
        self.onError = onError
        state = Lock(
            State(queue: LogQueue(bytesMax: options.queueBytesMax, overflow: options.overflow))
        )
        try startThread()
    }

    deinit {
        wake.close()
        ended.close()
    }

    /// Takes the lines of a batch and leaves it empty.
    ///
    /// Never blocks on the destination.
    func handOver(_ batch: inout LogBatch) {
        let isAsleep = state.withLock { state in
            state.queue.accept(&batch)
            return state.takeSleeper()
        }
        if isAsleep {
            wake.signal()
        }
    }

    /// Whether requests may go on.
    ///
    /// False only between a full queue and a half empty one.
    ///
    /// With `LogOverflow.drop` nobody needs to ask.
    var hasRoom: Bool { state.withLock { $0.queue.hasRoom } }

    /// Has a closure called on the writer's thread each time room has returned.
    func whenRoomReturns(_ observer: @escaping @Sendable () -> Void) {
        state.withLock { $0.roomObservers.append(observer) }
    }

    /// Has a closure told, on the writer's thread, the lines that are about to be written, but for
    /// those of the access log.
    func observe(_ observer: @escaping @Sendable ([UInt8]) -> Void) {
        state.withLock { $0.lineObserver = observer }
    }

    /// What has been done so far.
    var counts: LogCounts { state.withLock { $0.queue.counts } }

    /// Has the file opened again by its path after all that is queued now has been written, or at
    /// once if that cannot be written.
    ///
    /// For log rotation; nothing happens without a path.
    func reopen() {
        state.withLock { state in
            state.reopensAfter = state.queue.accepted
            state.isSleeping = false
        }
        wake.signal()
    }

    /// Writes what is queued and ends the thread.
    ///
    /// Hand nothing over after. Blocks its caller.
    ///
    /// - Parameter milliseconds: how long the destination gets; what it has not taken by then is
    ///   counted as lost.
    /// - Returns: the final account.
    @discardableResult
    func shutdown(withinMilliseconds milliseconds: Int64) -> LogCounts {
        let now = LogInstant.monotonicNow()
        let thread = state.withLock { state in
            state.stopsAtMilliseconds = now + milliseconds
            state.isSleeping = false
            return state.thread.take()
        }
        guard let thread else { return counts }
        wake.signal()
        // A write that hangs inside the kernel cannot be ended; its thread is then left behind.
        let grace: Int64 = 500
        if ended.isSignalled(withinMilliseconds: milliseconds + grace) {
            pthread_join(thread, nil)
        } else {
            pthread_detach(thread)
        }
        return counts
    }
}

extension LogWriter.State {
    /// Whether the thread sleeps; the caller must wake it, once.
    mutating func takeSleeper() -> Bool {
        guard isSleeping, !queue.isEmpty || queue.hasUnreportedLoss else { return false }
        isSleeping = false
        return true
    }
}
