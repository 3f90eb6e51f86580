import Foundation

/// A socket that closes with its owner.
///
/// Every wait has a deadline.
final class Socket {
    private(set) var descriptor: Int32

    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close() }

    func close() {
        guard descriptor >= 0 else { return }
        Foundation.close(descriptor)
        descriptor = -1
    }

    /// Gives the descriptor up: the caller closes it.
    func release() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }

    /// Closes with a TCP reset instead of an orderly end.
    func reset() {
        guard descriptor >= 0 else { return }
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            descriptor,
            SOL_SOCKET,
            SO_LINGER,
            &linger,
            socklen_t(MemoryLayout<linger>.size)
        )
        close()
    }

    /// Ends the sending direction.
    func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Waits until the descriptor is ready for `events`.
    ///
    /// False when the deadline passed.
    func isReady(for events: Int32, by deadline: Deadline) throws -> Bool {
        while true {
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let count = poll(&entry, 1, deadline.millisecondsLeft)
            if count > 0 { return true }
            if count == 0 { return false }
            if errno != EINTR { throw WireError.fromErrno("poll") }
        }
    }

    /// Receives at most `buffer.count` octets.
    ///
    /// Nought means that the peer ended its direction.
    func receive(into buffer: inout [UInt8], by deadline: Deadline, for what: String) throws -> Int
    {
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count >= 0 { return count }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { throw WireError.fromErrno("recv") }
            guard try isReady(for: POLLIN, by: deadline) else { throw WireError.deadline(what) }
        }
    }

    /// Sends all of `bytes`.
    func send(_ bytes: [UInt8], by deadline: Deadline) throws {
        var sent = 0
        while sent < bytes.count {
            sent += try sendSome(bytes, from: sent, by: deadline)
        }
    }

    /// Sends what the socket takes at once, at least one octet.
    func sendSome(_ bytes: [UInt8], from start: Int, by deadline: Deadline) throws -> Int {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        while true {
            let count = bytes.withUnsafeBytes { raw in
                Foundation.send(
                    descriptor,
                    raw.baseAddress?.advanced(by: start),
                    raw.count - start,
                    flags
                )
            }
            if count >= 0 { return count }
            if errno == EINTR { continue }
            guard errno == EAGAIN else { throw WireError.fromErrno("send") }
            guard try isReady(for: POLLOUT, by: deadline) else {
                throw WireError.deadline("room to send, after \(start) of \(bytes.count) octets")
            }
        }
    }

    /// A second descriptor of the same socket, which the caller closes.
    func duplicate() -> Int32 { Self.duplicate(descriptor) }

    /// A second descriptor of the same socket, which the caller closes.
    static func duplicate(_ descriptor: Int32) -> Int32 { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }

    /// The types of sockets.
    static var stream: Int32 { Int32(SOCK_STREAM.rawValue) }
    static var datagram: Int32 { Int32(SOCK_DGRAM.rawValue) }

    /// A fresh socket of `family` (`AF_INET` or `AF_UNIX`) that no child process inherits.
    static func make(_ family: Int32, type: Int32 = Socket.stream) throws -> Socket {
        let descriptor = socket(family, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw WireError.fromErrno("socket") }
        return Socket(adopting: descriptor)
    }
}
