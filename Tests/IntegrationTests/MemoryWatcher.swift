import Foundation
import Locking
import TestKit

/// Remembers the highest resident memory of a process while a test runs.
final class MemoryWatcher: Sendable {
    private let state: Lock<(highest: Int, isStopped: Bool)>

    init(pid: Int32) {
        state = Lock((0, false))
        Thread.detachNewThread { [self] in
            while look(at: pid) { pause(.milliseconds(20)) }
        }
    }

    private func look(at pid: Int32) -> Bool {
        let now = (try? ProcessStatus.residentBytes(pid: pid)) ?? 0
        return state.withLock { state in
            state.highest = max(state.highest, now)
            return !state.isStopped
        }
    }

    /// Stops watching and returns the highest value seen, in octets.
    func stop() -> Int {
        state.withLock { state in
            state.isStopped = true
            return state.highest
        }
    }
}
