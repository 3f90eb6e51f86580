/// A set of the methods that one policy knows, in a single word.
///
/// The bits of registered methods are the same everywhere: their places in ``Method/registered``.
/// A policy's own extension methods take the bits behind those, *per policy*, so two sets may be
/// compared only if they belong to the same policy. ``CompiledPolicy/methods(in:)`` names the
/// members.
public struct MethodSet: Sendable, Equatable {
    /// How many extension methods one policy may declare.
    @inlinable public static var extensionMethodsMax: Int { 25 }

    /// A bit a member.
    public let bits: UInt64

    /// The empty set.
    public init() {
        self.bits = 0
    }

    init(bits: UInt64) {
        self.bits = bits
    }

    /// Whether there is no member.
    public var isEmpty: Bool { bits == 0 }

    /// The number of members.
    public var count: Int { bits.nonzeroBitCount }

    /// Whether a registered method is a member.
    ///
    /// False for every other method.
    public func contains(_ method: Method) -> Bool {
        guard let bit = Method.registered.firstIndex(of: method) else { return false }
        return contains(bit: UInt8(bit))
    }

    @inline(__always)
    func contains(bit: UInt8) -> Bool {
        // A shift past the word gives zero, so a bit that is no bit is not a member.
        bits & (1 << UInt64(bit)) != 0
    }

    func inserting(bit: UInt8) -> MethodSet {
        MethodSet(bits: bits | (1 << UInt64(bit)))
    }

    func subtracting(_ other: MethodSet) -> MethodSet {
        MethodSet(bits: bits & ~other.bits)
    }

    func intersection(_ other: MethodSet) -> MethodSet {
        MethodSet(bits: bits & other.bits)
    }

    func union(_ other: MethodSet) -> MethodSet {
        MethodSet(bits: bits | other.bits)
    }
}
