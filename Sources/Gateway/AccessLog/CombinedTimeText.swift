/// Writes timestamps as Apache's logs do, in UTC: `22/Nov/2026:19:38:37 +0000`.
///
/// The text is made once a second and kept.
struct CombinedTimeText {
    private var second = Int64.min
    private var text = OctetBuffer(reservingBytes: 32)

    private static var secondMax: Int64 { 253_402_300_799 }

    /// Appends the text of a moment.
    ///
    /// One before 1970 or after 9999 is written as that bound.
    mutating func append(unixMilliseconds: Int64, to line: inout OctetBuffer) {
        let bounded = min(max(unixMilliseconds / 1000, 0), Self.secondMax)
        if bounded != second {
            second = bounded
            formatSecond()
        }
        line.append(text.span)
    }

    private mutating func formatSecond() {
        let date = CivilDate(daysSince1970: Int(second / 86_400))
        let secondOfDay = Int(second % 86_400)
        text.removeAll()
        text.append(decimal: date.day, digits: 2)
        text.append("/")
        text.append(Self.name(ofMonth: date.month))
        text.append("/")
        text.append(decimal: date.year, digits: 4)
        text.append(":")
        text.append(decimal: secondOfDay / 3600, digits: 2)
        text.append(":")
        text.append(decimal: secondOfDay / 60 % 60, digits: 2)
        text.append(":")
        text.append(decimal: secondOfDay % 60, digits: 2)
        text.append(" +0000")
    }

    private static func name(ofMonth month: Int) -> StaticString {
        switch month {
        case 1: "Jan"
        case 2: "Feb"
        case 3: "Mar"
        case 4: "Apr"
        case 5: "May"
        case 6: "Jun"
        case 7: "Jul"
        case 8: "Aug"
        case 9: "Sep"
        case 10: "Oct"
        case 11: "Nov"
        default: "Dec"
        }
    }
}
