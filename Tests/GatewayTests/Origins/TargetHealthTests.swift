import Testing

@testable import Gateway

@Suite("What is made of a target's failures")
struct TargetHealthTests {
    /// A target that has just been left out, at the time 0.
    private func leftOut() -> TargetHealth {
        var health = TargetHealth()
        for _ in 0..<TargetHealth.failuresMax { health.failed(at: 0) }
        return health
    }

    @Test("Three failures in a row leave a target out; a response between them does not let them")
    func countsFailuresInARow() {
        var health = TargetHealth()
        health.failed(at: 0)
        health.failed(at: 1)
        #expect(health.isWell && health.admits(at: 1))
        health.succeeded()
        health.failed(at: 2)
        health.failed(at: 3)
        #expect(health.isWell && health.failuresInARow == 2)
        health.failed(at: 4)
        #expect(!health.isWell && !health.admits(at: 4))
        #expect(!health.admits(at: 1_003) && health.admits(at: 1_004))
    }

    @Test("One request tries it when its time is over, and the next one a pause later")
    func letsOneTry() {
        var health = leftOut()
        #expect(health.admits(at: 1_000))
        health.chosen(at: 1_000)
        #expect(!health.admits(at: 1_000) && !health.admits(at: 1_999))
        // Nothing was heard of the trial.
        #expect(health.admits(at: 2_000))
    }

    @Test("A trial that fails doubles the pause, up to half a minute; one that succeeds ends it")
    func backsOff() {
        var health = leftOut()
        var now: Int64 = 1_000
        for pause in [2_000, 4_000, 8_000, 16_000, 30_000, 30_000] as [Int64] {
            #expect(health.admits(at: now))
            health.chosen(at: now)
            health.failed(at: now)
            #expect(!health.admits(at: now + pause - 1) && health.admits(at: now + pause))
            now += pause
        }
        health.chosen(at: now)
        health.succeeded()
        #expect(health.isWell && health.admits(at: now))
        // It begins anew.
        health.failed(at: now)
        #expect(health.isWell)
    }

    @Test("What was under way when a target was left out makes the pause no longer")
    func ignoresLateFailures() {
        var health = leftOut()
        for _ in 0..<50 { health.failed(at: 10) }
        #expect(!health.admits(at: 999) && health.admits(at: 1_000))
    }

    @Test("Checks take a target out and bring it back, without a pause of their own")
    func followsChecks() {
        var health = TargetHealth()
        health.checked(isWell: false, at: 0)
        #expect(!health.isWell && !health.admits(at: .max / 2))
        health.checked(isWell: true, at: 10)
        #expect(health.isWell && health.admits(at: 10))
    }

    @Test("A good check lets a request try what requests had against the target")
    func triesAfterAGoodCheck() {
        var health = leftOut()
        health.checked(isWell: true, at: 10)
        #expect(!health.isWell && health.admits(at: 10))
        health.chosen(at: 10)
        #expect(!health.admits(at: 11))
        health.succeeded()
        #expect(health.isWell)
    }

    @Test("Several answers in a row change what checks make of a target")
    func talliesChecks() {
        var tally = CheckTally(failuresMax: 3, successesMin: 2)
        var found: [Bool] = []
        for isGood in [false, false, true, false, false, false, true, false, true, true] {
            tally.record(isGood: isGood)
            found.append(tally.isWell)
        }
        let expected = [true, true, true, true, true, false, false, false, false, true]
        #expect(found == expected)
    }
}
