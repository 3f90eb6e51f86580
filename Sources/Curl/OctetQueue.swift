/// Octets on their way from one side to the other, first in, first out.
struct OctetQueue {
    private var octets: [UInt8] = []
    private var taken = 0

    var count: Int { octets.count - taken }
    var isEmpty: Bool { octets.count == taken }

    mutating func append(_ bytes: Span<UInt8>) {
        compact()
        unsafe bytes.withUnsafeBufferPointer { unsafe octets.append(contentsOf: $0) }
    }

    mutating func append(_ text: StaticString) {
        compact()
        unsafe octets.append(
            contentsOf: UnsafeBufferPointer(
                start: text.utf8Start,
                count: text.utf8CodeUnitCount
            )
        )
    }

    mutating func append(_ text: String) {
        compact()
        octets.append(contentsOf: text.utf8)
    }

    /// Drops what was taken, where that is much: a queue that is never quite empty must not grow.
    private mutating func compact() {
        guard taken >= Self.takenMax else { return }
        octets.removeFirst(taken)
        taken = 0
    }

    private static let takenMax = 64 * 1024

    /// Moves octets to a buffer, as many as there are and fit.
    ///
    /// - Returns: How many were moved.
    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let moved = min(count, buffer.count)
        guard moved > 0 else { return 0 }
        unsafe octets.withUnsafeBytes { all in
            unsafe buffer.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: all[taken..<taken + moved])
            )
        }
        taken += moved
        if isEmpty {
            octets.removeAll(keepingCapacity: true)
            taken = 0
        }
        return moved
    }
}
