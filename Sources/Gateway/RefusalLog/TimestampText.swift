/// Writes timestamps as RFC 3339 in UTC with milliseconds: `2026-11-22T19:38:37.042Z`.
///
/// The date and time of day are computed once a second and kept.
struct TimestampText {
    private var second = Int64.min
    private var text = OctetBuffer(reservingBytes: 20)

    /// The last moment with a year of four digits, which is all RFC 3339 has.
    private static var unixMillisecondsMax: Int64 { 253_402_300_799_999 }

    /// Appends the text of a moment.
    ///
    /// One before 1970 or after 9999 is written as that bound.
    mutating func append(unixMilliseconds: Int64, to line: inout OctetBuffer) {
        let bounded = min(max(unixMilliseconds, 0), Self.unixMillisecondsMax)
        if bounded / 1000 != second {
            second = bounded / 1000
            formatSecond()
        }
        line.append(text.octets)
        line.append(UInt8(ascii: "."))
        line.append(decimal: Int(bounded % 1000), digits: 3)
        line.append(UInt8(ascii: "Z"))
    }

    private mutating func formatSecond() {
        let date = CivilDate(daysSince1970: Int(second / 86_400))
        let secondOfDay = Int(second % 86_400)
        text.removeAll()
        text.append(decimal: date.year, digits: 4)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: date.month, digits: 2)
        text.append(UInt8(ascii: "-"))
        text.append(decimal: date.day, digits: 2)
        text.append(UInt8(ascii: "T"))
        text.append(decimal: secondOfDay / 3600, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: secondOfDay / 60 % 60, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(decimal: secondOfDay % 60, digits: 2)
    }
}

/// A date of the Gregorian calendar.
struct CivilDate {
    let year: Int
    let month: Int
    let day: Int

    /// Counts in eras of 400 years from 0000-03-01, so that the leap day ends a year.
    init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    }
}
