import Foundation
import Locking
import Synchronization

/// A loopback origin server that records every octet it receives and answers as the test says.
///
/// Without a script the test itself accepts connections with ``accept(within:)`` and plays the
/// origin step by step. With a script each connection runs the script on a thread of its own.
public final class RawOrigin: Sendable {
    /// The TCP port; nought for a unix socket.
    public let port: Int
    private let shared: Shared

    /// Listens on a free loopback port, or on `port`.
    ///
    /// - Parameters:
    ///   - port: a port to listen on; nought lets the kernel choose.
    ///   - host: the last octet of the address, 127.0.0.1 or another.
    ///   - backlog: how many connections wait unaccepted.
    ///   - script: what each connection does; it closes when the script returns or throws.
    /// - Throws: ``WireError`` if the port cannot be had.
    public convenience init(
        port: Int = 0,
        host: UInt8 = 1,
        backlog: Int32 = 128,
        script: (@Sendable (OriginConnection) throws -> Void)? = nil
    ) throws {
        let endpoint = Endpoint.loopback(port: UInt16(port), host: host)
        try self.init(endpoint, backlog: backlog, script: script)
    }

    /// Listens on a unix socket.
    public convenience init(
        unixPath: String,
        script: (@Sendable (OriginConnection) throws -> Void)? = nil
    ) throws {
        try self.init(.unix(path: unixPath), backlog: 128, script: script)
    }

    private init(
        _ endpoint: Endpoint,
        backlog: Int32,
        script: (@Sendable (OriginConnection) throws -> Void)?
    ) throws {
        let socket = try endpoint.listen(backlog: backlog)
        port = socket.port
        shared = Shared(descriptor: socket.duplicate())
        guard let script else { return }
        let shared = shared
        Thread.detachNewThread {
            while let accepted = try? shared.accept(by: Deadline(after: .seconds(3600))) {
                Thread.detachNewThread {
                    let connection = OriginConnection(accepted)
                    try? script(connection)
                    connection.close()
                }
            }
        }
    }

    deinit { stop() }

    /// An origin that answers every request of every connection with the same octets.
    public static func answering(
        _ response: String,
        port: Int = 0,
        host: UInt8 = 1
    ) throws -> RawOrigin {
        try RawOrigin(port: port, host: host) { connection in
            while try connection.readRequest() != nil {
                try connection.send(response)
            }
        }
    }

    /// Stops accepting: later connections are refused.
    ///
    /// Open connections go on.
    public func stop() { shared.stop() }

    /// The next connection, for tests without a script.
    public func accept(within limit: Duration = .seconds(10)) throws -> OriginConnection {
        guard let accepted = try shared.accept(by: Deadline(after: limit)) else {
            throw WireError.deadline("a connection to the origin")
        }
        return OriginConnection(accepted)
    }

    /// How many connections were accepted so far.
    public var connectionCount: Int { shared.recordings.withLock(\.count) }

    /// Whether a connection waits to be accepted, for tests without a script.
    public func hasWaitingConnection(within limit: Duration) throws -> Bool {
        var entry = pollfd(fd: shared.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, Deadline(after: limit).millisecondsLeft) > 0
    }

    /// What each connection received so far, in the order of acceptance.
    public var received: [[UInt8]] {
        shared.recordings.withLock { $0.map(\.octets) }
    }

    /// Everything that all connections received, as ISO-8859-1 text.
    public var receivedText: String {
        received.map { String(latin1: $0) }.joined(separator: "\n---\n")
    }

    /// How many octets all connections received, those past the recording's bound included.
    public var receivedCount: Int {
        shared.recordings.withLock { $0.reduce(0) { $0 + $1.count } }
    }
}

/// The part of an origin that its accepting thread shares with it.
private final class Shared: Sendable {
    let descriptor: Int32
    let recordings = Lock<[Recording]>([])
    private let isStopped = Atomic<Bool>(false)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    func stop() {
        // A shut-down listener refuses connections and wakes the thread that waits in poll.
        if !isStopped.exchange(true, ordering: .relaxed) { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    func accept(by deadline: Deadline) throws -> Accepted? {
        // A second descriptor, so that this call can close what it waits on.
        let listener = Socket(adopting: Socket.duplicate(descriptor))
        guard let socket = try listener.accept(by: deadline) else { return nil }
        let recording = Recording()
        let index = recordings.withLock { all in
            all.append(recording)
            return all.count - 1
        }
        return Accepted(descriptor: socket.release(), index: index, recording: recording)
    }
}

/// A connection on its way to the thread that will own it.
struct Accepted: Sendable {
    let descriptor: Int32
    let index: Int
    let recording: Recording
}

/// What one connection received: the first octets and the count of all.
final class Recording: Sendable {
    private let state = Lock<(octets: [UInt8], count: Int)>(([], 0))
    /// More than any test compares octet by octet.
    private static let octetsMax = 4 << 20

    var octets: [UInt8] { state.withLock(\.octets) }
    var count: Int { state.withLock(\.count) }

    func append(_ piece: ArraySlice<UInt8>) {
        state.withLock { state in
            state.octets += piece.prefix(max(0, Self.octetsMax - state.octets.count))
            state.count += piece.count
        }
    }
}
