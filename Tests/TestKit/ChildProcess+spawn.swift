import Foundation
import Locking

extension ChildProcess {
    static func spawn(
        _ command: [String],
        _ environment: [String: String],
        _ folder: String?,
        output: Int32,
        error: Int32
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, error, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The program starts with default signals, whatever the test runner ignores or blocks.
        var all = sigset_t()
        var none = sigset_t()
        sigfillset(&all)
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A group of its own: what the program starts can be ended with it.
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))

        let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let variables = merged.map { "\($0.key)=\($0.value)" }
        let command = folder.map { ["/usr/bin/env", "-C", $0] + command } ?? command
        var pid: pid_t = 0
        let code = withStrings(command) { arguments in
            withStrings(variables) { variables in
                DescriptorBirth.exclusively {
                    posix_spawn(&pid, command[0], &actions, &attributes, arguments, variables)
                }
            }
        }
        guard code == 0 else { throw WireError.system("posix_spawn \(command[0])", code) }
        return pid
    }

    private static func withStrings<Result>(
        _ strings: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let copies = strings.map { strdup($0) }
        defer { copies.forEach { free($0) } }
        return body(copies + [nil])
    }
}

/// The two ends of a pipe that no other child process inherits.
struct Pipe {
    let read: Int32
    let write: Int32

    static func make() throws -> Pipe {
        var ends: [Int32] = [0, 0]
        let code = DescriptorBirth.exclusively {
            let code = pipe(&ends)
            if code == 0 { ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) } }
            return code
        }
        guard code == 0 else { throw WireError.fromErrno("pipe") }
        return Pipe(read: ends[0], write: ends[1])
    }
}

/// Keeps a child process from starting while a descriptor is open but not yet close-on-exec.
///
/// A child that inherits a connection keeps it open, and the test that waits for its end hangs.
enum DescriptorBirth {
    private static let lock = Lock<Void>(())

    static func exclusively<Result>(_ body: () -> Result) -> Result {
        lock.withLock { _ in body() }
    }
}

/// Collects what comes out of a pipe, on a thread of its own.
final class Capture: Sendable {
    private let state = Lock<(octets: [UInt8], hasEnded: Bool)>(([], false))

    init(_ descriptor: Int32) {
        Thread.detachNewThread { [self] in
            var scratch = [UInt8](repeating: 0, count: 16 * 1024)
            while true {
                let count = Foundation.read(descriptor, &scratch, scratch.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { break }
                state.withLock { $0.octets += scratch[..<count] }
            }
            close(descriptor)
            state.withLock { $0.hasEnded = true }
        }
    }

    var octets: [UInt8] { state.withLock(\.octets) }

    /// Waits for the end of the output, not long: a grandchild may hold the pipe open.
    func waitForEnd() {
        _ = eventually(within: .seconds(2)) { state.withLock(\.hasEnded) }
    }
}
