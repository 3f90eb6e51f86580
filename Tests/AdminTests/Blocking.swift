import TestKit
import Testing

/// Runs a blocking test on a thread of its own instead of Swift's cooperative pool.
struct BlockingTrait: TestTrait, SuiteTrait, TestScoping {
    var isRecursive: Bool { true }

    @concurrent
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(BlockingExecutor.shared) {
            try await function()
        }
    }
}

extension Trait where Self == BlockingTrait {
    /// The test waits on sockets and processes with blocking calls.
    static var blocking: Self { Self() }
}
