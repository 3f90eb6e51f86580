import CLinux
import Glibc

/// Wakes one thread that waits: a pipe to itself, so that the wait can have a deadline and watch
/// the output too.
struct LogWake: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    /// Makes one; nil when the process has no descriptor left.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    /// Wakes the waiting thread, or lets its next wait end at once.
    func signal() {
        var octet: UInt8 = 1
        // Fails only when the pipe is full, and then the thread is awake already.
        _ = unsafe write(writeEnd, &octet, 1)
    }

    /// Waits for a signal, or until a descriptor takes octets, or until the time is over.
    ///
    /// - Parameters:
    ///   - output: a descriptor to watch as well.
    ///   - milliseconds: how long at most; nil for no bound.
    func wait(orUntilWritable output: Int32? = nil, milliseconds: Int64? = nil) {
        var requests = [
            pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
            // poll ignores a negative descriptor.
            pollfd(fd: output ?? -1, events: Int16(POLLOUT), revents: 0),
        ]
        let bounded = milliseconds.map { Int32(clamping: max($0, 0)) }
        _ = unsafe poll(&requests, nfds_t(requests.count), bounded ?? -1)
        var signals: UInt64 = 0
        while unsafe read(readEnd, &signals, MemoryLayout.size(ofValue: signals)) > 0 {}
    }

    /// Waits for a signal for a bounded time.
    ///
    /// - Returns: whether there was one.
    func isSignalled(withinMilliseconds milliseconds: Int64) -> Bool {
        let end = LogInstant.monotonicNow() + milliseconds
        while true {
            var request = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            let left = max(end - LogInstant.monotonicNow(), 0)
            let ready = unsafe poll(&request, 1, Int32(clamping: left))
            if ready >= 0 || errno != EINTR { return ready > 0 }
        }
    }

    /// Gives the descriptors back.
    ///
    /// Nobody may wait or signal after.
    func close() {
        _ = Glibc.close(readEnd)
        _ = Glibc.close(writeEnd)
    }
}
