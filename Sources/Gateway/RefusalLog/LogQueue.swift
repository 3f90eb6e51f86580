/// What to do with lines when the destination does not keep up.
enum LogOverflow: Sendable {
    /// Lose lines, and count them in the log itself.
    case drop
    /// Lose nothing: the gateway holds requests while `LogWriter.hasRoom` is false.
    case wait
}

/// The batches between the workers and the writer's thread, and the account of them.
///
/// Pure.
struct LogQueue {
    private let bytesMax: Int
    private let overflow: LogOverflow
    private var batches: [LogBatch] = []
    private var head = 0
    private var spares: [LogBatch] = []
    private var unreported = LogLoss()
    private var queuedBytes = 0
    private var totals = LogCounts()

    /// How many batches were accepted, and how many of them are done with.
    private(set) var accepted: UInt64 = 0
    private(set) var finished: UInt64 = 0

    /// Whether there is room.
    ///
    /// Once there is none, half of the queue has to empty first.
    private(set) var hasRoom = true

    /// How many emptied batches are kept for the next hand-over.
    private static var sparesMax: Int { 8 }

    init(bytesMax: Int, overflow: LogOverflow) {
        self.bytesMax = max(bytesMax, 0)
        self.overflow = overflow
    }

    /// Whether no batch waits.
    var isEmpty: Bool { head == batches.count }

    /// Whether losses have not been told in the log yet.
    var hasUnreportedLoss: Bool { !unreported.isEmpty }

    /// The account so far.
    var counts: LogCounts {
        var counts = totals
        counts.queuedBytes = queuedBytes
        return counts
    }

    /// Takes a batch and leaves an empty one in its place, with memory of an earlier one if there
    /// is any.
    ///
    /// Where the bound would be passed and lines may be lost, these are.
    mutating func accept(_ batch: inout LogBatch) {
        guard !batch.isEmpty else { return }
        let fits = batch.text.count <= bytesMax - queuedBytes
        if !fits {
            hasRoom = false
            if overflow == .drop {
                lose(lines: batch.lines, attempts: batch.attempts)
                batch.removeAll()
                return
            }
        }
        queuedBytes += batch.text.count
        accepted &+= 1
        // As large as this one in a flood; a few lines now and then do not ask for that much.
        let bytes = min(batch.text.capacity, 2 * batch.text.count)
        var taken = spares.popLast() ?? LogBatch(reservingBytes: bytes)
        swap(&taken, &batch)
        batches.append(taken)
        if queuedBytes >= bytesMax {
            hasRoom = false
        }
    }

    /// The oldest batch; its octets stay accounted for until `finish`.
    mutating func next() -> LogBatch? {
        guard head < batches.count else { return nil }
        var batch = LogBatch()
        swap(&batch, &batches[head])
        head += 1
        if head == batches.count {
            batches.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 1024 {
            batches.removeSubrange(..<head)
            head = 0
        }
        return batch
    }

    /// Accounts for a batch that is done with, and keeps its memory for another.
    ///
    /// - Parameters:
    ///   - batch: what `next` gave, or a batch about losses, which was never queued.
    ///   - written: what of it was written; the rest is lost.
    ///   - wasQueued: whether it came from `next`.
    /// - Returns: whether this made room where there was none.
    mutating func finish(_ batch: consuming LogBatch, written: LogLoss, wasQueued: Bool) -> Bool {
        totals.linesWritten &+= written.lines
        totals.attemptsWritten &+= written.attempts
        if wasQueued {
            totals.lost.add(
                lines: batch.lines &- written.lines,
                attempts: batch.attempts &- written.attempts
            )
            queuedBytes -= batch.text.count
            finished &+= 1
        }
        if spares.count < Self.sparesMax {
            batch.removeAll()
            spares.append(batch)
        }
        guard !hasRoom, queuedBytes <= bytesMax / 2 else { return false }
        hasRoom = true
        return true
    }

    /// What was lost since the last call, so that the log can say so.
    mutating func takeUnreportedLoss() -> LogLoss {
        let loss = unreported
        unreported = LogLoss()
        return loss
    }

    /// Counts a write that failed.
    mutating func countWriteError() {
        totals.writeErrors &+= 1
    }

    private mutating func lose(lines: UInt64, attempts: UInt64) {
        unreported.add(lines: lines, attempts: attempts)
        totals.lost.add(lines: lines, attempts: attempts)
    }
}
