import Foundation

/// Content of any length in which every octet depends on its position.
///
/// The period is a prime, so a piece that is lost, doubled or moved by any buffer's size shows.
public struct Pattern: Sendable {
    /// How many octets were made or checked so far.
    public private(set) var position = 0
    private let block: [UInt8]
    private static let period = 65_521

    /// Starts at the first octet.
    public init() {
        // Two periods, so that a piece of up to one period is one slice wherever it starts.
        var state: UInt32 = 1
        let once = (0..<Self.period).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        block = once + once
    }

    /// The next octets, at most `count` and at most one period.
    public mutating func next(_ count: Int) -> [UInt8] {
        let start = position % Self.period
        let length = min(count, Self.period)
        position += length
        return Array(block[start..<(start + length)])
    }

    /// Whether `piece` is what comes next.
    public mutating func matches(_ piece: ArraySlice<UInt8>) -> Bool {
        var rest = piece
        while !rest.isEmpty {
            let start = position % Self.period
            let length = min(rest.count, Self.period)
            let isSame = rest.prefix(length).withUnsafeBytes { seen in
                block.withUnsafeBytes { made in
                    guard let left = seen.baseAddress, let right = made.baseAddress else {
                        return false
                    }
                    return memcmp(left, right + start, length) == 0
                }
            }
            guard isSame else { return false }
            position += length
            rest = rest.dropFirst(length)
        }
        return true
    }
}
