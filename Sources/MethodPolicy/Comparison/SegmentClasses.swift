/// A segment of every class that some nodes tell apart.
///
/// Nodes tell segments apart by literals, types and partly literal segments. A witness may stand
/// for a class that another one stands for already; no class is left out:
///
/// - A literal is a class of its own, and so is each of its spellings where one side ignores case
///   and the other does not.
/// - Any other segment is told apart by the longest prefix and the longest suffix that it begins
///   and ends with, by whether they overlap or touch, and by its type. For each pair there is a
///   witness of every overlap, one in which they touch, and one with something between them that
///   makes neither of them longer.
struct SegmentClasses {
    private(set) var witnesses: [[UInt8]] = []
    private let sides: [(table: ComparedTable, nodes: [Int32])]
    private var literals: [[UInt8]] = []
    private var prefixes: Set<[UInt8]> = [[]]
    private var suffixes: Set<[UInt8]> = [[]]
    private var hasIntegers = false
    private var hasUUIDs = false
    private var fillers: [UInt8] = []
    private var digitFillers: [[UInt8]] = []
    private var known: Set<[UInt8]> = []

    init(_ sides: [(ComparedTable, [Int32])]) {
        self.sides = sides.map { (table: $0.0, nodes: $0.1) }
        collect()
        chooseFillers()
        // Without a node nothing is told apart.
        guard sides.contains(where: { !$0.1.isEmpty }) else { return }
        let isMixed = Set(sides.map { $0.0.table.foldsCase }).count > 1
        if isMixed { spellOut() }
        addPlain()
        for prefix in sorted(prefixes) {
            for suffix in sorted(suffixes) { addPair(prefix, suffix) }
        }
        addInner()
        for literal in literals {
            add(literal)
            if isMixed { addSpellings(of: literal) }
        }
    }

    private mutating func collect() {
        for (table, nodes) in sides {
            for index in nodes {
                let node = table.table.nodes[Int(index)]
                guard node.hasChildren else { continue }
                if node.integer != RuleTable.none { hasIntegers = true }
                if node.uuid != RuleTable.none { hasUUIDs = true }
                for entry in table.literals(of: index) where entry.count > 0 {
                    literals.append(table.table.literals.octets(of: entry))
                }
                for partial in table.partials(of: index) {
                    prefixes.insert(partial.prefix)
                    suffixes.insert(partial.suffix)
                }
            }
        }
    }

    private func sorted(_ octets: Set<[UInt8]>) -> [[UInt8]] {
        octets.sorted { ($0.count, text($0)) < ($1.count, text($1)) }
    }

    private func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

    private mutating func add(_ segment: [UInt8]) {
        guard Self.isCanonical(segment), known.insert(segment).inserted else { return }
        witnesses.append(segment)
    }

    private func isLiteral(_ segment: [UInt8]) -> Bool {
        sides.contains { $0.table.isLiteral(segment, under: $0.nodes) }
    }

    // MARK: - What stands between a prefix and a suffix

    /// What stands between a prefix and a suffix: an octet that occurs in none of them, or all that
    /// may if none is left.
    private mutating func chooseFillers() {
        let used = Set(prefixes.union(suffixes).joined().map(Octet.folded))
        let letters = Array("xqzjkvwyfghmnbcdelrstuaopi-_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        fillers = letters.first { !used.contains(Octet.folded($0)) }.map { [$0] } ?? letters
        digitFillers = Self.digits.map { [$0] }
        if used.contains(where: Octet.isDigit) {
            digitFillers += Self.digits.flatMap { one in Self.digits.map { [one, $0] } }
        }
    }

    private static let digits = Array("7012345689".utf8)
    private static let hexadecimalDigits = Array("0123456789abcdefABCDEF".utf8)

    /// A segment that is no literal: the middle is repeated until none is met.
    private func filled(_ prefix: [UInt8], _ middle: [UInt8], _ suffix: [UInt8]) -> [UInt8] {
        var segment = prefix + middle + suffix
        var grown = middle
        // Each round meets another literal, so it ends when they do.
        for _ in 0...literals.count where isLiteral(segment) {
            grown += middle
            segment = prefix + grown + suffix
        }
        return segment
    }

    private mutating func addPlain() {
        if hasIntegers { add(filled([], [0x37], [])) }
        if hasUUIDs { addUUIDs([], []) }
        for filler in fillers { add(filled([], [filler], [])) }
    }

    private mutating func addPair(_ prefix: [UInt8], _ suffix: [UInt8]) {
        for overlap in 0...min(prefix.count, suffix.count) {
            let (end, start) = (prefix.suffix(overlap), suffix.prefix(overlap))
            guard end.map(Octet.folded) == start.map(Octet.folded) else { continue }
            add(prefix + suffix.dropFirst(overlap))
            add(prefix.dropLast(overlap) + suffix)
        }
        for filler in fillers { add(filled(prefix, [filler], suffix)) }
        if hasIntegers, (prefix + suffix).allSatisfy(Octet.isDigit) {
            for filler in digitFillers { add(filled(prefix, filler, suffix)) }
        }
        if hasUUIDs { addUUIDs(prefix, suffix) }
    }

    private mutating func addUUIDs(_ prefix: [UInt8], _ suffix: [UInt8]) {
        guard prefix.count <= 36, suffix.count <= 36 else { return }
        for digit in Self.hexadecimalDigits {
            var segment = (0..<36).map { [8, 13, 18, 23].contains($0) ? 0x2D : digit }
            segment.replaceSubrange(0..<prefix.count, with: prefix)
            segment.replaceSubrange((36 - suffix.count)..<36, with: suffix)
            // Beside a literal UUID stands one with another digit in the middle.
            for place in [20, 21, 22, 19] where isLiteral(segment) {
                segment[place] = segment[place] == 0x30 ? 0x31 : 0x30
            }
            add(segment)
        }
    }

    /// Parts of prefixes and suffixes, which matter where whatever would follow makes them longer.
    private mutating func addInner() {
        let hasFresh = fillers.count == 1
        guard hasIntegers || !hasFresh else { return }
        for octets in sorted(prefixes.union(suffixes)) where !octets.isEmpty {
            for count in 1...octets.count {
                for part in [Array(octets.prefix(count)), Array(octets.suffix(count))]
                where !hasFresh || part.allSatisfy(Octet.isDigit) {
                    add(part)
                }
            }
        }
    }

    // MARK: - Case

    /// The spellings of octets that a side which minds case may tell apart: both cases, and each
    /// with one letter in the other.
    private static func spellings(of octets: [UInt8]) -> [[UInt8]] {
        let lower = octets.map(Octet.folded)
        let upper = lower.map { Octet.isLetter($0) ? $0 & 0xDF : $0 }
        var spellings = [octets, lower, upper]
        for index in lower.indices where Octet.isLetter(lower[index]) {
            for base in [lower, upper] {
                var swapped = base
                swapped[index] ^= 0x20
                spellings.append(swapped)
            }
        }
        return spellings
    }

    /// Adds the spellings of all prefixes and suffixes, those that begin or end alike joined.
    private mutating func spellOut() {
        for prefix in sorted(prefixes) {
            prefixes.formUnion(Self.spellings(of: prefix))
            for other in sorted(prefixes) where other.count < prefix.count {
                let start = prefix.prefix(other.count).map(Octet.folded)
                guard start == other.map(Octet.folded) else { continue }
                for spelling in Self.spellings(of: prefix) {
                    prefixes.insert(other + spelling.dropFirst(other.count))
                }
            }
        }
        for suffix in sorted(suffixes) {
            suffixes.formUnion(Self.spellings(of: suffix))
            for other in sorted(suffixes) where other.count < suffix.count {
                let end = suffix.suffix(other.count).map(Octet.folded)
                guard end == other.map(Octet.folded) else { continue }
                for spelling in Self.spellings(of: suffix) {
                    suffixes.insert(spelling.dropLast(other.count) + other)
                }
            }
        }
    }

    private mutating func addSpellings(of literal: [UInt8]) {
        let lower = literal.map(Octet.folded)
        for base in Self.spellings(of: literal) {
            for prefix in sorted(prefixes) where lower.starts(with: prefix.map(Octet.folded)) {
                for suffix in sorted(suffixes)
                where lower.suffix(suffix.count).elementsEqual(suffix.map(Octet.folded)) {
                    var spelling = base
                    spelling.replaceSubrange(0..<prefix.count, with: prefix)
                    let start = spelling.count - suffix.count
                    spelling.replaceSubrange(start..<spelling.count, with: suffix)
                    add(spelling)
                }
            }
        }
    }

    // MARK: - Canonical form

    /// Whether a segment can stand in a path that is judged.
    static func isCanonical(_ segment: [UInt8]) -> Bool {
        if segment == [Octet.dot] || segment == [Octet.dot, Octet.dot] || segment.isEmpty {
            return false
        }
        var decoded: [UInt8] = []
        var index = 0
        while index < segment.count {
            let octet = segment[index]
            guard octet == Octet.percent else {
                decoded.append(octet)
                index += 1
                continue
            }
            guard segment.count - index > 2, let high = Octet.hexValue(segment[index + 1]),
                let low = Octet.hexValue(segment[index + 2])
            else { return false }
            let escaped = high << 4 | low
            // Visible characters stand for themselves, all others but the space are refused.
            guard escaped == 0x20 || escaped >= 0x80 || escaped == Octet.percent else {
                return false
            }
            let next = segment[(index + 3)...].prefix(2)
            if escaped == Octet.percent, next.count == 2,
                next.allSatisfy({ Octet.hexValue($0) != nil })
            {
                return false
            }
            decoded.append(escaped)
            index += 3
        }
        return String(validating: decoded, as: UTF8.self) != nil
    }
}
