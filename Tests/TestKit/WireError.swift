import Foundation

/// What went wrong on a test's own socket.
public enum WireError: Error, Equatable, CustomStringConvertible {
    /// The time was over. The text says what was awaited and what had come by then.
    case deadline(String)
    /// The peer reset the connection.
    case reset
    /// The peer closed the connection in the middle of what was awaited.
    case closedEarly(String)
    /// The bytes are not an HTTP/1.1 message.
    case malformed(String)
    /// A system call failed.
    case system(String, Int32)

    /// The error in words.
    public var description: String {
        switch self {
        case .deadline(let what): "deadline passed while waiting for \(what)"
        case .reset: "connection reset by peer"
        case .closedEarly(let what): "connection closed early: \(what)"
        case .malformed(let what): "malformed message: \(what)"
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        }
    }

    static func fromErrno(_ call: String) -> WireError {
        let code = errno
        if code == ECONNRESET || code == EPIPE { return .reset }
        return .system(call, code)
    }
}
