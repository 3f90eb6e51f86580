/// Whole lines on their way to the writer, with what they stand for.
struct LogBatch: Sendable {
    /// The lines, each ended by a line feed.
    var text: OctetBuffer
    /// How many lines there are.
    var lines: UInt64 = 0
    /// How many refused attempts the lines stand for.
    var attempts: UInt64 = 0
    /// Whether they are lines of the access log.
    var isOfAccess = false

    /// Makes an empty batch.
    init(reservingBytes bytes: Int = 0) {
        text = OctetBuffer(reservingBytes: bytes)
    }

    /// Whether there is nothing in it.
    var isEmpty: Bool { text.isEmpty }

    /// Forgets the lines and keeps the memory.
    mutating func removeAll() {
        text.removeAll()
        lines = 0
        attempts = 0
        isOfAccess = false
    }
}

/// What was lost, in lines and in the attempts those lines stood for.
struct LogLoss: Sendable, Equatable {
    var lines: UInt64 = 0
    var attempts: UInt64 = 0

    /// Whether nothing was lost.
    var isEmpty: Bool { lines == 0 }

    /// Adds more losses.
    mutating func add(lines: UInt64, attempts: UInt64) {
        self.lines &+= lines
        self.attempts &+= attempts
    }
}

/// What the log has done since the start, for metrics.
///
/// Once the log is shut down, `attemptsWritten + lost.attempts` is every attempt handed over.
struct LogCounts: Sendable, Equatable {
    /// Lines written whole.
    var linesWritten: UInt64 = 0
    /// Refused attempts that those lines stand for.
    var attemptsWritten: UInt64 = 0
    /// What never reached the destination.
    var lost = LogLoss()
    /// Failed attempts to write.
    var writeErrors: UInt64 = 0
    /// Octets that wait to be written.
    var queuedBytes = 0
}
