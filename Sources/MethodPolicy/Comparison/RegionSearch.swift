/// Walks through every path there is, region by region, for one policy or for two at once.
///
/// A region is a run of classes of segments. All segments of a class lead to the same nodes on both
/// sides, so one path, the witness, speaks for its whole region and is decided by the real tables.
/// The classes are found by ``SegmentClasses``. Two regions that lead to the same nodes have the
/// same future, which is looked at once; where nothing below can differ it is not looked at.
struct RegionSearch {
    /// How many witnesses are looked at before the policies count as too large to compare.
    static let stepsMax = 20_000_000

    /// What decides a region on one side.
    enum Decider: Hashable, Sendable {
        case rule(Int32)
        case unlisted
        /// The path is refused before any rule is asked.
        case ambiguous
    }

    /// A region's deciders: one a side, or for one side alone the first two rules that match.
    struct Region: Hashable, Sendable {
        var first: Decider
        var second: Decider
    }

    /// Where the segments so far lead to.
    private struct Place {
        var live: [[Int32]]
        var rests: [[Int32]]
        var isAmbiguous: [Bool]

        var key: [Int32] {
            var key = isAmbiguous.map { $0 ? Int32(1) : 0 }
            for side in live.indices {
                key += rests[side]
                key.append(-1)
                key += live[side]
                key.append(-2)
            }
            return key
        }
    }

    /// A witness of every region, the first that was found.
    private(set) var witnesses: [Region: [UInt8]] = [:]
    /// The regions in the order they were found.
    private(set) var regions: [Region] = []
    /// Whether the search was given up.
    private(set) var isExhausted = false

    private let sides: [ComparedTable]
    private let restsKept: Int
    private let stepsMax: Int
    private let canPrune: Bool
    private var seen: Set<[Int32]> = []
    private var steps = 0

    /// Finds which rules decide together.
    init(_ old: ComparedTable, _ new: ComparedTable, stepsMax: Int = Self.stepsMax) {
        let (one, other) = (old.table, new.table)
        self.init(
            [old, new],
            restsKept: 1,
            stepsMax: stepsMax,
            canPrune: !old.subtrees.isEmpty && one.foldsCase == other.foldsCase
                && one.ignoresTrailingSlash == other.ignoresTrailingSlash
        )
    }

    /// Finds which rules of one policy decide, and which would without them.
    init(_ table: ComparedTable, stepsMax: Int = Self.stepsMax) {
        self.init([table], restsKept: 2, stepsMax: stepsMax, canPrune: false)
    }

    private init(_ sides: [ComparedTable], restsKept: Int, stepsMax: Int, canPrune: Bool) {
        self.sides = sides
        self.restsKept = restsKept
        self.stepsMax = stepsMax
        self.canPrune = canPrune
        let place = Place(
            live: sides.map { _ in [0] },
            rests: sides.map { $0.rests([], [0], keeping: restsKept) },
            isAmbiguous: sides.map { _ in false }
        )
        visit(place, [])
    }

    private mutating func visit(_ place: Place, _ path: [UInt8]) {
        guard !isExhausted, seen.insert(place.key).inserted else { return }
        if canPrune, isSame(place) { return }
        if !path.isEmpty { record(path, place) }
        // Below a place without nodes nothing changes any more.
        guard path.isEmpty || place.live.contains(where: { !$0.isEmpty }) else { return }
        record(path + [Octet.slash], place)
        let classes = SegmentClasses(zip(sides, place.live).map { ($0, $1) })
        for segment in classes.witnesses {
            steps += 1
            if steps > stepsMax { isExhausted = true }
            guard !isExhausted else { return }
            descend(place, path, segment)
        }
    }

    private mutating func descend(_ place: Place, _ path: [UInt8], _ segment: [UInt8]) {
        let step = [Octet.slash] + segment
        var next = place
        for (index, side) in sides.enumerated() {
            next.live[index] = side.step(place.live[index], step.span)
            next.rests[index] = side.rests(
                place.rests[index],
                next.live[index],
                keeping: restsKept
            )
            if side.table.foldsCase, AmbiguousPath.isAmbiguous(step.span) {
                next.isAmbiguous[index] = true
            }
        }
        // What both sides refuse before they look at a rule does not matter.
        guard next.isAmbiguous.contains(false) else { return }
        visit(next, path + step)
    }

    /// Whether both sides lead to the same answers from here on.
    private func isSame(_ place: Place) -> Bool {
        guard place.isAmbiguous[0] == place.isAmbiguous[1] else { return false }
        let live = zip(sides, place.live).map { side, nodes in
            nodes.map { [side.specificities[Int($0)], side.subtrees[Int($0)]] }
                .sorted { ($0[0], $0[1]) < ($1[0], $1[1]) }
        }
        guard live[0] == live[1] else { return false }
        return restClass(place, side: 0) == restClass(place, side: 1)
    }

    private func restClass(_ place: Place, side: Int) -> [Int32] {
        guard let rule = place.rests[side].first else { return [sides[side].unlistedClass] }
        let table = sides[side]
        return [table.restSpecificities[Int(rule)], table.ruleClasses[Int(rule)]]
    }

    // MARK: - Witnesses

    private mutating func record(_ path: [UInt8], _ place: Place) {
        let region: Region
        if sides.count == 1 {
            let rules = sides[0].table.rules(matching: path.span)
            region = Region(
                first: rules.first.map { .rule(Int32($0)) } ?? .unlisted,
                second: rules.dropFirst().first.map { .rule(Int32($0)) } ?? .unlisted
            )
        } else {
            region = Region(
                first: decider(path, place, side: 0),
                second: decider(path, place, side: 1)
            )
        }
        guard witnesses[region] == nil else { return }
        witnesses[region] = path
        regions.append(region)
    }

    private func decider(_ path: [UInt8], _ place: Place, side: Int) -> Decider {
        if place.isAmbiguous[side] { return .ambiguous }
        return sides[side].table.rule(matching: path.span).map { .rule(Int32($0)) } ?? .unlisted
    }
}
