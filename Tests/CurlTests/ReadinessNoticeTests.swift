import Curl
import Foundation
import TestKit
import Testing

/// What reading an eventfd gives.
private enum EventReading: Equatable {
    /// So many notices since it was last read.
    case notices(UInt64)
    /// The call failed with this error.
    case failed(Int32)

    /// There is no notice.
    static var nothing: EventReading { .failed(EAGAIN) }

    init(of event: Int32) {
        var count: UInt64 = 0
        self = read(event, &count, 8) == 8 ? .notices(count) : .failed(errno)
    }
}

/// Whether a descriptor becomes readable within a time.
private func isReadable(_ descriptor: Int32, within limit: Duration = .zero) -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, Deadline(after: limit).millisecondsLeft) > 0
}

/// An epoll descriptor with one connection on it that a test makes readable, and the notice of it.
private final class Watched {
    let notice: ReadinessNotice
    let loop: CurlLoop
    /// The test's own descriptor of the eventfd.
    let event: Int32
    /// The other end of the connection.
    let peer: OriginConnection
    private let origin: RawOrigin
    private let connection: CurlConnection

    /// Connects, and arms the notice when nothing is left to tell.
    init() throws {
        let origin = try RawOrigin()
        let loop = try CurlLoop()
        let connection = try loop.connect(
            to: OriginURL("http://127.0.0.1:\(origin.port)"),
            options: ConnectOptions()
        )
        var happened: CurlConnection.Events = []
        connection.onEvents = { happened.formUnion($0) }
        let isConnected = eventually {
            loop.timerFired()
            if loop.poll() { loop.dispatch() }
            return happened.contains(.connected)
        }
        connection.onEvents = nil
        try #require(isConnected)
        while loop.poll() { loop.dispatch() }
        try #require(!isReadable(loop.descriptor))
        let notice = try ReadinessNotice(of: loop.descriptor)
        self.origin = origin
        self.loop = loop
        self.connection = connection
        self.notice = notice
        peer = try origin.accept()
        event = try notice.duplicateEvent()
    }

    deinit { close(event) }

    /// Takes what has happened, so that the descriptor is not readable any more.
    func takeEvents() {
        while loop.poll() { loop.dispatch() }
    }
}

@Suite(
    "Notices of readable descriptors",
    .enabled(if: ReadinessNotice.isAvailable, "this kernel or a sandbox does not give notices")
)
struct ReadinessNoticeTests {
    private let patience = Duration.seconds(10)

    @Test("The kernel gives notices, however often it is asked")
    func isAvailableAgainAndAgain() {
        for _ in 0..<10 { #expect(ReadinessNotice.isAvailable) }
    }

    @Test("A notice comes when something happens on a watched socket, and not before")
    func tellsOfAnEvent() throws {
        let watched = try Watched()
        #expect(!isReadable(watched.event, within: .milliseconds(50)))
        #expect(EventReading(of: watched.event) == .nothing)
        try watched.peer.send("x")
        #expect(isReadable(watched.event, within: patience))
        #expect(EventReading(of: watched.event) == .notices(1))
        #expect(EventReading(of: watched.event) == .nothing)
    }

    @Test("One arming gives one notice, whatever else happens")
    func tellsOnceForEachArming() throws {
        let watched = try Watched()
        for round in 0..<5 {
            if round > 0 { #expect(watched.notice.arm()) }
            #expect(EventReading(of: watched.event) == .nothing, "round \(round)")
            try watched.peer.send("x")
            #expect(isReadable(watched.event, within: patience), "round \(round)")
            #expect(EventReading(of: watched.event) == .notices(1), "round \(round)")
            watched.takeEvents()
            #expect(!isReadable(watched.loop.descriptor))
            // More arrives, and nobody has asked to be told.
            try watched.peer.send("y")
            #expect(isReadable(watched.loop.descriptor, within: patience))
            #expect(!isReadable(watched.event, within: .milliseconds(20)), "round \(round)")
            #expect(EventReading(of: watched.event) == .nothing, "round \(round)")
            watched.takeEvents()
        }
    }

    @Test("Arming while there is something to read tells of it at once")
    func tellsOfWhatIsThere() throws {
        let watched = try Watched()
        try watched.peer.send("x")
        #expect(isReadable(watched.event, within: patience))
        #expect(EventReading(of: watched.event) == .notices(1))
        // Nobody has taken the event.
        #expect(watched.notice.arm())
        #expect(isReadable(watched.event, within: patience))
        #expect(EventReading(of: watched.event) == .notices(1))
        #expect(EventReading(of: watched.event) == .nothing)
    }

    @Test("The end of a connection is something to tell of")
    func tellsOfAnEnd() throws {
        let watched = try Watched()
        watched.peer.close()
        #expect(isReadable(watched.event, within: patience))
        #expect(EventReading(of: watched.event) == .notices(1))
    }

    @Test("10,000 notices, one behind the other, do not run out of room")
    func keepsRoomForNotices() throws {
        let watched = try Watched()
        // Nobody takes this event, so each arming finds it.
        try watched.peer.send("x")
        var told = 0
        while told < 10_000, isReadable(watched.event, within: patience),
            EventReading(of: watched.event) == .notices(1), watched.notice.arm()
        {
            told += 1
        }
        #expect(told == 10_000)
    }

    @Test("The caller's descriptor outlives the notice, tells nothing more, and can be closed")
    func leavesTheDuplicateToItsOwner() throws {
        let watched = try Watched()
        let event = try eventOfEndedNotice(of: watched.loop.descriptor)
        // Its end may tell once.
        _ = EventReading(of: event)
        try watched.peer.send("x")
        #expect(isReadable(watched.event, within: patience))
        #expect(!isReadable(event, within: .milliseconds(20)))
        #expect(EventReading(of: event) == .nothing)
        #expect(close(event) == 0)
    }

    /// A descriptor of an eventfd whose notice is gone.
    private func eventOfEndedNotice(of descriptor: Int32) throws -> Int32 {
        try ReadinessNotice(of: descriptor).duplicateEvent()
    }

    @Test("What is no descriptor is refused")
    func refusesWhatIsNoDescriptor() {
        #expect(throws: CurlError.self) { _ = try ReadinessNotice(of: -1) }
    }
}
