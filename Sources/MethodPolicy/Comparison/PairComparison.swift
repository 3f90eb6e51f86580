/// Compares the policy of some hosts before and after; either may be missing.
struct PairComparison {
    private(set) var differences: [PolicyDifference] = []
    private let old: RuleBehaviour.Context?
    private let new: RuleBehaviour.Context?
    private let hosts: [String]

    init(old: RuleBehaviour.Context?, new: RuleBehaviour.Context?, hosts: [String]) {
        self.old = old
        self.new = new
        self.hosts = hosts
    }

    /// A rule of one side, or what stands in for it.
    private struct Decider {
        let rule: CompiledRule?
        let behaviour: RuleBehaviour
        let location: SourceLocation?
    }

    /// Finds the differences; false if there is too much to compare.
    mutating func compare(stepsMax: Int) -> Bool {
        switch (old, new) {
        case (nil, nil):
            return true
        case (let old?, nil):
            let search = RegionSearch(ComparedTable(old.policy), stepsMax: stepsMax)
            var seen: Set<RegionSearch.Decider> = []
            for region in search.regions where seen.insert(region.first).inserted {
                add(region.first, nil, search.witnesses[region])
            }
            return !search.isExhausted
        case (nil, let new?):
            let search = RegionSearch(ComparedTable(new.policy), stepsMax: stepsMax)
            var seen: Set<RegionSearch.Decider> = []
            for region in search.regions where seen.insert(region.first).inserted {
                add(nil, region.first, search.witnesses[region])
            }
            return !search.isExhausted
        case (let old?, let new?):
            comparePolicies(old.policy, new.policy)
            var (one, other) = (ComparedTable(old.policy), ComparedTable(new.policy))
            var identities = SubtreeIdentities()
            identities.identify(&one, old.upstreams)
            identities.identify(&other, new.upstreams)
            let search = RegionSearch(one, other, stepsMax: stepsMax)
            for region in search.regions {
                add(region.first, region.second, search.witnesses[region])
            }
            return !search.isExhausted
        }
    }

    private func decider(
        _ decider: RegionSearch.Decider?,
        _ side: RuleBehaviour.Context?
    ) -> Decider {
        guard let decider, let side else {
            return Decider(rule: nil, behaviour: RuleBehaviour(.noPolicy), location: nil)
        }
        switch decider {
        case .rule(let index):
            let rule = side.policy.rules[Int(index)]
            let behaviour = RuleBehaviour(rule, in: side)
            return Decider(rule: rule, behaviour: behaviour, location: rule.location)
        case .unlisted:
            return Decider(rule: nil, behaviour: RuleBehaviour(nil, in: side), location: nil)
        case .ambiguous:
            return Decider(rule: nil, behaviour: RuleBehaviour(.ambiguous), location: nil)
        }
    }

    private mutating func add(
        _ before: RegionSearch.Decider?,
        _ after: RegionSearch.Decider?,
        _ witness: [UInt8]?
    ) {
        let (one, other) = (decider(before, old), decider(after, new))
        guard one.behaviour != other.behaviour else { return }
        let example = witness.map { String(decoding: $0, as: UTF8.self) }
        addMethods(one, other, example)
        guard one.rule != nil || other.rule != nil || one.behaviour.kind == other.behaviour.kind
        else { return }
        let (left, right) = (one.behaviour, other.behaviour)
        // What a side refuses as a whole has no upstream and no answers of its own.
        guard !left.upstream.isEmpty, !right.upstream.isEmpty else { return }
        if left.upstream != right.upstream {
            add(.change, "upstream", left.upstream, right.upstream, one, other, example)
        }
        if left.upgrades != right.upgrades {
            let kind: PolicyDifference.Kind =
                left.upgrades.isSuperset(of: right.upgrades) ? .narrowing : .widening
            let (was, becomes) = (Self.text(left.upgrades), Self.text(right.upgrades))
            add(kind, "upgrade", was, becomes, one, other, example)
        }
        if left.overrides != right.overrides {
            let kind = Self.kind(from: left.overrides, to: right.overrides)
            let (was, becomes) = (left.overrides.rawValue, right.overrides.rawValue)
            add(kind, "override", was, becomes, one, other, example)
        }
        if left.cors != right.cors {
            let (was, becomes) = (left.cors.isEmpty, right.cors.isEmpty)
            let isOther = !was && !becomes
            add(
                .change,
                "cors",
                was ? "off" : "on",
                becomes ? "off" : isOther ? "other terms" : "on",
                one,
                other,
                example
            )
        }
    }

    private mutating func addMethods(_ one: Decider, _ other: Decider, _ example: String?) {
        var groups: [[MethodVerdict]: [String]] = [:]
        var order: [[MethodVerdict]] = []
        let compared = comparedMethods
        for method in compared {
            let verdicts = zip([one, other], [old, new]).map { decider, side in
                decider.behaviour.verdict(of: method?.name, isKnown: Self.knows(method, side))
            }
            guard verdicts[0].change(to: verdicts[1]) != nil else { continue }
            if groups[verdicts] == nil { order.append(verdicts) }
            groups[verdicts, default: []].append(method?.name ?? Self.unknown)
        }
        for verdicts in order {
            guard let kind = verdicts[0].change(to: verdicts[1]) else { continue }
            differences.append(
                PolicyDifference(
                    kind: kind,
                    hosts: hosts,
                    methods: groups[verdicts] ?? [],
                    methodsInWords: Self.words(for: groups[verdicts] ?? [], of: compared),
                    paths: paths(one, other),
                    subject: nil,
                    old: verdicts[0].description,
                    new: verdicts[1].description,
                    oldLocation: one.location,
                    newLocation: other.location,
                    example: example
                )
            )
        }
    }

    /// What stands for a method that no side knows.
    private static let unknown = "(unknown)"

    /// Words that are shorter than the names of nearly all methods; nil if the names will do.
    private static func words(for methods: [String], of compared: [Method?]) -> String? {
        // Whatever policies say, these are answered or refused without them.
        let settled = ["CONNECT", "OPTIONS", "PRI", "TRACE"]
        let others = compared.compactMap { $0?.name }.filter {
            !methods.contains($0) && !settled.contains($0)
        }
        guard methods.count >= 8, others.count < methods.count else { return nil }
        let every = methods.contains(unknown) ? "every method" : "every known method"
        return others.isEmpty ? every : "\(every) but \(others.joined(separator: " "))"
    }

    /// Every method that a side knows, in the order of `Allow`, and one that none does.
    private var comparedMethods: [Method?] {
        let known = Set([old, new].compactMap { $0 }.flatMap { $0.policy.methods.methods })
        return known.sorted() + [nil]
    }

    private static func knows(_ method: Method?, _ side: RuleBehaviour.Context?) -> Bool {
        guard let method, let side else { return false }
        return side.policy.methods.bit(of: method) != nil
    }

    private mutating func add(
        _ kind: PolicyDifference.Kind,
        _ subject: String,
        _ before: String,
        _ after: String,
        _ one: Decider,
        _ other: Decider,
        _ example: String?
    ) {
        differences.append(
            PolicyDifference(
                kind: kind,
                hosts: hosts,
                methods: [],
                methodsInWords: nil,
                paths: paths(one, other),
                subject: subject,
                old: before,
                new: after,
                oldLocation: one.location,
                newLocation: other.location,
                example: example
            )
        )
    }

    /// The more specific pattern of the two, which names the smaller set of paths.
    private func paths(_ one: Decider, _ other: Decider) -> String {
        guard let left = one.rule, let right = other.rule else {
            return one.rule?.pattern ?? other.rule?.pattern ?? "paths that no rule matches"
        }
        guard let first = specificity(left, old), let second = specificity(right, new) else {
            return right.pattern
        }
        return first.lexicographicallyPrecedes(second) ? left.pattern : right.pattern
    }

    private func specificity(_ rule: CompiledRule, _ side: RuleBehaviour.Context?) -> [UInt16]? {
        let pattern = try? PathPattern(
            rule.pattern,
            caseInsensitive: side?.policy.caseInsensitive ?? false,
            ignoresTrailingSlash: side?.policy.ignoresTrailingSlash ?? false
        )
        return pattern?.specificity
    }

    private static func text(_ upgrades: UpgradeProtocols) -> String {
        upgrades.isEmpty ? "none" : upgrades.names.joined(separator: ", ")
    }

    /// Less is judged from `judge` to `ignore`; `strip` and `judge` protect in different ways.
    private static func kind(from: OverrideMode, to: OverrideMode) -> PolicyDifference.Kind {
        switch (from, to) {
        case (.refuse, _), (_, .ignore): .widening
        case (_, .refuse), (.ignore, _): .narrowing
        default: .change
        }
    }
}

// MARK: - What holds for a whole policy

extension PairComparison {
    private mutating func comparePolicies(_ one: CompiledPolicy, _ other: CompiledPolicy) {
        func add(_ kind: PolicyDifference.Kind, _ subject: String, _ old: String, _ new: String) {
            differences.append(
                PolicyDifference(
                    kind: kind,
                    hosts: hosts,
                    methods: [],
                    methodsInWords: nil,
                    paths: "all paths",
                    subject: subject,
                    old: old,
                    new: new,
                    oldLocation: SourceLocation(file: one.file, line: 1),
                    newLocation: SourceLocation(file: other.file, line: 1),
                    example: nil
                )
            )
        }
        func compare(
            _ subject: String,
            _ old: [String],
            _ new: [String],
            more: PolicyDifference.Kind
        ) {
            guard Set(old) != Set(new) else { return }
            let less: PolicyDifference.Kind = more == .widening ? .narrowing : .widening
            let isMore = !Set(new).isSubset(of: Set(old))
            let isLess = !Set(old).isSubset(of: Set(new))
            // Both at once: the part that widens counts.
            let kind = isMore && (more == .widening || !isLess) ? more : isLess ? less : more
            func text(_ names: [String]) -> String {
                names.isEmpty ? "none" : names.sorted().joined(separator: " ")
            }
            add(kind, subject, text(old), text(new))
        }
        compare("tolerate", one.tolerances.names, other.tolerances.names, more: .widening)
        if one.judgesOverrides || other.judgesOverrides {
            let fields = (one.overrideFields, other.overrideFields)
            compare("override fields", fields.0, fields.1, more: .narrowing)
            let parameters = (one.overrideParameters, other.overrideParameters)
            compare("override parameters", parameters.0, parameters.1, more: .narrowing)
        }
        if one.caseInsensitive != other.caseInsensitive {
            // Paths that such servers read in two ways are refused under `insensitive` alone.
            let kind: PolicyDifference.Kind = one.caseInsensitive ? .widening : .narrowing
            let names = [one, other].map { $0.caseInsensitive ? "insensitive" : "sensitive" }
            add(kind, "case (ambiguous paths: refused 400 under insensitive)", names[0], names[1])
        }
    }
}
