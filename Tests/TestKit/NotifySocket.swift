import Foundation

/// The service manager's end of sd_notify(3): a socket that hears what a service says of itself.
///
/// Not `Sendable`: one thread uses it. The kernel holds a few messages; a service that says more
/// than that waits until they are read.
public final class NotifySocket {
    /// What the service is to find in `NOTIFY_SOCKET`.
    public let path: String
    private let folder: TemporaryFolder
    private let socket: Socket

    private static let signOfLife = "WATCHDOG=1"

    /// Makes the socket, in a folder that goes away with it.
    public init() throws {
        folder = try TemporaryFolder()
        path = folder.path("notify")
        socket = try Endpoint.unix(path: path).bind(Socket.datagram)
    }

    /// Has the kernel hold as many messages as it will, so that whoever sends one has to wait.
    ///
    /// - Parameter message: what they say.
    /// - Throws: ``WireError`` if they cannot be sent.
    public func fill(with message: String) throws {
        let octets = Array(message.utf8)
        let endpoint = Endpoint.unix(path: path)
        var wasTaken = true
        // What one socket may have under way is bounded as well: when the first message of a new
        // one is not taken, it is the receiver's queue that is full.
        while wasTaken {
            wasTaken = false
            let sender = try Socket.make(AF_UNIX, type: Socket.datagram)
            while endpoint.withAddress({ address, size in
                sendto(sender.descriptor, octets, octets.count, Int32(MSG_DONTWAIT), address, size)
            }) >= 0 { wasTaken = true }
            guard errno == EAGAIN else { throw WireError.fromErrno("sendto") }
        }
    }

    /// The next message that is more than a sign of life.
    ///
    /// - Returns: the message, with line feeds between its assignments.
    public func nextState(within limit: Duration = .seconds(20)) throws -> String {
        let deadline = Deadline(after: limit)
        while let message = try next(by: deadline) {
            if message != Self.signOfLife { return message }
        }
        throw WireError.deadline("a message to the service manager")
    }

    /// Whether a sign of life for the watchdog comes in time.
    ///
    /// Other messages before it are passed over.
    public func hearsLife(within limit: Duration) throws -> Bool {
        let deadline = Deadline(after: limit)
        while let message = try next(by: deadline) {
            if message == Self.signOfLife { return true }
        }
        return false
    }

    private func next(by deadline: Deadline) throws -> String? {
        var room = [UInt8](repeating: 0, count: 4096)
        do {
            let count = try socket.receive(into: &room, by: deadline, for: "a message")
            return String(decoding: room[..<count], as: UTF8.self)
        } catch WireError.deadline {
            return nil
        }
    }
}
