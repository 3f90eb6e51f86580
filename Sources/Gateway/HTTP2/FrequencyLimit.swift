internal import NIOCore

/// Counts what a client may do only so often in so much time.
struct FrequencyLimit {
    /// How often it may.
    let max: Int
    /// In how much time.
    let within: TimeAmount
    /// How often it did since `since`, less what was forgiven; below nought, how often more it may.
    private var count = 0
    private var since = NIODeadline.distantPast

    init(max: Int, within: TimeAmount) { (self.max, self.within) = (max, within) }

    /// Counts once more.
    ///
    /// - Returns: Whether that is too often. Beyond `max` the count begins anew in any case.
    mutating func exceeds() -> Bool {
        count += 1
        if count == 1 { since = .now() }
        guard count > max else { return false }
        let now = NIODeadline.now()
        defer { (count, since) = (1, now) }
        return now - since < within
    }

    /// Forgets what was counted.
    mutating func forgive() { count = min(count, 0) }

    /// Forgets so many, or lets as many more be, up to `ahead`.
    mutating func forgive(_ number: Int, ahead: Int = 0) {
        count = Swift.max(Swift.min(count, -ahead), count - number)
    }
}
