import Foundation

/// Where a socket listens or connects.
enum Endpoint {
    /// An address in 127.0.0.0/24.
    case loopback(port: UInt16, host: UInt8 = 1)
    case unix(path: String)

    var family: Int32 {
        switch self {
        case .loopback: AF_INET
        case .unix: AF_UNIX
        }
    }

    /// Calls `body` with the address in the form that `bind` and `connect` take.
    func withAddress<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        switch self {
        case .loopback(let port, let host):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = (0x7f00_0000 | UInt32(host)).bigEndian
            return Self.call(&address, body)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { room in
                // The last octet stays nought: it ends the path.
                room.copyBytes(from: path.utf8.prefix(room.count - 1))
            }
            return Self.call(&address, body)
        }
    }

    private static func call<Address, Result>(
        _ address: inout Address,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        let size = socklen_t(MemoryLayout<Address>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, size) }
        }
    }

    /// A connected socket.
    ///
    /// - Parameters:
    ///   - deadline: when to give up.
    ///   - receiveBufferBytes: the kernel's receive buffer, made small to act as a slow reader.
    /// - Returns: the socket.
    /// - Throws: ``WireError`` if nobody listens there.
    func connect(by deadline: Deadline, receiveBufferBytes: Int32? = nil) throws -> Socket {
        let socket = try Socket.make(family)
        if var size = receiveBufferBytes {
            setsockopt(socket.descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
        }
        var on: Int32 = 1
        setsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
        // Loopback connects at once or fails at once; a full backlog is the one thing that waits.
        let result = withAddress { Foundation.connect(socket.descriptor, $0, $1) }
        guard result == 0 else { throw WireError.fromErrno("connect") }
        return socket
    }

    /// A listening socket.
    func listen(backlog: Int32) throws -> Socket {
        let socket = try bind(Socket.stream)
        guard Foundation.listen(socket.descriptor, backlog) == 0 else {
            throw WireError.fromErrno("listen")
        }
        return socket
    }

    /// A socket of a type that has this address.
    func bind(_ type: Int32) throws -> Socket {
        let socket = try Socket.make(family, type: type)
        var on: Int32 = 1
        setsockopt(socket.descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
        guard withAddress({ Foundation.bind(socket.descriptor, $0, $1) }) == 0 else {
            throw WireError.fromErrno("bind")
        }
        return socket
    }
}

extension Socket {
    /// The port that the kernel chose; nought for a unix socket.
    var port: Int {
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
        }
        guard result == 0, address.sin_family == sa_family_t(AF_INET) else { return 0 }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// The next connection, or nil when the deadline passed.
    func accept(by deadline: Deadline) throws -> Socket? {
        while try isReady(for: POLLIN, by: deadline) {
            let connection = DescriptorBirth.exclusively {
                let connection = Foundation.accept(descriptor, nil, nil)
                if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
                return connection
            }
            if connection >= 0 {
                var on: Int32 = 1
                setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
                return Socket(adopting: connection)
            }
            if errno != EINTR && errno != EAGAIN && errno != ECONNABORTED {
                throw WireError.fromErrno("accept4")
            }
        }
        return nil
    }
}

/// A loopback TCP port that was free a moment ago.
///
/// For programs that cannot choose their own. A test that can use port 0 does.
public func freePort() throws -> Int {
    try Endpoint.loopback(port: 0).listen(backlog: 1).port
}
