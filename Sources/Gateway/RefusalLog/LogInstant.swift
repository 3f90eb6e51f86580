import Glibc

/// One moment on two clocks: the one people read, and the one that never goes back.
///
/// The log reads no clock by itself: its caller passes the moment, so that one reading serves a
/// whole batch of requests and tests decide what time it is.
struct LogInstant: Sendable, Equatable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    var unixMilliseconds: Int64
    /// Milliseconds of a clock that only goes forward, for windows and deadlines.
    var monotonicMilliseconds: Int64

    /// The moment now.
    static func now() -> LogInstant {
        LogInstant(
            unixMilliseconds: milliseconds(of: CLOCK_REALTIME),
            monotonicMilliseconds: milliseconds(of: CLOCK_MONOTONIC)
        )
    }

    /// Milliseconds of the clock that only goes forward.
    static func monotonicNow() -> Int64 {
        milliseconds(of: CLOCK_MONOTONIC)
    }

    private static func milliseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        // Cannot fail: the clock is one that every Linux has, the memory is ours.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
