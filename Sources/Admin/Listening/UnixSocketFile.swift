internal import Glibc

/// The file of a listening unix socket.
struct UnixSocketFile: Sendable {
    /// Why there is none, in a few words.
    struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }

        static func system(_ call: String, _ code: Int32 = errno) -> Fault {
            Fault("\(call): \(UnixSocketFile.text(ofSystemError: code))")
        }
    }

    private let path: String
    /// Which file it is, so that one that took its place is not removed.
    private let identity: Identity

    private struct Identity: Sendable, Equatable {
        let device: UInt64
        let number: UInt64
    }

    /// Binds a path, so that nobody but this user can connect.
    ///
    /// Nobody can connect at all before `listen`, so the mode is set in time. A socket that is
    /// there and that nobody listens on is left from a process that died, and is removed; anything
    /// else stays, and is an error.
    ///
    /// - Parameter path: The path.
    /// - Returns: A descriptor that does not listen yet, which the caller closes, and the file.
    /// - Throws: A `Fault` that says why not.
    static func bind(_ path: String) throws(Fault) -> (descriptor: Int32, file: UnixSocketFile) {
        let descriptor = try makeSocket()
        do throws(Fault) {
            if try !bind(descriptor, path) {
                try removeStale(path)
                guard try bind(descriptor, path) else {
                    throw Fault("another process took the path")
                }
            }
            guard unsafe chmod(path, 0o600) == 0, let identity = identity(of: path) else {
                throw Fault.system("chmod")
            }
            return (descriptor, UnixSocketFile(path: path, identity: identity))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Removes the file, unless another one took its place.
    func remove() {
        if Self.identity(of: path) == identity { _ = unsafe unlink(path) }
    }

    /// The system's words for an error number.
    static func text(ofSystemError code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }

    private static func makeSocket() throws(Fault) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw Fault.system("socket") }
        return descriptor
    }

    /// Whether the path was free.
    private static func bind(_ descriptor: Int32, _ path: String) throws(Fault) -> Bool {
        let code = try unsafe withAddress(path) {
            unsafe Glibc.bind(descriptor, $0, $1) == 0 ? 0 : errno
        }
        guard code == 0 || code == EADDRINUSE else { throw Fault.system("bind", code) }
        return code == 0
    }

    private static func removeStale(_ path: String) throws(Fault) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            // Gone in the meantime.
            if errno == ENOENT { return }
            throw Fault.system("stat")
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw Fault("there is a file that is not a socket")
        }
        let probe = try makeSocket()
        defer { close(probe) }
        let code = try unsafe withAddress(path) {
            unsafe connect(probe, $0, $1) == 0 ? 0 : errno
        }
        guard code == ECONNREFUSED else {
            throw Fault("another process listens on it")
        }
        guard unsafe unlink(path) == 0 || errno == ENOENT else { throw Fault.system("unlink") }
    }

    private static func identity(of path: String) -> Identity? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return nil }
        return Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
    }

    /// Calls `body`, which returns an error number or nought, with the path as an address.
    private static func withAddress(
        _ path: String,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(Fault) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        // A nought ends the path.
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard !octets.isEmpty, octets.count <= room, !octets.contains(0) else {
            throw Fault("a path of 1 to \(room) octets is needed")
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, size)
            }
        }
    }
}
