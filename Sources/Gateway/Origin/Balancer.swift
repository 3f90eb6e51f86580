/// Some of an upstream's targets, by their numbers from 0 to 63.
struct TargetSet: Equatable {
    private(set) var bits: UInt64 = 0

    static let countMax = 64

    init() {}

    private init(bits: UInt64) { self.bits = bits }

    /// The first so many.
    init(first count: Int) {
        bits = count >= Self.countMax ? .max : (1 << UInt64(count)) - 1
    }

    var isEmpty: Bool { bits == 0 }

    func contains(_ target: Int) -> Bool { bits >> UInt64(target) & 1 == 1 }

    mutating func insert(_ target: Int) { bits |= 1 << UInt64(target) }

    func intersection(_ other: TargetSet) -> TargetSet { TargetSet(bits: bits & other.bits) }

    func subtracting(_ other: TargetSet) -> TargetSet { TargetSet(bits: bits & ~other.bits) }

    /// The first member from a number on, beginning anew behind the last; nil if there is none.
    func first(from start: Int) -> Int? {
        if isEmpty { return nil }
        let rest = start < Self.countMax ? bits & (.max << UInt64(start)) : 0
        return (rest == 0 ? bits : rest).trailingZeroBitCount
    }
}

/// Chooses one of several targets.
///
/// A value without a clock and without I/O.
struct Balancer {
    private let balance: OriginBalance
    /// Numbers made of the targets' texts, the same in every process.
    private let seeds: [UInt64]
    /// Where the next round begins.
    private var next = 0

    init(_ balance: OriginBalance, targets: [String]) {
        self.balance = balance
        seeds = targets.map { text in
            // FNV-1a.
            text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        }
    }

    /// One of the candidates.
    ///
    /// - Parameters:
    ///   - candidates: Those that may be chosen.
    ///   - client: Who asks, as a number; 0 is nobody in particular.
    ///   - underWay: How many exchanges a target has.
    /// - Returns: The target; nil if there is no candidate.
    mutating func choose(
        among candidates: TargetSet,
        client: UInt64,
        underWay: (Int) -> Int
    ) -> Int? {
        let chosen: Int?
        switch balance {
        case .client where client != 0:
            return favourite(among: candidates, of: client)
        case .roundRobin, .client:
            chosen = candidates.first(from: next)
        case .leastConnections:
            chosen = leastBusy(among: candidates, underWay)
        }
        if let chosen { next = chosen + 1 < seeds.count ? chosen + 1 : 0 }
        return chosen
    }

    /// The candidate with the fewest exchanges; of several, the next in turn.
    private func leastBusy(among candidates: TargetSet, _ underWay: (Int) -> Int) -> Int? {
        var best: (target: Int, count: Int)?
        for step in seeds.indices {
            let sum = next + step
            let target = sum < seeds.count ? sum : sum - seeds.count
            guard candidates.contains(target) else { continue }
            let count = underWay(target)
            if best.map({ count < $0.count }) ?? true { best = (target, count) }
        }
        return best?.target
    }

    /// The candidate whose number with the client's is the highest (rendezvous hashing): without a
    /// target, its clients alone go elsewhere.
    private func favourite(among candidates: TargetSet, of client: UInt64) -> Int? {
        var best: (target: Int, weight: UInt64)?
        for target in seeds.indices where candidates.contains(target) {
            let weight = Self.mixed(seeds[target] ^ Self.mixed(client))
            if best.map({ weight > $0.weight }) ?? true { best = (target, weight) }
        }
        return best?.target
    }

    /// Spreads a difference in any bit over all of them (the finaliser of SplitMix64).
    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
