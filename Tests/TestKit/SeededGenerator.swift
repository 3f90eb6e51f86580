/// Random numbers that a seed decides (SplitMix64), so that a failure can be run again.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence that belongs to `seed`.
    public init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and not including, `bound`; 0 for a bound that leaves no other.
    public mutating func below(_ bound: Int) -> Int {
        bound > 1 ? Int.random(in: 0..<bound, using: &self) : 0
    }

    /// True once in `times`.
    public mutating func once(in times: Int) -> Bool {
        below(times) == 0
    }

    /// One of these, of which there must be one at least.
    public mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }
}
