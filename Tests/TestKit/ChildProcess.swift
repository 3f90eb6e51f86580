import Foundation
import Locking

/// A program that a test starts.
///
/// Its output is collected; it never outlives its owner.
public final class ChildProcess: Sendable {
    /// Which output to look at.
    public enum Output: Sendable {
        /// Standard output.
        case standardOutput
        /// Standard error.
        case standardError
    }

    /// The process id.
    public let pid: Int32
    private let outputs: [Capture]
    private let exit = Lock<Int32?>(nil)

    /// Starts `executable` with `arguments`.
    ///
    /// - Parameters:
    ///   - executable: an absolute path.
    ///   - arguments: the arguments after the program's name.
    ///   - environment: variables on top of this process's own.
    ///   - folder: the working directory; nil for this process's own.
    /// - Throws: ``WireError`` if the program cannot be started.
    public init(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String] = [:],
        folder: String? = nil
    ) throws {
        let output = try Pipe.make()
        let error = try Pipe.make()
        defer {
            close(output.write)
            close(error.write)
        }
        pid = try Self.spawn(
            [executable] + arguments,
            environment,
            folder,
            output: output.write,
            error: error.write
        )
        outputs = [Capture(output.read), Capture(error.read)]
        Survivors.add(pid)
    }

    deinit { stop(within: .zero) }

    /// Runs a program to its end.
    ///
    /// - Returns: its exit status and what it wrote.
    public static func run(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String] = [:],
        folder: String? = nil,
        within limit: Duration = .seconds(30)
    ) throws -> Finished {
        let child = try ChildProcess(
            executable,
            arguments,
            environment: environment,
            folder: folder
        )
        let status = try child.wait(within: limit)
        return Finished(
            status: status,
            output: child.text(.standardOutput),
            error: child.text(.standardError)
        )
    }

    /// What a program left behind.
    public struct Finished: Sendable {
        /// The exit status; the negated signal number if a signal ended it.
        public let status: Int32
        /// Standard output.
        public let output: String
        /// Standard error.
        public let error: String
    }

    /// What the program wrote so far; all of it once it has ended.
    public func text(_ output: Output) -> String {
        String(decoding: octets(output), as: UTF8.self)
    }

    /// What the program wrote so far, in octets.
    public func octets(_ output: Output) -> [UInt8] { capture(output).octets }

    private func capture(_ output: Output) -> Capture {
        output == .standardOutput ? outputs[0] : outputs[1]
    }

    /// Waits for a whole line that contains `part`.
    public func waitForLine(
        _ output: Output,
        containing part: String,
        within limit: Duration = .seconds(20)
    ) throws -> String {
        var found: String?
        let came = eventually(within: limit) {
            let lines = text(output).split(separator: "\n", omittingEmptySubsequences: false)
            found = lines.dropLast().first { $0.contains(part) }.map(String.init)
            return found != nil || !isRunning
        }
        if let found { return found }
        let why = came ? "the program ended" : "deadline"
        throw WireError.deadline(
            "a line with '\(part)' (\(why)); out: \(text(.standardOutput).suffix(2000)) "
                + "error: \(text(.standardError).suffix(2000))"
        )
    }

    /// Whether the program still runs.
    public var isRunning: Bool { status() == nil }

    /// Sends a signal to the program.
    public func signal(_ number: Int32) {
        exit.withLock { status in
            // A reaped process's id may belong to somebody else by now.
            if status == nil { _ = kill(pid, number) }
        }
    }

    /// Waits for the program's end.
    ///
    /// - Returns: its exit status; the negated signal number if a signal ended it.
    @discardableResult
    public func wait(within limit: Duration = .seconds(30)) throws -> Int32 {
        guard eventually(within: limit, { !isRunning }), let status = exit.withLock(\.self) else {
            throw WireError.deadline("the end of process \(pid)")
        }
        outputs.forEach { $0.waitForEnd() }
        return status
    }

    /// Ends the program and what it started: SIGTERM, then SIGKILL when `limit` has passed.
    ///
    /// It is reaped.
    public func stop(within limit: Duration = .seconds(5)) {
        guard isRunning else { return }
        signal(SIGTERM)
        if eventually(within: limit, { !isRunning }) { return }
        signal(SIGKILL)
        _ = eventually(within: .seconds(5)) { !isRunning }
    }

    private func status() -> Int32? {
        exit.withLock { known in
            if let known { return known }
            // Looks without reaping: until it is reaped, the process id belongs to nobody else.
            var information = siginfo_t()
            let options = WEXITED | WNOHANG | WNOWAIT
            guard waitid(P_PID, id_t(pid), &information, options) == 0,
                information.si_signo == SIGCHLD
            else { return nil }
            // What the program started and left behind goes with it.
            _ = kill(-pid, SIGKILL)
            var raw: Int32 = 0
            guard waitpid(pid, &raw, 0) == pid else { return nil }
            let signal = raw & 0x7f
            known = signal == 0 ? (raw >> 8) & 0xff : -signal
            Survivors.remove(pid)
            return known
        }
    }
}

/// The children that still run, so that none outlives this process: values that live as long as
/// the program are never deinitialised.
private enum Survivors {
    private static let pids = Lock<Set<Int32>>([])
    private static let registration: Void = {
        atexit { Survivors.killAll() }
    }()

    static func add(_ pid: Int32) {
        _ = registration
        pids.withLock { _ = $0.insert(pid) }
    }

    static func remove(_ pid: Int32) {
        pids.withLock { _ = $0.remove(pid) }
    }

    private static func killAll() {
        pids.withLock { $0.forEach { _ = kill(-$0, SIGKILL) } }
    }
}
