import Dispatch
import Foundation
import Locking

/// Runs tests that block on sockets and processes on threads of their own.
///
/// Swift's cooperative pool has one thread a core. A test that blocks one of them starves every
/// asynchronous test beside it.
public final class BlockingExecutor: TaskExecutor {
    /// The executor that all blocking tests share, so that only a few of them run at once.
    public static var shared: BlockingExecutor { sharedExecutor }

    private let jobs = Lock<[UnownedJob]>([])
    private let count = DispatchSemaphore(value: 0)

    init(threads: Int) {
        for _ in 0..<threads {
            Thread.detachNewThread { [self] in
                while true { runNext() }
            }
        }
    }

    /// Queues a job for the next free thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        count.signal()
    }

    private func runNext() {
        count.wait()
        let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        job?.runSynchronously(on: asUnownedTaskExecutor())
    }
}

private let sharedExecutor = BlockingExecutor(threads: 4)
