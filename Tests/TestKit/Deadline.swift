import Foundation

/// A moment by which something must have happened.
///
/// Tests wait on conditions until a deadline. They never sleep for a fixed time and hope.
public struct Deadline: Sendable {
    private let moment: ContinuousClock.Instant

    /// A deadline that lies `duration` after now.
    public init(after duration: Duration) {
        moment = ContinuousClock.now.advanced(by: duration)
    }

    /// Whether the moment lies in the past.
    public var hasPassed: Bool { ContinuousClock.now >= moment }

    /// What is left, in whole milliseconds for `poll(2)`, never negative.
    public var millisecondsLeft: Int32 {
        let left = ContinuousClock.now.duration(to: moment).components
        guard left.seconds >= 0, left.attoseconds >= 0 else { return 0 }
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(clamping: milliseconds)
    }
}

/// Asks `condition` again and again until it holds or the time is over.
///
/// - Returns: whether the condition held in time.
public func eventually(
    within limit: Duration = .seconds(10),
    every interval: Duration = .milliseconds(5),
    _ condition: () throws -> Bool
) rethrows -> Bool {
    let deadline = Deadline(after: limit)
    while try !condition() {
        if deadline.hasPassed { return try condition() }
        pause(interval)
    }
    return true
}

/// Whether `condition` holds for the whole of `limit`, asked again and again.
public func always(
    for limit: Duration,
    every interval: Duration = .milliseconds(5),
    _ condition: () throws -> Bool
) rethrows -> Bool {
    try !eventually(within: limit, every: interval) { try !condition() }
}

/// Blocks the calling thread.
///
/// For pacing load and drips, never for waiting until something is done.
public func pause(_ duration: Duration) {
    let parts = duration.components
    Thread.sleep(forTimeInterval: Double(parts.seconds) + Double(parts.attoseconds) / 1e18)
}
