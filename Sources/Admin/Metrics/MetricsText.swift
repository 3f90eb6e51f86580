/// Writes metrics in the text format of Prometheus, version 0.0.4.
///
/// Families are sorted by name and samples by labels, so that two scrapes can be compared. A
/// family's HELP and TYPE are written once. A second sample with the same labels is left out: a
/// scraper would refuse the whole text.
public struct MetricsText {
    /// The media type of the text.
    public static var mediaType: String { "text/plain; version=0.0.4; charset=utf-8" }

    /// How many octets of a label's value are kept.
    static var labelBytesMax: Int { 256 }

    private(set) var octets: [UInt8] = []

    /// The text of some families.
    ///
    /// - Parameter families: The families, in any order.
    /// - Returns: The text as UTF-8.
    public static func render(_ families: [MetricFamily]) -> [UInt8] {
        var text = MetricsText()
        var last: String?
        // The sort is stable: families of one name stay together, in the order given.
        for family in families.sorted(by: { isBefore($0.name, $1.name) }) {
            if family.name != last { text.writeHead(family) }
            last = family.name
            if let histogram = family.histogram {
                text.write(histogram, name: family.name)
            } else {
                text.write(family.samples, name: family.name)
            }
        }
        return text.octets
    }

    private static func isBefore(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }

    private mutating func writeHead(_ family: MetricFamily) {
        append("# HELP \(family.name) ")
        for octet in family.help.utf8 { append(octet, escapingQuotes: false) }
        append("\n# TYPE \(family.name) \(family.kind.rawValue)\n")
    }

    private mutating func write(_ samples: [MetricFamily.Sample], name: String) {
        var lines = samples.map { sample in
            (labels: Self.text(of: sample.labels), value: sample.value)
        }
        lines.sort { $0.labels.lexicographicallyPrecedes($1.labels) }
        var last: [UInt8]?
        for line in lines where line.labels != last {
            append(name)
            octets.append(contentsOf: line.labels)
            append(" \(Self.text(of: line.value))\n")
            last = line.labels
        }
    }

    private mutating func write(_ histogram: HistogramCounts, name: String) {
        var total: UInt64 = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            total &+= count
            append("\(name)_bucket{le=\"\(Self.text(of: bound))\"} \(total)\n")
        }
        total &+= histogram.counts.last ?? 0
        append("\(name)_bucket{le=\"+Inf\"} \(total)\n")
        append("\(name)_sum \(Self.text(of: histogram.sum))\n")
        append("\(name)_count \(total)\n")
    }

    private static func text(of labels: [MetricLabel]) -> [UInt8] {
        guard !labels.isEmpty else { return [] }
        var text = MetricsText()
        text.append("{")
        for (index, label) in labels.enumerated() {
            text.append("\(index == 0 ? "" : ",")\(label.name)=\"")
            for octet in bounded(label.value).utf8 { text.append(octet, escapingQuotes: true) }
            text.append("\"")
        }
        text.append("}")
        return text.octets
    }

    /// A value that is too long is cut, and told apart from others by a hash of all of it.
    private static func bounded(_ value: String) -> String {
        guard value.utf8.count > labelBytesMax else { return value }
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in value.utf8 { hash = (hash ^ UInt64(octet)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        let mark = "…" + String(repeating: "0", count: 16 - digits.count) + digits
        var kept = String.UnicodeScalarView()
        var room = labelBytesMax - mark.utf8.count
        for scalar in value.unicodeScalars {
            room -= UTF8.width(scalar)
            guard room >= 0 else { break }
            kept.append(scalar)
        }
        return String(kept) + mark
    }

    private static func text(of value: MetricFamily.Value) -> String {
        switch value {
        case .integer(let count): String(count)
        case .number(let number): text(of: number)
        }
    }

    private static func text(of number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        // Whole numbers without a point; beyond 2^53 a double no longer tells them apart.
        if number.magnitude < 9_007_199_254_740_992, number == number.rounded() {
            return String(Int64(number))
        }
        return number.description
    }

    private mutating func append(_ text: String) { octets.append(contentsOf: text.utf8) }

    private mutating func append(_ octet: UInt8, escapingQuotes: Bool) {
        switch octet {
        case UInt8(ascii: "\\"): append("\\\\")
        case UInt8(ascii: "\n"): append("\\n")
        case UInt8(ascii: "\"") where escapingQuotes: append("\\\"")
        default: octets.append(octet)
        }
    }
}
