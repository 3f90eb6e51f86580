/// Durations and sizes as the files write them: a whole number and a unit.
enum Quantity {
    /// The units of a duration, in milliseconds.
    static var durationUnits: [(name: String, milliseconds: Int64)] {
        [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
    }

    /// The units of a size, in octets.
    static var sizeUnits: [(name: String, octets: Int)] {
        [("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)]
    }

    /// A pattern for editors that matches what ``duration(_:)`` accepts, overflow aside.
    static var durationPattern: String { pattern(units: durationUnits.map(\.name)) }

    /// As ``durationPattern``, but for durations above zero.
    static var positiveDurationPattern: String { "^(?!0+[a-z])" + durationPattern.dropFirst() }

    /// A pattern for editors that matches what ``size(_:)`` accepts, overflow aside.
    static var sizePattern: String { pattern(units: sizeUnits.map(\.name)) }

    /// `10m`, `600s`, `1h`, `250ms`, `1d`; at most 365 days.
    ///
    /// Nil if it is anything else.
    static func duration(_ text: String) -> Duration? {
        guard let (number, unit) = split(text),
            let milliseconds = durationUnits.first(where: { $0.name == unit })?.milliseconds,
            let count = Int64(number)
        else { return nil }
        let (product, overflows) = count.multipliedReportingOverflow(by: milliseconds)
        guard !overflows, product <= 365 * 86_400_000 else { return nil }
        return .milliseconds(product)
    }

    /// `32KiB`, `8MiB`, `512B`.
    ///
    /// Nil if it is anything else or does not fit.
    static func size(_ text: String) -> Int? {
        guard let (number, unit) = split(text),
            let octets = sizeUnits.first(where: { $0.name == unit })?.octets,
            let count = Int(number)
        else { return nil }
        let (product, overflows) = count.multipliedReportingOverflow(by: octets)
        return overflows ? nil : product
    }

    private static func pattern(units: [String]) -> String {
        "^[0-9]{1,15}(" + units.joined(separator: "|") + ")$"
    }

    private static func split(_ text: String) -> (number: Substring, unit: Substring)? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, digits.utf8.count <= 15 else { return nil }
        return (digits, text[digits.endIndex...])
    }
}
