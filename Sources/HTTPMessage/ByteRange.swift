/// A half-open range of octets in a buffer that the caller holds.
///
/// Eight bytes, so that a field line's two ranges fit in a cache line many times over. A range that
/// would not fit in 32 bits, or would be reversed, is clamped when it is made.
public struct ByteRange: Sendable, Equatable {
    @usableFromInline let lower: UInt32
    @usableFromInline let upper: UInt32

    /// Makes the range from `lowerBound` up to, and not including, `upperBound`.
    @inlinable
    public init(_ lowerBound: Int, _ upperBound: Int) {
        lower = UInt32(clamping: lowerBound)
        upper = max(lower, UInt32(clamping: upperBound))
    }

    /// Makes a range of bounds that are known to be in order and to fit in 32 bits: those of a
    /// head, whose octets are counted against `Int32.max` before they are read.
    @inline(__always)
    init(inHead lowerBound: Int, _ upperBound: Int) {
        lower = UInt32(truncatingIfNeeded: lowerBound)
        upper = UInt32(truncatingIfNeeded: upperBound)
    }

    /// The range of no octets, at offset zero.
    @inlinable public static var empty: ByteRange { ByteRange(0, 0) }

    /// The offset of the first octet.
    @inlinable public var lowerBound: Int { Int(lower) }

    /// The offset behind the last octet.
    @inlinable public var upperBound: Int { Int(upper) }

    /// How many octets the range covers.
    @inlinable public var count: Int { Int(upper &- lower) }

    /// Whether the range covers no octet.
    @inlinable public var isEmpty: Bool { lower == upper }

    /// The same range, `distance` octets further on.
    @inlinable
    public func shifted(by distance: Int) -> ByteRange {
        let (lowerBound, lowerOverflows) = Int(lower).addingReportingOverflow(distance)
        let (upperBound, upperOverflows) = Int(upper).addingReportingOverflow(distance)
        guard !lowerOverflows, !upperOverflows else { return .empty }
        return ByteRange(lowerBound, upperBound)
    }
}

extension Span where Element == UInt8 {
    /// The octets of a range, without copying them.
    ///
    /// Clamped to the span: a range that lies outside gives fewer octets or none, never a trap.
    @inlinable
    @_lifetime(copy self)
    public func bytes(in range: ByteRange) -> Span<UInt8> {
        let lowerBound = Swift.min(range.lowerBound, count)
        let upperBound = Swift.min(range.upperBound, count)
        return extracting(lowerBound..<upperBound)
    }
}
