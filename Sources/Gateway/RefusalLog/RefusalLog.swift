/// How a worker's refusal log folds and hands over.
struct RefusalLogOptions: Sendable {
    /// Whether lines have the query, which may hold secrets.
    var includesQuery = false
    /// How many different attempts are folded at once.
    var foldEntriesMax = 1024
    /// How long identical attempts are counted before a line tells of them.
    var foldWindowMilliseconds: Int64 = 1000
    /// How long a line may wait in the worker before the writer gets it.
    var lingerMilliseconds: Int64 = 100
    /// A batch of this size is handed over at once.
    var batchBytes = 64 * 1024
}

/// The log of refused attempts of one worker.
///
/// It belongs to the worker's event loop: one owner, no lock, no clock of its own. Every line
/// stands for one attempt, and `methodwall.repeated` on it for that many identical ones before it,
/// so that lines and the sum of `repeated` make every attempt, exactly. The first of identical
/// attempts is written at once; while more come, one line at the end of each window stands for the
/// latest of them.
///
/// After each `record`, and whenever time passes, the caller sees that `advance` is called by
/// `nextDeadline`.
struct RefusalLog: ~Copyable {
    private let writer: LogWriter
    private let options: RefusalLogOptions
    private var encoder: RefusalEncoder
    private var folds: FoldTable
    private var batch: LogBatch
    private var handOverAtMilliseconds = Int64.max

    /// More than nearly every line has.
    private static var lineBytes: Int { 4 * 1024 }

    /// Makes the log of one worker.
    ///
    /// - Parameters:
    ///   - writer: the writer all workers share.
    ///   - options: bounds and times.
    init(writer: LogWriter, options: RefusalLogOptions = RefusalLogOptions()) {
        self.writer = writer
        self.options = options
        encoder = RefusalEncoder(includesQuery: options.includesQuery)
        folds = FoldTable(
            entriesMax: options.foldEntriesMax,
            windowMilliseconds: options.foldWindowMilliseconds,
            withQuery: options.includesQuery
        )
        // The line that fills it goes beyond.
        batch = LogBatch(reservingBytes: options.batchBytes + Self.lineBytes)
    }

    /// When `advance` must be called at the latest, on the monotonic clock; nil for never.
    var nextDeadline: Int64? {
        let nextExpiry = folds.nextExpiry ?? Int64.max
        let deadline = min(nextExpiry, handOverAtMilliseconds)
        return deadline == Int64.max ? nil : deadline
    }

    /// Logs an attempt: writes its line, or counts it with the identical ones before it.
    mutating func record(_ attempt: borrowing RefusedAttempt, at now: LogInstant) {
        endWindows(by: now.monotonicMilliseconds, at: now)
        switch folds.note(attempt, at: now) {
        case .folded:
            return
        case .needsLine:
            encoder.append(
                attempt,
                unixMilliseconds: now.unixMilliseconds,
                repeated: 0,
                to: &batch.text
            )
            didAppendLine(attempts: 1, at: now)
        }
    }

    /// Ends the windows that are over and hands over the lines that have waited long enough.
    mutating func advance(to now: LogInstant) {
        endWindows(by: now.monotonicMilliseconds, at: now)
        if now.monotonicMilliseconds >= handOverAtMilliseconds {
            handOver()
        }
    }

    /// Gives the writer every line there is now.
    mutating func handOver() {
        handOverAtMilliseconds = Int64.max
        writer.handOver(&batch)
    }

    /// Ends every window, over or not, and hands all lines over: the worker ends.
    mutating func finish(at now: LogInstant) {
        endWindows(by: Int64.max, at: now)
        handOver()
    }

    private mutating func endWindows(by monotonicMilliseconds: Int64, at now: LogInstant) {
        while let nextExpiry = folds.nextExpiry, nextExpiry <= monotonicMilliseconds {
            endOldestWindow(by: monotonicMilliseconds, at: now)
        }
    }

    private mutating func endOldestWindow(by monotonicMilliseconds: Int64, at now: LogInstant) {
        var attempts: UInt64 = 0
        _ = folds.endOldestWindow(by: monotonicMilliseconds) { entry in
            attempts = entry.unwritten
            let unixMilliseconds = entry.latestUnixMilliseconds
            entry.withLatestAttempt { attempt in
                encoder.append(
                    attempt,
                    unixMilliseconds: unixMilliseconds,
                    repeated: attempts - 1,
                    to: &batch.text
                )
            }
        }
        if attempts > 0 {
            didAppendLine(attempts: attempts, at: now)
        }
    }

    private mutating func didAppendLine(attempts: UInt64, at now: LogInstant) {
        batch.lines += 1
        batch.attempts += attempts
        if batch.text.count >= options.batchBytes {
            handOver()
        } else if handOverAtMilliseconds == Int64.max {
            handOverAtMilliseconds = now.monotonicMilliseconds + options.lingerMilliseconds
        }
    }
}
