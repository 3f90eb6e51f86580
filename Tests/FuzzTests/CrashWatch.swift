import Foundation
import Synchronization

/// Keeps the input that is being read, so that a crash or a hang does not take it along.
///
/// The input is in a file of the temporary folder while the target reads it: the file is what a
/// crash leaves. Where one input takes a minute, it is printed and the process ends.
final class CrashWatch: Sendable {
    private struct State {
        var input: [UInt8] = []
        var count: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let target: String
    private let file: URL
    private let handle: FileHandle?

    init(target: String) {
        self.target = target
        let name = "methodwall-fuzz-\(target)-\(ProcessInfo.processInfo.processIdentifier)"
        file = FileManager.default.temporaryDirectory.appending(path: name)
        _ = FileManager.default.createFile(atPath: file.path(), contents: nil)
        handle = try? FileHandle(forUpdating: file)
        Thread { [self] in watch() }.start()
    }

    /// Notes the input that is read next.
    func begin(_ input: [UInt8]) {
        state.withLock {
            $0.input = input
            $0.count += 1
        }
        guard let handle else { return }
        do {
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: input)
        } catch {
            // A full disk costs the input of a crash, not the run.
            return
        }
    }

    /// The run is over and nothing crashed.
    func end() {
        state.withLock { $0.isOver = true }
        try? handle?.close()
        try? FileManager.default.removeItem(at: file)
    }

    private func watch() {
        var last: UInt64 = 0
        var repetitions = 0
        while true {
            Thread.sleep(forTimeInterval: 1)
            let (input, count, isOver) = state.withLock { ($0.input, $0.count, $0.isOver) }
            if isOver { return }
            repetitions = count == last ? repetitions + 1 : 0
            last = count
            if repetitions >= 60 {
                print("fuzz \(target): one input takes more than a minute: \(literal(input))")
                exit(1)
            }
        }
    }
}
