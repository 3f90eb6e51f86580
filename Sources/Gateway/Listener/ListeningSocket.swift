internal import Glibc

/// Sockets that are not bound by SwiftNIO: those on a path, and those that were passed to us.
enum ListeningSocket {
    /// Binds a unix-domain socket to a path.
    ///
    /// A file that a process left behind is replaced; one that somebody listens on is not. Its
    /// owner and group may connect.
    ///
    /// - Throws: A `GatewayError` that names the path and why it cannot be had.
    static func bind(path: String) throws(GatewayError) -> Int32 {
        let descriptor = try make(path)
        if attempt(descriptor, path, .bind) != 0 {
            guard errno == EADDRINUSE, isAbandoned(path), unsafe unlink(path) == 0,
                attempt(descriptor, path, .bind) == 0
            else {
                let failure = fault(path)
                close(descriptor)
                throw failure
            }
        }
        guard unsafe chmod(path, 0o660) == 0, listen(descriptor, 1024) == 0 else {
            let failure = fault(path)
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// Whether it accepts TCP connections.
    static func isInternet(_ descriptor: Int32) -> Bool {
        var family: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0 else {
            return false
        }
        return family == AF_INET || family == AF_INET6
    }

    private static func make(_ path: String) throws(GatewayError) -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw fault(path) }
        return descriptor
    }

    private static func fault(_ path: String) -> GatewayError {
        let why = unsafe String(cString: strerror(errno))
        return GatewayError("cannot listen on unix:\(path): \(why)")
    }

    /// Whether nobody listens on the socket that the path names.
    private static func isAbandoned(_ path: String) -> Bool {
        guard let descriptor = try? make(path) else { return false }
        defer { close(descriptor) }
        return attempt(descriptor, path, .connect) != 0 && errno == ECONNREFUSED
    }

    private enum Call { case bind, connect }

    private static func attempt(_ descriptor: Int32, _ path: String, _ call: Call) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        guard octets.count < MemoryLayout.size(ofValue: address.sun_path) else {
            errno = ENAMETOOLONG
            return -1
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: octets) }
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                let size = socklen_t(MemoryLayout<sockaddr_un>.size)
                switch call {
                case .bind: return unsafe Glibc.bind(descriptor, address, size)
                case .connect: return unsafe Glibc.connect(descriptor, address, size)
                }
            }
        }
    }
}

/// Listening sockets that this process was started with: by the service manager
/// (sd_listen_fds(3)), or by the gateway that this one takes over from.
struct InheritedSockets: Sendable {
    /// The variable in which a gateway names its sockets to its successor.
    static let handoverVariable = "METHODWALL_SOCKETS"

    /// Descriptors by what they listen on, as `ListenerConfiguration.Address` describes it.
    private(set) var byAddress: [String: [Int32]] = [:]

    /// Reads the environment.
    ///
    /// - Parameters:
    ///   - environment: `LISTEN_PID`, `LISTEN_FDS`, `LISTEN_FDNAMES`, and ours.
    ///   - process: This process's identifier: variables for another are none of our business.
    init(_ environment: (String) -> String?, process: Int32) {
        if let text = environment(Self.handoverVariable) {
            for entry in text.split(separator: ";") {
                guard let equals = entry.lastIndex(of: "=") else { continue }
                let descriptors = entry[entry.index(after: equals)...].split(separator: ",")
                byAddress[String(entry[..<equals])] = descriptors.compactMap { Int32($0) }
            }
        }
        guard let owner = environment("LISTEN_PID").flatMap({ Int32($0) }), owner == process,
            let count = environment("LISTEN_FDS").flatMap({ Int32($0) }), 1...1_000 ~= count
        else { return }
        let names = (environment("LISTEN_FDNAMES") ?? "")
            .split(separator: ":", omittingEmptySubsequences: false)
        for offset in 0..<count {
            let index = Int(offset)
            let name = names.indices.contains(index) ? String(names[index]) : "unknown"
            byAddress["systemd:\(name)", default: []].append(3 + offset)
        }
    }

    /// Closes what a predecessor listened on and nobody listens on any more: the kernel would go on
    /// making connections that nobody accepts.
    func closeUnused(by listeners: [ListenerConfiguration]) {
        let used = Set(listeners.map { $0.address.description })
        for (address, descriptors) in byAddress where !used.contains(address) {
            for descriptor in descriptors { _ = Glibc.close(descriptor) }
        }
    }

    /// Those of this process.
    static func ofThisProcess() -> InheritedSockets {
        let sockets = InheritedSockets(
            { name in unsafe getenv(name).map { unsafe String(cString: $0) } },
            process: getpid()
        )
        for descriptor in sockets.byAddress.values.joined() {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        return sockets
    }
}
