internal import HTTPMessage

/// Whether a client would rather read HTML than JSON, by its Accept field (RFC 9110 §12.5.1).
enum ContentPreference {
    /// Whether `text/html` has a strictly higher weight than problem details in JSON.
    ///
    /// - Parameter accept: The field's value. A malformed member counts for nothing.
    /// - Returns: True for HTML.
    static func prefersHTML(accept: Span<UInt8>) -> Bool {
        var html = Weight()
        var json = Weight()
        var start = 0
        for index in 0...accept.count where index == accept.count || accept[index] == 0x2C {
            consider(accept.bytes(in: ByteRange(start, index)), &html, &json)
            start = index + 1
        }
        return html.thousandths > json.thousandths
    }

    /// The weight of the most specific range seen so far.
    private struct Weight {
        var thousandths = 0
        var specificity = -1

        mutating func consider(_ thousandths: Int, specificity: Int) {
            guard specificity >= self.specificity else { return }
            let isSame = specificity == self.specificity
            self.thousandths = isSame ? max(self.thousandths, thousandths) : thousandths
            self.specificity = specificity
        }
    }

    private static func consider(
        _ member: Span<UInt8>,
        _ html: inout Weight,
        _ json: inout Weight
    ) {
        var end = 0
        while end < member.count, member[end] != 0x3B { end += 1 }
        let range = trimmed(member.bytes(in: ByteRange(0, end)))
        let weight = quality(member.bytes(in: ByteRange(end, member.count)))
        if matches(range, "text/html") {
            html.consider(weight, specificity: 2)
        } else if matches(range, "text/*") {
            html.consider(weight, specificity: 1)
        } else if matches(range, "application/problem+json") || matches(range, "application/json") {
            json.consider(weight, specificity: 2)
        } else if matches(range, "application/*") {
            json.consider(weight, specificity: 1)
        } else if matches(range, "*/*") {
            html.consider(weight, specificity: 0)
            json.consider(weight, specificity: 0)
        }
    }

    /// The weight in thousandths; 1000 where none is stated.
    private static func quality(_ parameters: Span<UInt8>) -> Int {
        var index = 0
        while index + 2 < parameters.count {
            let isName = parameters[index] | 0x20 == 0x71 && parameters[index + 1] == 0x3D
            let before = index == 0 ? 0x3B : parameters[index - 1]
            if isName, before == 0x3B || before == 0x20 || before == 0x09 {
                return thousandths(parameters.bytes(in: ByteRange(index + 2, parameters.count)))
            }
            index += 1
        }
        return 1000
    }

    private static func thousandths(_ value: Span<UInt8>) -> Int {
        guard !value.isEmpty else { return 0 }
        if value[0] == 0x31 { return 1000 }
        guard value[0] == 0x30 else { return 0 }
        var result = 0
        for place in 0..<3 {
            let index = place + 2
            let digit = index < value.count && value[1] == 0x2E ? Int(value[index]) - 0x30 : 0
            guard 0...9 ~= digit else { return place == 0 ? 0 : result * power(3 - place) }
            result = result * 10 + digit
        }
        return result
    }

    private static func power(_ exponent: Int) -> Int {
        exponent == 3 ? 1000 : exponent == 2 ? 100 : 10
    }

    @_lifetime(copy bytes)
    private static func trimmed(_ bytes: Span<UInt8>) -> Span<UInt8> {
        var lower = 0
        var upper = bytes.count
        while lower < upper, bytes[lower] == 0x20 || bytes[lower] == 0x09 { lower += 1 }
        while upper > lower, bytes[upper - 1] == 0x20 || bytes[upper - 1] == 0x09 { upper -= 1 }
        return bytes.bytes(in: ByteRange(lower, upper))
    }

    private static func matches(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
        guard bytes.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<bytes.count {
                let octet = bytes[index]
                let lower = 0x41...0x5A ~= octet ? octet | 0x20 : octet
                if unsafe lower != expected[index] { return false }
            }
            return true
        }
    }
}
