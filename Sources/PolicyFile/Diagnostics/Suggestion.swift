/// Finds what somebody probably meant to write.
enum Suggestion {
    /// The nearest candidate, if it is near enough that a typing mistake explains the difference.
    ///
    /// Near enough is one edit in a word of up to 5 letters and two in longer words, where an edit
    /// inserts, removes or replaces a letter or swaps two neighbours. Case does not count.
    static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
        let length = word.utf8.count
        guard length >= 1, length <= 64 else { return nil }
        let editsMax = length <= 5 ? 1 : 2
        var best: (word: String, distance: Int)?
        for candidate in candidates where abs(candidate.utf8.count - length) <= editsMax {
            let distance = distance(folded(word), folded(candidate))
            if distance <= editsMax, distance < best?.distance ?? Int.max {
                best = (candidate, distance)
            }
        }
        return best?.word
    }

    private static func folded(_ word: String) -> [UInt8] {
        word.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 }
    }

    /// The edit distance with neighbouring transpositions (optimal string alignment).
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        var current = last
        for (i, a) in left.enumerated() {
            current[0] = i + 1
            for (j, b) in right.enumerated() {
                var cost = min(last[j + 1] + 1, current[j] + 1, last[j] + (a == b ? 0 : 1))
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                current[j + 1] = cost
            }
            (beforeLast, last, current) = (last, current, beforeLast)
        }
        return last[right.count]
    }
}
