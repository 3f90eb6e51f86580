/// Octets on their way from one side to the other, first in, first out.
struct OctetQueue {
    private var octets: [UInt8] = []
    private var taken = 0

    var count: Int { octets.count - taken }
    var isEmpty: Bool { octets.count == taken }

    mutating func append(_ bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe octets.append(contentsOf: $0) }
    }

    mutating func append(_ text: StaticString) {
        unsafe octets.append(
            contentsOf: UnsafeBufferPointer(
                start: text.utf8Start,
                count: text.utf8CodeUnitCount
            )
        )
    }

    mutating func append(_ text: String) { octets.append(contentsOf: text.utf8) }

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
