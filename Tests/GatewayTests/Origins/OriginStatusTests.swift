import Testing

@testable import Gateway

@Suite("How targets are, over all workers")
struct OriginStatusTests {
    private func status(
        _ upstream: String,
        _ target: String,
        isHealthy: Bool = true
    ) -> OriginStatus {
        OriginStatus(
            upstream: upstream,
            target: target,
            isHealthy: isHealthy,
            connections: 3,
            idle: 2,
            waiting: 1,
            failures: 4
        )
    }

    @Test("Counts are added; one worker that leaves a target out is told of")
    func merges() {
        let merged = OriginStatus.merged([
            [status("b", "http://y"), status("a", "http://x")],
            [status("a", "http://x", isHealthy: false)],
            [],
        ])
        #expect(merged.map(\.upstream) == ["a", "b"])
        #expect(merged.map(\.isHealthy) == [false, true])
        #expect(merged.map(\.connections) == [6, 3] && merged.map(\.idle) == [4, 2])
        #expect(merged.map(\.waiting) == [2, 1] && merged.map(\.failures) == [8, 4])
    }
}
