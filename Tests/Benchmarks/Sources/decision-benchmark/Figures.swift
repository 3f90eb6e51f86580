/// Nanoseconds a decision, over many rounds of the same requests.
struct Timing {
    let median: Double
    let least: Double
    let decisions: Int
    /// Allocations of all decisions together; nil if nobody counts.
    let allocations: UInt64?
    /// What the decisions add up to: a change means that other decisions were made.
    let checkSum: Int

    var text: String {
        let counted = allocations.map { "\($0)" } ?? "not counted"
        return "median \(rounded(median)) ns, least \(rounded(least)) ns a decision, "
            + "\(counted) allocations in all (check sum \(checkSum))"
    }

    var json: String {
        let counted = allocations.map { "\($0)" } ?? "null"
        return "{\"median_ns\": \(rounded(median)), \"least_ns\": \(rounded(least)), "
            + "\"decisions\": \(decisions), \"allocations\": \(counted)}"
    }
}

/// All figures of one workload.
struct Figures {
    let workload: Workload
    let compiled: Duration
    /// Octets of memory that the compiled snapshot takes, and what compiling left scattered.
    let snapshotBytes: Int
    let warm: Timing
    let spread: Timing

    /// Three lines for people.
    var text: String {
        """
        \(workload.title), compiled in \(compiled)
          warm:   \(warm.text)
          spread: \(spread.text)
        """
    }

    /// One line for machines.
    var json: String {
        "{\"hosts\": \(workload.hostCount), \"rules\": \(workload.ruleCount), "
            + "\"compiled_ms\": \(rounded(nanoseconds(compiled) / 1e6)), "
            + "\"snapshot_bytes\": \(snapshotBytes), "
            + "\"warm\": \(warm.json), \"spread\": \(spread.json)}"
    }
}

func nanoseconds(_ duration: Duration) -> Double {
    let parts = duration.components
    return Double(parts.seconds) * 1e9 + Double(parts.attoseconds) / 1e9
}

/// With one decimal.
func rounded(_ value: Double) -> String {
    let tenths = Int(value * 10 + 0.5)
    return "\(tenths / 10).\(tenths % 10)"
}
