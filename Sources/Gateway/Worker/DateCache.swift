internal import Glibc

/// The value of the Date field (RFC 9110 §6.6.1), made at most once a second.
struct DateCache {
    private(set) var value: [UInt8] = []
    private var second: Int64 = .min

    mutating func update(unixMilliseconds: Int64) {
        let now = unixMilliseconds / 1000
        if now == second { return }
        second = now
        value = Self.text(unixSeconds: now)
    }

    /// An IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func text(unixSeconds: Int64) -> [UInt8] {
        var time = time_t(unixSeconds)
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&time, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        func padded(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let (weekday, month) = unsafe (Int(parts.tm_wday), Int(parts.tm_mon))
        let (day, year) = unsafe (parts.tm_mday, parts.tm_year + 1900)
        let (hour, minute, second) = unsafe (parts.tm_hour, parts.tm_min, parts.tm_sec)
        let date = "\(days[weekday % 7]), \(padded(day)) \(months[month % 12]) \(year)"
        return Array("\(date) \(padded(hour)):\(padded(minute)):\(padded(second)) GMT".utf8)
    }
}
