import TestKit

/// A parser under test with the oracle that it is held against.
///
/// An input is nothing but octets. What else a case needs (which limits, where to split) is in
/// the first of them, or follows from them all, so that an input alone is a whole failing case.
protocol FuzzTarget {
    /// What the figures are printed under.
    var name: String { get }
    /// Pieces that mean something to the parser, for the mutator.
    var dictionary: [[UInt8]] { get }
    /// An input written from the grammar, valid or nearly.
    func generate(_ random: inout SeededGenerator) -> [UInt8]
    /// Reads an input in both ways.
    func check(_ input: [UInt8]) throws -> FuzzVerdict
}

/// What came of one input.
struct FuzzVerdict {
    /// What the parser did, for the corpus: an input with a new signature is kept.
    var signature = Signature()
    /// How the parser and its oracle differ without an explanation.
    var finding: String?
    /// The named differences that were met.
    var explained: Set<String> = []
    /// Whether the parser accepted something; a run in which it never does tests nothing.
    var isAccepted = false
}

extension FuzzVerdict {
    /// A verdict that is nothing but a finding.
    static func finding(_ text: String) -> FuzzVerdict {
        var verdict = FuzzVerdict()
        verdict.finding = text
        return verdict
    }
}

/// A digest of behaviour (FNV-1a).
///
/// It stands in for the coverage of branches: the outcome, the kind of fault, which known parts
/// are present, and counts in powers of two.
struct Signature: Hashable {
    private var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func add(_ text: String) {
        for octet in text.utf8 { mix(octet) }
        mix(0xFF)
    }

    mutating func add(_ flag: Bool) {
        mix(flag ? 1 : 0)
    }

    /// Adds how many binary digits a count has.
    mutating func add(count: Int) {
        mix(UInt8(truncatingIfNeeded: Int.bitWidth - count.leadingZeroBitCount))
    }

    private mutating func mix(_ octet: UInt8) {
        digest = (digest ^ UInt64(octet)) &* 0x0000_0100_0000_01B3
    }
}
