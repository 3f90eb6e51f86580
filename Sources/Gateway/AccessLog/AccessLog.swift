internal import HTTPMessage

/// How a worker's access log hands over.
struct AccessLogOptions: Sendable {
    /// How long a line may wait in the worker before the writer gets it.
    var lingerMilliseconds: Int64 = 100
    /// A batch of this size is handed over at once.
    var batchBytes = 64 * 1024
}

/// The log of every request of one worker: one line a request, when it has ended.
///
/// It belongs to the worker's event loop, as `RefusalLog` does, and hands whole batches to a writer
/// that all workers share. Nothing is folded: each line has its own time and identifier.
///
/// After each `end`, and whenever time passes, the caller sees that `advance` is called by
/// `nextDeadline`.
final class AccessLog {
    private let writer: LogWriter
    private let options: AccessLogOptions
    private var encoder: AccessEncoder
    private var batch: LogBatch
    private var handOverAtMilliseconds = Int64.max
    private var spares: [AccessRecord] = []

    /// More than nearly every line has.
    private static var lineBytes: Int { 4 * 1024 }
    /// How many records are kept for requests to come, and how large one may have grown.
    private static var sparesMax: Int { 256 }
    private static var spareBytesMax: Int { 4 * 1024 }

    /// Makes the log of one worker.
    init(
        writer: LogWriter,
        format: AccessLogConfiguration.Format,
        includesQuery: Bool,
        options: AccessLogOptions = AccessLogOptions()
    ) {
        self.writer = writer
        self.options = options
        encoder = AccessEncoder(format: format, includesQuery: includesQuery)
        // The line that fills it goes beyond.
        batch = LogBatch(reservingBytes: options.batchBytes + Self.lineBytes)
    }

    /// When `advance` must be called at the latest, on the monotonic clock; nil for never.
    var nextDeadline: Int64? {
        handOverAtMilliseconds == Int64.max ? nil : handOverAtMilliseconds
    }

    /// A record for a request that begins.
    func takeRecord() -> AccessRecord { spares.popLast() ?? AccessRecord() }

    /// Encodes what a request said into its record.
    func begin(_ record: AccessRecord, _ request: borrowing LoggedRequest) {
        encoder.begin(record, request)
    }

    /// Writes the line of a request that has ended, and takes its record back.
    func end(_ record: AccessRecord, at now: LogInstant) {
        encoder.append(
            record,
            endedMilliseconds: now.monotonicMilliseconds,
            to: &batch.text
        )
        batch.lines += 1
        batch.attempts += 1
        if spares.count < Self.sparesMax, record.text.capacity <= Self.spareBytesMax {
            spares.append(record)
        }
        if batch.text.count >= options.batchBytes {
            handOver()
        } else if handOverAtMilliseconds == Int64.max {
            handOverAtMilliseconds = now.monotonicMilliseconds + options.lingerMilliseconds
        }
    }

    /// Hands over the lines that have waited long enough.
    func advance(to now: LogInstant) {
        if now.monotonicMilliseconds >= handOverAtMilliseconds { handOver() }
    }

    /// Gives the writer every line there is now.
    func handOver() {
        handOverAtMilliseconds = Int64.max
        batch.isOfAccess = true
        writer.handOver(&batch)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension AccessLog: Sendable {}
