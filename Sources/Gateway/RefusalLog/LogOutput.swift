import CLinux
import Glibc

/// Where the lines go.
enum LogDestination: Sendable {
    /// Descriptor 1.
    case standardOutput
    /// A file, appended to and created with mode 0640.
    case file(path: String)
    /// A descriptor of the caller's, who keeps it open and closes it.
    case descriptor(Int32)
}

/// The destination of the log could not be opened.
struct LogOpenFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path as configured.
    let path: String
    /// The error number.
    let code: Int32
    /// The log's name.
    var log = "refusal log"

    var description: String {
        "cannot open the \(log) \(path): \(systemErrorText(code))"
    }
}

/// The system's words for an error number.
func systemErrorText(_ code: Int32) -> String {
    // glibc's text lives as long as the thread asks for no other one.
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text) + " (errno \(code))"
}

/// The descriptor the lines are written to, used by the writer's thread alone.
struct LogOutput: Sendable {
    /// What became of a write.
    enum Outcome {
        /// So many octets were taken.
        case wrote(Int)
        /// None can be taken now.
        case wouldBlock
        /// The system refused, with this error number.
        case failed(Int32)
    }

    /// The path, if the output can be opened again.
    let path: String?
    /// The descriptor in use.
    private(set) var descriptor: Int32
    private var isRegularFile: Bool

    /// A pipe that is ready takes this many octets without blocking (`PIPE_BUF`).
    private static var chunkBytesMax: Int { 4096 }

    /// Opens the destination.
    init(_ destination: LogDestination) throws(LogOpenFault) {
        switch destination {
        case .standardOutput:
            path = nil
            descriptor = STDOUT_FILENO
        case .descriptor(let descriptor):
            path = nil
            self.descriptor = descriptor
        case .file(let path):
            self.path = path
            descriptor = try Self.open(path)
        }
        isRegularFile = Self.isRegularFile(descriptor)
    }

    /// Opens the path again and closes what was open before.
    ///
    /// Without a path nothing happens.
    ///
    /// On a fault the output stays as it is.
    mutating func reopen() throws(LogOpenFault) {
        guard let path else { return }
        let opened = try Self.open(path)
        close()
        descriptor = opened
        isRegularFile = Self.isRegularFile(opened)
    }

    /// Closes the descriptor if the path was opened here.
    mutating func close() {
        guard path != nil, descriptor >= 0 else { return }
        _ = Glibc.close(descriptor)
        descriptor = -1
    }

    /// Writes octets once, without blocking on a pipe, a terminal or a socket.
    ///
    /// The descriptor's own blocking mode is left alone, because descriptor 1 shares it with every
    /// process that inherited it; so such a descriptor is asked first whether it is ready, and
    /// given no more than a ready pipe takes.
    func write(_ octets: Span<UInt8>) -> Outcome {
        var count = octets.count
        if !isRegularFile {
            guard isWritable() else { return .wouldBlock }
            count = Self.wholeLines(of: octets)
        }
        while true {
            // The kernel only reads, within the span's bounds.
            let written = unsafe octets.withUnsafeBufferPointer {
                unsafe Glibc.write(descriptor, $0.baseAddress, count)
            }
            if written > 0 { return .wrote(written) }
            // A device that takes nothing and gives no error would be asked forever.
            if written == 0 { return .failed(EIO) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed(errno)
            }
        }
    }

    /// How many octets to write: as many whole lines as a chunk holds, so that the lines of another
    /// process do not come in between; a part of the first one if that is longer.
    private static func wholeLines(of octets: Span<UInt8>) -> Int {
        guard octets.count > chunkBytesMax else { return octets.count }
        var count = chunkBytesMax
        while count > 0, octets[count - 1] != 0x0A { count -= 1 }
        return count > 0 ? count : chunkBytesMax
    }

    /// Whether a write would be answered at once, with an error perhaps.
    private func isWritable() -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&request, 1, 0) != 0
    }

    private static func open(_ path: String) throws(LogOpenFault) -> Int32 {
        // O_NONBLOCK: a FIFO without a reader is an error at once, not a wait.
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        while true {
            let descriptor = unsafe Glibc.open(path, flags, 0o640)
            if descriptor >= 0 { return descriptor }
            if errno != EINTR { throw LogOpenFault(path: path, code: errno) }
        }
    }

    private static func isRegularFile(_ descriptor: Int32) -> Bool {
        clinux_is_regular_file(descriptor) != 0
    }
}
