import Glibc
import Locking
import MethodPolicy
import PolicyFile

/// How the loads of the policies went, for whoever watches.
final class ReloadRecord: Sendable {
    /// What is remembered of them.
    struct State: Sendable {
        var version: String
        var files: [String]
        var loadedAtMilliseconds: Int64
        var lastGoodAtMilliseconds: Int64
        var lastAtMilliseconds: Int64
        var errors: [String] = []
        var certificateError: String?
        var replaced: UInt64 = 0
        var unchanged: UInt64 = 0
        var rejected: UInt64 = 0
        var isDraining = false

        /// Whether the last load was in order.
        var isLastGood: Bool { errors.isEmpty }
    }

    private let lock: Lock<State>

    init(_ first: PolicyLoad) {
        let now = Self.unixMilliseconds()
        lock = Lock(
            State(
                version: first.version,
                files: first.files,
                loadedAtMilliseconds: now,
                lastGoodAtMilliseconds: now,
                lastAtMilliseconds: now
            )
        )
    }

    var state: State { lock.withLock { $0 } }

    func note(_ outcome: ReloadOutcome) {
        let now = Self.unixMilliseconds()
        lock.withLock { state in
            state.lastAtMilliseconds = now
            if outcome.load.isValid { state.lastGoodAtMilliseconds = now }
            switch outcome.result {
            case .replaced(let snapshot):
                state.replaced &+= 1
                state.version = snapshot.version
                state.files = outcome.load.files
                state.loadedAtMilliseconds = now
                state.errors = []
            case .unchanged:
                state.unchanged &+= 1
                state.errors = []
            case .rejected:
                state.rejected &+= 1
                state.errors = outcome.load.diagnostics.filter { $0.severity == .error }
                    .map { $0.summary }
            }
        }
    }

    func noteCertificates(error: String?) { lock.withLock { $0.certificateError = error } }

    func noteDraining() { lock.withLock { $0.isDraining = true } }

    static func unixMilliseconds() -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension Diagnostic {
    /// One line: `file:line:column: error[code]: what is wrong`.
    var summary: String {
        let place = "\(location.file):\(location.line):\(location.column)"
        return "\(place): \(severity)[\(code)]: \(message)"
    }
}
