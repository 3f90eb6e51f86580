import Curl
import Foundation
import Locking
import TestKit
import Testing

/// Drives a `CurlLoop` by hand, as an event loop would, until something holds.
private final class Driver {
    let loop: CurlLoop
    private var timerAt: Date?

    init() throws {
        loop = try CurlLoop()
        loop.onTimer = { [unowned self] milliseconds in
            timerAt = milliseconds.map { Date(timeIntervalSinceNow: Double($0) / 1000) }
        }
    }

    func run(within seconds: Double = 10, until isDone: () -> Bool) -> Bool {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while !isDone() {
            if Date() >= deadline { return false }
            if let at = timerAt, at <= Date() {
                timerAt = nil
                loop.timerFired()
            }
            if loop.poll() { loop.dispatch() } else { usleep(500) }
        }
        return true
    }
}

private func received(_ connection: CurlConnection) -> (text: String, isEnd: Bool) {
    var text = ""
    var room = [UInt8](repeating: 0, count: 4096)
    while true {
        let outcome = room.withUnsafeMutableBytes { connection.receive(into: $0) }
        switch outcome {
        case .received(let count): text += String(decoding: room[..<count], as: UTF8.self)
        case .wouldBlock: return (text, false)
        case .endOfStream, .failed: return (text, true)
        }
    }
}

@Suite("Connections through libcurl", .serialized)
struct CurlLoopTests {
    private func connect(
        _ driver: Driver,
        _ url: String,
        timeoutMilliseconds: Int = 5000
    ) throws -> (CurlConnection, CurlConnection.Events) {
        let connection = try driver.loop.connect(
            to: OriginURL(url),
            options: ConnectOptions(timeoutMilliseconds: timeoutMilliseconds)
        )
        var events: CurlConnection.Events = []
        connection.onEvents = { events.formUnion($0) }
        #expect(driver.run { !events.isDisjoint(with: [.connected, .failed]) })
        return (connection, events)
    }

    @Test("connects, sends, receives, again and again on one connection")
    func carriesOctets() throws {
        let origin = try RawOrigin { connection in
            while let request = try connection.readRequest() {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\(request.target)")
            }
        }
        let driver = try Driver()
        let (connection, events) = try connect(driver, "http://127.0.0.1:\(origin.port)")
        #expect(events.contains(.connected))
        for target in ["/1", "/2", "/3"] {
            var isReadable = false
            connection.onEvents = { if $0.contains(.readable) { isReadable = true } }
            let request = Array("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            #expect(connection.send(request.span) == .sent(request.count))
            var text = ""
            #expect(
                driver.run {
                    if isReadable {
                        isReadable = false
                        text += received(connection).text
                    }
                    return text.hasSuffix(target)
                }
            )
        }
    }

    @Test("reports a refused connection with libcurl's reason")
    func reportsRefusal() throws {
        let driver = try Driver()
        let port = try freePort()
        let (connection, events) = try connect(driver, "http://127.0.0.1:\(port)")
        #expect(events.contains(.failed))
        #expect(connection.connectFailure?.kind == .connectionRefused)
    }

    @Test("reports a name that does not resolve")
    func reportsUnknownName() throws {
        let driver = try Driver()
        let (connection, events) = try connect(driver, "http://no-such-host.invalid:80")
        #expect(events.contains(.failed))
        #expect(connection.connectFailure?.kind == .resolution)
    }

    @Test("L-08: a proxy in the environment is not used")
    func ignoresEnvironmentProxies() throws {
        let origin = try RawOrigin { connection in _ = try connection.readRequest() }
        setenv("http_proxy", "http://127.0.0.1:9", 1)
        setenv("all_proxy", "http://127.0.0.1:9", 1)
        defer {
            unsetenv("http_proxy")
            unsetenv("all_proxy")
        }
        let driver = try Driver()
        let (_, events) = try connect(driver, "http://127.0.0.1:\(origin.port)")
        #expect(events.contains(.connected))
    }

    @Test("R-41: octets on an idle connection show before it is used again")
    func idleOctetsShow() throws {
        let origin = try RawOrigin()
        let driver = try Driver()
        let (connection, _) = try connect(driver, "http://127.0.0.1:\(origin.port)")
        connection.onEvents = nil
        let accepted = try origin.accept()
        try accepted.send("late")
        #expect(driver.run { driver.loop.poll() && connection.pendingEvents.contains(.readable) })
    }

    @Test("an origin that closes is reported as hung up, then as the end")
    func reportsClose() throws {
        let origin = try RawOrigin()
        let driver = try Driver()
        let (connection, _) = try connect(driver, "http://127.0.0.1:\(origin.port)")
        var events: CurlConnection.Events = []
        connection.onEvents = { events.formUnion($0) }
        try origin.accept().close()
        #expect(driver.run { events.contains(.hangup) })
        #expect(received(connection).isEnd)
    }

    @Test("a closed connection reports nothing and refuses to send")
    func closedIsClosed() throws {
        let origin = try RawOrigin()
        let driver = try Driver()
        let (connection, _) = try connect(driver, "http://127.0.0.1:\(origin.port)")
        connection.close()
        connection.close()
        guard case .failed = connection.send([1].span) else {
            Issue.record("a closed connection took an octet")
            return
        }
    }
}

@Suite("The watcher")
struct WatcherTests {
    @Test("wakes once for each arming")
    func wakesOnceForEachArming() throws {
        let watcher = try Watcher()
        defer { watcher.stop() }
        let loop = try CurlLoop()
        let wakes = Counter()
        try watcher.add(loop.descriptor) { wakes.increment() }
        let origin = try RawOrigin { connection in _ = try connection.readRequest() }
        let connection = try loop.connect(
            to: OriginURL("http://127.0.0.1:\(origin.port)"),
            options: ConnectOptions()
        )
        loop.timerFired()
        #expect(eventually { wakes.value == 1 })
        watcher.rearm(loop.descriptor)
        #expect(eventually { wakes.value == 2 })
        connection.close()
    }
}

private final class Counter: Sendable {
    private let count = Lock(0)
    func increment() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
}
