/// Names requests: 16 hexadecimal digits, unique in a worker and unlikely to meet another's.
///
/// A value without storage of its own, so that what outlives a request's head keeps one at no cost.
struct RequestIdentifier {
    private var next: UInt64
    private var digits = InlineArray<16, UInt8>(repeating: UInt8(ascii: "0"))

    init() { next = UInt64.random(in: .min ... .max) }

    /// The digits.
    var text: Span<UInt8> {
        @_lifetime(borrow self)
        get { digits.span }
    }

    /// Moves on to the next identifier.
    mutating func advance() {
        next &+= 1
        var rest = next
        for index in digits.indices.reversed() {
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            digits[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            rest >>= 4
        }
    }
}
