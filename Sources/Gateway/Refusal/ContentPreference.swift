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
        guard let weight = quality(member.bytes(in: ByteRange(end, member.count))) else { return }
        if range.equalsIgnoringCase("text/html") {
            html.consider(weight, specificity: 2)
        } else if range.equalsIgnoringCase("text/*") {
            html.consider(weight, specificity: 1)
        } else if range.equalsIgnoringCase("application/problem+json")
            || range.equalsIgnoringCase("application/json")
        {
            json.consider(weight, specificity: 2)
        } else if range.equalsIgnoringCase("application/*") {
            json.consider(weight, specificity: 1)
        } else if range.equalsIgnoringCase("*/*") {
            html.consider(weight, specificity: 0)
            json.consider(weight, specificity: 0)
        }
    }

    /// The weight in thousandths, 1000 where none is stated, nil where it is no `qvalue`.
    private static func quality(_ parameters: Span<UInt8>) -> Int? {
        var start = 0
        for index in 0...parameters.count
        where index == parameters.count || parameters[index] == 0x3B {
            let parameter = trimmed(parameters.bytes(in: ByteRange(start, index)))
            if parameter.count >= 2, parameter[0] | 0x20 == 0x71, parameter[1] == 0x3D {
                return thousandths(parameter.bytes(in: ByteRange(2, parameter.count)))
            }
            start = index + 1
        }
        return 1000
    }

    /// Reads `0` or `1` with up to three decimals (RFC 9110 §12.4.2); nil for anything else.
    private static func thousandths(_ value: Span<UInt8>) -> Int? {
        guard 1...5 ~= value.count, value[0] == 0x30 || value[0] == 0x31 else { return nil }
        var result = Int(value[0] - 0x30)
        for place in 2..<5 {
            var digit = 0
            if place < value.count {
                guard value[1] == 0x2E, 0x30...0x39 ~= value[place] else { return nil }
                digit = Int(value[place] - 0x30)
            }
            result = result * 10 + digit
        }
        guard value.count == 1 || value[1] == 0x2E else { return nil }
        return result <= 1000 ? result : nil
    }

    @_lifetime(copy bytes)
    private static func trimmed(_ bytes: Span<UInt8>) -> Span<UInt8> {
        var lower = 0
        var upper = bytes.count
        while lower < upper, bytes[lower] == 0x20 || bytes[lower] == 0x09 { lower += 1 }
        while upper > lower, bytes[upper - 1] == 0x20 || bytes[upper - 1] == 0x09 { upper -= 1 }
        return bytes.bytes(in: ByteRange(lower, upper))
    }
}
