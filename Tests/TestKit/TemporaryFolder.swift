import Foundation
import Locking

/// A folder that goes away with its owner.
public final class TemporaryFolder: Sendable {
    /// The absolute path, without a slash at its end.
    public let path: String

    /// Makes an empty folder that only this user may read and write.
    public init() throws {
        let base = NSTemporaryDirectory()
        var template = Array("\(base)/methodwall-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw WireError.fromErrno("mkdtemp") }
        path = URL(fileURLWithPath: String(cString: made)).standardizedFileURL.path
        Leftovers.add(path)
    }

    deinit { Leftovers.remove(path) }

    /// The absolute path of `name` in the folder.
    public func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file in place, making the folders on its way, and returns its absolute path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        try write(Array(text.utf8), to: name)
    }

    /// Writes a file in place, making the folders on its way, and returns its absolute path.
    @discardableResult
    public func write(_ octets: [UInt8], to name: String) throws -> String {
        let target = URL(fileURLWithPath: path(name))
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(octets).write(to: target)
        return target.path
    }

    /// The text of a file in the folder.
    public func read(_ name: String) throws -> String {
        try String(contentsOfFile: path(name), encoding: .utf8)
    }
}

/// The folders that are still there, so that none outlives this process.
private enum Leftovers {
    private static let paths = Lock<Set<String>>([])
    private static let registration: Void = {
        atexit { Leftovers.removeAll() }
    }()

    static func add(_ path: String) {
        _ = registration
        paths.withLock { _ = $0.insert(path) }
    }

    static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        paths.withLock { _ = $0.remove(path) }
    }

    private static func removeAll() {
        paths.withLock { $0.forEach { try? FileManager.default.removeItem(atPath: $0) } }
    }
}
