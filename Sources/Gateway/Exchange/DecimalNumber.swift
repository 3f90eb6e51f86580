/// Numbers as `1*DIGIT`.
enum DecimalNumber {
    /// The number, or nil for anything else or a number over `UInt64`.
    static func read(_ text: Span<UInt8>) -> UInt64? {
        guard !text.isEmpty else { return nil }
        var result: UInt64 = 0
        for index in 0..<text.count {
            guard 0x30...0x39 ~= text[index] else { return nil }
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(text[index] - 0x30))
            if overflow || carry { return nil }
            result = sum
        }
        return result
    }
}

extension Span where Element == UInt8 {
    /// Whether the octets are those of the text, case and all.
    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<expected.count where unsafe self[index] != expected[index] {
                return false
            }
            return true
        }
    }

    /// Whether the octets are those of the lower-case text in either case.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { expected in
            for index in 0..<expected.count {
                let octet = self[index]
                let lower = 0x41...0x5A ~= octet ? octet | 0x20 : octet
                if unsafe lower != expected[index] { return false }
            }
            return true
        }
    }

    /// A copy of the octets.
    var array: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in 0..<count { copy.append(self[index]) }
        return copy
    }
}
