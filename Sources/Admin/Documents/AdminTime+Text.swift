internal import Glibc

extension AdminTime {
    /// Now.
    static var now: AdminTime {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        let milliseconds = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        return AdminTime(unixMilliseconds: milliseconds)
    }

    /// The moment as RFC 3339 has it, in UTC with milliseconds; nil before 1970 or after 9999.
    public var text: String? {
        guard let parts else { return nil }
        let date = "\(parts.year)-\(Self.two(parts.month))-\(Self.two(parts.day))"
        let milliseconds = unixMilliseconds % 1000
        let zeros = milliseconds < 10 ? "00" : milliseconds < 100 ? "0" : ""
        return "\(date)T\(parts.clock).\(zeros)\(milliseconds)Z"
    }

    /// The moment as the field `Date` has it (RFC 9110 §5.6.7); nil as for `text`.
    var httpDate: String? {
        guard let parts else { return nil }
        let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][parts.weekday % 7]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        let month = months[(parts.month - 1) % 12]
        return "\(day), \(Self.two(parts.day)) \(month) \(parts.year) \(parts.clock) GMT"
    }

    private struct Parts {
        let year: Int
        let month: Int
        let day: Int
        let weekday: Int
        let clock: String
    }

    /// In UTC.
    private var parts: Parts? {
        var seconds = time_t(unixMilliseconds / 1000)
        var parts = unsafe tm()
        guard unixMilliseconds >= 0, unsafe gmtime_r(&seconds, &parts) != nil,
            unsafe parts.tm_year + 1900 <= 9999
        else { return nil }
        let clock = unsafe [parts.tm_hour, parts.tm_min, parts.tm_sec]
        return unsafe Parts(
            year: Int(parts.tm_year) + 1900,
            month: Int(parts.tm_mon) + 1,
            day: Int(parts.tm_mday),
            weekday: Int(parts.tm_wday),
            clock: clock.map { Self.two(Int($0)) }.joined(separator: ":")
        )
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
