import Testing

@testable import Gateway

@Suite("Which target a request goes to")
struct BalancerTests {
    private static let names = ["http://10.0.0.1", "http://10.0.0.2", "http://10.0.0.3"]

    private func set(_ members: Int...) -> TargetSet {
        var set = TargetSet()
        for member in members { set.insert(member) }
        return set
    }

    @Test("A set of targets holds the numbers from 0 to 63")
    func holdsTargets() {
        #expect(TargetSet().isEmpty && TargetSet().first(from: 0) == nil)
        #expect(TargetSet(first: 3) == set(0, 1, 2))
        let all = TargetSet(first: 64)
        #expect(all.contains(0) && all.contains(63))
        #expect(TargetSet(first: 70) == all)
        #expect(set(1, 63).first(from: 2) == 63 && set(1, 63).first(from: 64) == 1)
        #expect(set(0, 1, 2).subtracting(set(1)) == set(0, 2))
        #expect(set(0, 1).intersection(set(1, 2)) == set(1))
    }

    @Test("Round robin takes one after the other and passes over those that are not candidates")
    func goesRound() {
        var balancer = Balancer(.roundRobin, targets: Self.names)
        func next(_ candidates: TargetSet) -> Int? {
            balancer.choose(among: candidates, client: 0) { _ in 0 }
        }
        #expect((0..<6).map { _ in next(TargetSet(first: 3)) } == [0, 1, 2, 0, 1, 2])
        #expect((0..<4).map { _ in next(set(0, 2)) } == [0, 2, 0, 2])
        #expect(next(set()) == nil)
        #expect(next(set(1)) == 1 && next(TargetSet(first: 3)) == 2)
    }

    @Test("Least connections takes who has the fewest; of several, one after the other")
    func takesTheLeastBusy() {
        var balancer = Balancer(.leastConnections, targets: Self.names)
        func next(_ counts: [Int], _ candidates: TargetSet = TargetSet(first: 3)) -> Int? {
            balancer.choose(among: candidates, client: 7) { counts[$0] }
        }
        #expect(next([2, 1, 3]) == 1)
        #expect(next([0, 1, 0]) == 2 && next([0, 1, 0]) == 0)
        #expect((0..<3).map { _ in next([1, 1, 1]) } == [1, 2, 0])
        #expect(next([0, 5, 4], set(1, 2)) == 2)
    }

    @Test("A client's target stays the same; without it, its clients alone go elsewhere")
    func sticksToClients() throws {
        func targets(_ candidates: TargetSet) -> [Int?] {
            // Each with a balancer of its own: another worker, or another process.
            (1...3_000).map { client in
                var balancer = Balancer(.client, targets: Self.names)
                return balancer.choose(among: candidates, client: UInt64(client)) { _ in 0 }
            }
        }
        let all = targets(TargetSet(first: 3))
        for target in 0..<3 {
            let share = all.count { $0 == target }
            #expect(800...1_200 ~= share, "\(share)")
        }
        let without = targets(set(0, 2))
        for (before, after) in zip(all, without) {
            if before == 1 {
                #expect(after == 0 || after == 2)
            } else {
                #expect(after == before)
            }
        }
        // Those that move are shared by the ones that are left.
        let moved = zip(all, without).filter { $0.0 == 1 }
        #expect(moved.contains { $0.1 == 0 } && moved.contains { $0.1 == 2 })
    }

    @Test("Who has no address is nobody's client, and goes round")
    func goesRoundForNobody() {
        var balancer = Balancer(.client, targets: Self.names)
        let chosen = (0..<4).map { _ in
            balancer.choose(among: TargetSet(first: 3), client: 0) { _ in 0 }
        }
        #expect(chosen == [0, 1, 2, 0])
    }
}
