import Foundation
import TestKit
import Testing

/// What systemd is told (sd_notify(3)).
@Suite("The service manager", .blocking, .timeLimit(.minutes(3)))
struct ServiceManagerTests {
    private static let watchdog = "WATCHDOG_USEC=400000"

    /// A gateway that speaks to `manager`, with more variables in its environment.
    private func start(
        _ manager: NotifySocket,
        _ variables: String = "",
        upstream: String = "http://127.0.0.1:9",
        tls: String = "",
        keeping origin: RawOrigin? = nil
    ) throws -> RunningGateway {
        try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                workers: 2
                upstreams:
                  app:
                    url: \(upstream)
                    \(tls)
                policies: policies/
                """,
            policy: "methodwall: 1\nupstream: app\npaths:\n  /**: any\n",
            after: "export NOTIFY_SOCKET='\(manager.path)' \(variables)",
            keeping: origin
        )
    }

    private static func monotonicMicroseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
    }

    @Test("It is told that methodwall is ready, reloads and stops")
    func tellsStates() throws {
        let manager = try NotifySocket()
        let gateway = try start(manager)
        #expect(try manager.nextState() == "READY=1")
        let before = Self.monotonicMicroseconds()
        gateway.process.signal(SIGHUP)
        let reload = try manager.nextState()
        let after = Self.monotonicMicroseconds()
        let match = try #require(
            reload.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=(\d+)/),
            "\(reload)"
        )
        let time = try #require(Int64(match.1))
        #expect(before <= time && time <= after)
        #expect(try manager.nextState() == "READY=1")
        gateway.process.signal(SIGTERM)
        #expect(try manager.nextState() == "STOPPING=1")
        #expect(try gateway.process.wait() == 0)
        // Nobody asked for signs of life.
        #expect(try !manager.hearsLife(within: .zero))
    }

    @Test(
        "Its watchdog hears again and again from the process that it watches",
        arguments: ["", "WATCHDOG_PID=$$"]
    )
    func feedsTheWatchdog(_ owner: String) throws {
        let manager = try NotifySocket()
        let gateway = try start(manager, "\(Self.watchdog) \(owner)")
        #expect(try manager.nextState() == "READY=1")
        for _ in 0..<3 { #expect(try manager.hearsLife(within: .seconds(10))) }
        gateway.process.signal(SIGTERM)
        #expect(try manager.nextState() == "STOPPING=1")
        #expect(try gateway.process.wait() == 0)
    }

    @Test("A watchdog that watches another process hears nothing")
    func leavesOtherWatchdogsAlone() throws {
        let manager = try NotifySocket()
        let gateway = try start(manager, "\(Self.watchdog) WATCHDOG_PID=1")
        #expect(try manager.nextState() == "READY=1")
        #expect(try !manager.hearsLife(within: .seconds(1)))
        #expect(gateway.process.isRunning)
    }

    @Test("One that reads nothing does not hold methodwall up")
    func goesOnUnheard() throws {
        let manager = try NotifySocket()
        try manager.fill(with: "STATUS=unread")
        let gateway = try start(manager, Self.watchdog)
        #expect(try gateway.exchange(request("GET", "/")).status >= 500)
        gateway.process.signal(SIGTERM)
        #expect(try gateway.process.wait(within: .seconds(20)) == 0)
        #expect(try manager.nextState() == "STATUS=unread")
    }

    @Test("The watchdog hears nothing while one event loop is stuck")
    func starvesTheWatchdog() throws {
        let authority = try TestAuthority()
        let folder = try TemporaryFolder()
        let certificate = try String(contentsOfFile: authority.certificate, encoding: .utf8)
        let file = try folder.write(certificate, to: "authority.pem")
        let origin = try RawOrigin()
        let manager = try NotifySocket()
        let gateway = try start(
            manager,
            Self.watchdog,
            upstream: "https://127.0.0.1:\(origin.port)",
            tls: "tls: { ca: \(file) }",
            keeping: origin
        )
        #expect(try manager.hearsLife(within: .seconds(20)))
        // libcurl reads the file for the first handshake, on the event loop. A pipe in its place
        // holds that up until its last writer has gone.
        #expect(mkfifo(folder.path("pipe"), 0o600) == 0)
        #expect(rename(folder.path("pipe"), file) == 0)
        let client = try gateway.connect()
        try client.send(request("GET", "/"))
        var descriptor: Int32 = -1
        let isRead = eventually {
            // Fails as long as nobody reads.
            descriptor = open(file, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return descriptor >= 0
        }
        try #require(isRead)
        let writer = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let isSilent = try eventually(within: .seconds(20)) {
            try !manager.hearsLife(within: .seconds(2))
        }
        #expect(isSilent)
        // Whoever opens the file from now on finds the certificate again.
        let copy = try folder.write(certificate, to: "copy.pem")
        #expect(rename(copy, file) == 0)
        try writer.close()
        #expect(try manager.hearsLife(within: .seconds(20)))
        #expect(try client.readResponse().status >= 500)
        #expect(gateway.process.isRunning)
    }
}
