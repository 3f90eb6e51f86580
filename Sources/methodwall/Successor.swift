import Gateway
import Glibc

/// A new process of this program that takes over the listening sockets (SIGUSR2).
///
/// It is started with the same arguments, so a new binary in the place of the old one becomes the
/// gateway without a connection refused: both accept from the same sockets until the new one is
/// ready and says so on a pipe, on which the old one drains.
enum Successor {
    /// The variable that names the descriptor on which the process to be relieved listens.
    private static let predecessorVariable = "METHODWALL_PREDECESSOR"
    private static let handoverVariable = "METHODWALL_SOCKETS"
    /// What the service manager said to this process alone.
    private static let dropped = [
        "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID", predecessorVariable,
        handoverVariable,
    ]

    /// Starts it.
    ///
    /// - Parameters:
    ///   - variable: The sockets, as `Gateway.handover()` names them.
    ///   - descriptors: Their descriptors.
    /// - Returns: Its process identifier, and a descriptor with an octet to read once it serves.
    /// - Throws: A `GatewayError` that says why it could not be started.
    static func start(
        _ variable: String,
        _ descriptors: [Int32]
    ) throws(GatewayError) -> (process: pid_t, relief: Int32) {
        var relief: [Int32] = [-1, -1]
        guard unsafe pipe(&relief) == 0 else {
            throw GatewayError("\(path()) cannot be started: errno \(errno)")
        }
        _ = fcntl(relief[0], F_SETFL, O_NONBLOCK)
        defer { close(relief[1]) }
        var actions = unsafe posix_spawn_file_actions_t()
        _ = unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        for descriptor in descriptors + [relief[1]] {
            // To itself: the copy is not closed when the program is replaced.
            _ = unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, descriptor)
        }
        let environment = environment(adding: [
            "\(handoverVariable)=\(variable)", "\(predecessorVariable)=\(relief[1])",
        ])
        var identifier = pid_t()
        for descriptor in openDescriptors() {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        let failure = unsafe withCStrings(CommandLine.arguments) { arguments in
            let arguments = unsafe arguments
            return unsafe withCStrings(environment) { variables in
                unsafe posix_spawn(&identifier, path(), &actions, nil, arguments, variables)
            }
        }
        guard failure == 0 else {
            close(relief[0])
            let why = unsafe String(cString: strerror(failure))
            throw GatewayError("\(path()) cannot be started: \(why)")
        }
        return (identifier, relief[0])
    }

    /// Closes connections that slipped through: accepted while this process was being started.
    ///
    /// Their other end would not learn that the predecessor has closed them.
    static func closeStrays() {
        guard isOne else { return }
        for descriptor in openDescriptors() {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let code = unsafe withUnsafeMutablePointer(to: &address) {
                unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getpeername(descriptor, $0, &length)
                }
            }
            // Nothing that was made in this process by now is connected to anybody.
            let family = Int32(address.ss_family)
            if code == 0, [AF_INET, AF_INET6, AF_UNIX].contains(family) { close(descriptor) }
        }
    }

    /// Every descriptor but the standard ones.
    ///
    /// NIO and libcurl do not have theirs closed when a program is started.
    private static func openDescriptors() -> [Int32] {
        guard let folder = unsafe opendir("/proc/self/fd") else { return [] }
        defer { unsafe closedir(folder) }
        var found: [Int32] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: entry.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) {
                    unsafe String(cString: $0)
                }
            }
            if let descriptor = Int32(name), descriptor > STDERR_FILENO,
                unsafe descriptor != dirfd(folder)
            {
                found.append(descriptor)
            }
        }
        return found
    }

    /// Whether this process was started to take over from another.
    static var isOne: Bool { unsafe getenv(predecessorVariable) != nil }

    /// Tells the process that this one relieves that it may go.
    static func relieve() {
        guard let text = unsafe getenv(predecessorVariable),
            let descriptor = Int32(unsafe String(cString: text)), descriptor > STDERR_FILENO
        else { return }
        var mark: UInt8 = 1
        _ = unsafe write(descriptor, &mark, 1)
        close(descriptor)
    }

    /// Whether the successor has said that it serves.
    static func hasRelieved(_ relief: Int32) -> Bool {
        var mark: UInt8 = 0
        return unsafe read(relief, &mark, 1) == 1
    }

    /// How a process that was started has ended: a text once it has, else nil.
    static func end(of process: pid_t) -> String? {
        var status: Int32 = 0
        guard unsafe waitpid(process, &status, WNOHANG) == process else { return nil }
        let signal = status & 0x7F
        return signal == 0 ? "exit code \(status >> 8 & 0xFF)" : "signal \(signal)"
    }

    /// The program's path as it was called, so that what stands there now is started.
    private static func path() -> String {
        if let called = CommandLine.arguments.first, called.contains("/") { return called }
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard count > 0 else { return CommandLine.arguments.first ?? "methodwall" }
        let octets = buffer[..<count].map { UInt8(bitPattern: $0) }
        let path = String(decoding: octets, as: UTF8.self)
        let mark = " (deleted)"
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }

    private static func environment(adding added: [String]) -> [String] {
        var variables: [String] = []
        var place = unsafe environ
        while let entry = unsafe place.pointee {
            let text = unsafe String(cString: entry)
            if !dropped.contains(where: { text.hasPrefix("\($0)=") }) { variables.append(text) }
            unsafe place += 1
        }
        return variables + added
    }

    private static func withCStrings<Result>(
        _ texts: [String],
        _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
    ) -> Result {
        let pointers: [UnsafeMutablePointer<CChar>?] =
            unsafe texts.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe body(pointers)
    }
}
