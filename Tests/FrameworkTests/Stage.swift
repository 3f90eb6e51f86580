import Foundation
import TestKit
import Testing

extension Trait where Self == ConditionTrait {
    /// Only where the stage is asked for: `METHODWALL_FRAMEWORKS=1`, which
    /// `Tests/run.sh --frameworks` sets once it has installed the frameworks.
    ///
    /// There, a framework that is missing is a failure.
    static var frameworkStage: Self {
        let isAsked = ProcessInfo.processInfo.environment["METHODWALL_FRAMEWORKS"] == "1"
        return .enabled(if: isAsked, "Tests/run.sh --frameworks runs these")
    }
}

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
