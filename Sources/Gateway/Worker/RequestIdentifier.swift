/// Names requests: 16 hexadecimal digits, unique in a worker and unlikely to meet another's.
struct RequestIdentifier {
    private var next: UInt64
    private(set) var text = [UInt8](repeating: 0x30, count: 16)

    init() { next = UInt64.random(in: .min ... .max) }

    /// Moves on to the next identifier; `text` is rewritten in place.
    mutating func advance() {
        next &+= 1
        var rest = next
        for index in stride(from: 15, through: 0, by: -1) {
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            text[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            rest >>= 4
        }
    }
}
