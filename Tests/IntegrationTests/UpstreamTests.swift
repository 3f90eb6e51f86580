import Foundation
import Locking
import Synchronization
import TestKit
import Testing

/// A service of several servers, each of which can be killed and started again.
private final class Server: Sendable {
    let name: String
    let port: Int
    private let origin = Lock<RawOrigin?>(nil)
    private let isDead = Atomic<Bool>(false)
    private let isSick = Atomic<Bool>(false)
    /// How many requests with this method came whole.
    private let counts = Lock<[String: Int]>([:])

    init(_ name: String) throws {
        self.name = name
        port = try freePort()
        try start()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    func count(_ method: String) -> Int { counts.withLock { $0[method, default: 0] } }

    func start() throws {
        isDead.store(false, ordering: .relaxed)
        let started = try RawOrigin(port: port) { [weak self] in try self?.serve($0) }
        origin.withLock { $0 = started }
    }

    /// Refuses connections, and closes the ones it has without an answer.
    func kill() {
        isDead.store(true, ordering: .relaxed)
        origin.withLock { $0?.stop() }
    }

    /// Says so when it is asked.
    func beSick(_ isSick: Bool) { self.isSick.store(isSick, ordering: .relaxed) }

    private func serve(_ connection: OriginConnection) throws {
        while let request = try connection.readRequest() {
            if request.target == "/healthz" {
                let status = isSick.load(ordering: .relaxed) ? "503 Sick" : "200 OK"
                try connection.send("HTTP/1.1 \(status)\r\nContent-Length: 0\r\n\r\n")
                continue
            }
            counts.withLock { $0[request.method, default: 0] += 1 }
            if isDead.load(ordering: .relaxed) || request.target == "/die" { return }
            let length = "Content-Length: \(name.utf8.count)\r\n"
            try connection.send("HTTP/1.1 200 OK\r\n\(length)\r\n\(name)")
        }
    }
}

@Suite("Upstreams of several servers", .blocking, .timeLimit(.minutes(5)))
struct UpstreamTests {
    private func gateway(_ servers: [Server], _ keys: String = "") throws -> RunningGateway {
        let urls = servers.map(\.url).joined(separator: ", ")
        return try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams:
                  app:
                    urls: [\(urls)]
                \(keys)
                policies: policies/
                trusted_proxies: 127.0.0.1
                workers: 1
                """,
            policy: "methodwall: 1\nupstream: app\npaths:\n  /**: any\n"
        )
    }

    private func servers(_ names: String...) throws -> [Server] {
        try names.map { try Server($0) }
    }

    private static func get(_ client: String? = nil) -> String {
        request("GET", "/", client.map { ["X-Forwarded-For: \($0)"] } ?? [])
    }

    @Test("A kept connection that ends under a request does not rule its server out")
    func staysWithTheOnlyOneThatIsWell() throws {
        // Answers once on a connection, and takes a second request only to close.
        let well = try RawOrigin { connection in
            _ = try connection.expectRequest()
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            _ = try connection.readHead()
        }
        let dead = try freePort()
        let gateway = try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams:
                  app: ["http://127.0.0.1:\(dead)", "http://127.0.0.1:\(well.port)"]
                policies: policies/
                workers: 1
                """,
            policy: "methodwall: 1\nupstream: app\npaths:\n  /**: any\n",
            keeping: well
        )
        for _ in 0..<8 { #expect(try gateway.exchange(Self.get()).status == 200) }
        #expect(well.connectionCount > 1)
    }

    @Test("Requests go to one server after the other")
    func goesRound() throws {
        let all = try servers("a", "b", "c")
        let gateway = try gateway(all)
        let client = try gateway.connect()
        let served = try (0..<9).map { _ in try client.exchange(Self.get()).text }
        #expect(served == ["a", "b", "c", "a", "b", "c", "a", "b", "c"])
    }

    @Test("With least-connections a busy server gets fewer requests")
    func takesTheLeastBusy() throws {
        let slow = try RawOrigin()
        let quick = try Server("quick")
        let gateway = try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams:
                  app:
                    urls: ["http://127.0.0.1:\(slow.port)", "\(quick.url)"]
                    balance: least-connections
                policies: policies/
                workers: 1
                """,
            policy: "methodwall: 1\nupstream: app\npaths:\n  /**: any\n"
        )
        let waiting = try gateway.connect()
        try waiting.send(Self.get())
        let connection = try slow.accept()
        _ = try connection.expectRequest()
        let client = try gateway.connect()
        for _ in 0..<10 { #expect(try client.exchange(Self.get()).text == "quick") }
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow")
        #expect(try waiting.readResponse().text == "slow")
    }

    @Test("A client stays with its server; when that goes, only its own clients move")
    func staysWithAServer() throws {
        let all = try servers("a", "b", "c")
        let gateway = try gateway(all, "    balance: client")
        let connection = try gateway.connect()
        func served() throws -> [String: String] {
            var served: [String: String] = [:]
            for number in 1...60 {
                let client = "192.0.2.\(number)"
                let response = try connection.exchange(Self.get(client))
                #expect(response.status == 200)
                served[client] = response.text
            }
            return served
        }
        let before = try served()
        #expect(Set(before.values) == ["a", "b", "c"])
        #expect(try served() == before)
        all[1].kill()
        let without = try served()
        for (client, server) in before where server != "b" { #expect(without[client] == server) }
        #expect(Set(without.values) == ["a", "c"])
        try all[1].start()
        #expect(try eventually { try served() == before })
    }

    @Test("No request fails while a server is killed and started again under load")
    func survivesAKilledServer() throws {
        let all = try servers("a", "b")
        let gateway = try gateway(all)
        let port = gateway.port
        let isOver = Flag()
        let failures = Lock<[String]>([])
        let answered = Atomic<Int>(0)
        let threads = (0..<4).map { _ in
            let done = DispatchSemaphore(value: 0)
            Thread.detachNewThread {
                defer { done.signal() }
                do {
                    let client = try RawClient(port: port)
                    while !isOver.isSet {
                        let response = try client.exchange(Self.get())
                        if response.status != 200 {
                            failures.withLock { $0.append("\(response.head.startLine)") }
                        }
                        answered.add(1, ordering: .relaxed)
                    }
                } catch {
                    failures.withLock { $0.append("\(error)") }
                }
            }
            return done
        }
        for round in 0..<4 {
            let server = all[round % 2]
            let other = all[1 - round % 2]
            let before = answered.load(ordering: .relaxed)
            #expect(eventually { answered.load(ordering: .relaxed) > before + 200 })
            server.kill()
            let killed = other.count("GET")
            #expect(eventually { other.count("GET") > killed + 200 })
            try server.start()
            // It is used again before the other one goes.
            let started = server.count("GET")
            #expect(eventually(within: .seconds(30)) { server.count("GET") > started + 20 })
        }
        isOver.set()
        for done in threads { #expect(done.wait(timeout: .now() + 20) == .success) }
        #expect(failures.withLock { $0 } == [])
    }

    @Test("POST goes on to another server if no connection could be made, and is never sent twice")
    func neverSendsTwice() throws {
        let all = try servers("a", "b")
        let gateway = try gateway(all)
        let client = try gateway.connect()
        // Both servers die of it: it is not tried at the second after the first.
        let failed = try gateway.exchange(request("POST", "/die", body: "x"))
        #expect(failed.status == 502)
        #expect(all[0].count("POST") + all[1].count("POST") == 1)
        // GET is: once, and no more.
        #expect(try gateway.exchange(request("GET", "/die")).status == 502)
        #expect(all[0].count("GET") + all[1].count("GET") == 2)
        all[0].kill()
        for number in 1...9 {
            let response = try client.exchange(request("POST", "/", body: "\(number)"))
            #expect(response.text == "b")
        }
        #expect(all[0].count("POST") + all[1].count("POST") == 10)
    }

    @Test("If every server is out, every one is tried: health alone refuses nothing")
    func triesAllWhenNoneIsWell() throws {
        let all = try servers("a", "b")
        let gateway = try gateway(all)
        let client = try gateway.connect()
        for server in all { server.kill() }
        for _ in 0..<10 { #expect(try client.exchange(Self.get()).status == 502) }
        try all[1].start()
        // Without waiting for anybody's time to be over.
        #expect(try client.exchange(Self.get()).text == "b")
    }
}

extension UpstreamTests {
    @Test("A server that says it is not well gets no requests until it says that it is")
    func followsChecks() throws {
        let all = try servers("a", "b")
        let check = "{ path: /healthz, interval: 200ms, unhealthy: 2, healthy: 2 }"
        let gateway = try gateway(all, "    health: \(check)")
        let client = try gateway.connect()
        func served() throws -> Set<String> {
            Set(try (0..<6).map { _ in try client.exchange(Self.get()).text })
        }
        #expect(try eventually { try served() == ["a", "b"] })
        all[0].beSick(true)
        #expect(try eventually { try served() == ["b"] })
        #expect(try always(for: .milliseconds(600)) { try served() == ["b"] })
        all[0].beSick(false)
        #expect(try eventually { try served() == ["a", "b"] })
        let log = gateway.process.text(.standardError)
        #expect(log.contains("origin is left out") && log.contains("origin is used again"))
        // One that is gone fails its checks as well.
        all[1].kill()
        #expect(try eventually { try served() == ["a"] })
    }

    @Test("B-69: who finds the queue full, or waits too long, gets 503 with Retry-After")
    func breaksTheCircuit() throws {
        let origin = try RawOrigin()
        let gateway = try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams:
                  app:
                    url: http://127.0.0.1:\(origin.port)
                    limits: { connections: 1, waiting: 1, wait: 300ms, per_client: 1 }
                policies: policies/
                workers: 1
                """,
            policy: "methodwall: 1\nupstream: app\npaths:\n  /**: any\n",
            keeping: origin
        )
        let served = try gateway.connect()
        try served.send(Self.get())
        let connection = try origin.accept()
        _ = try connection.expectRequest()
        let waiting = try gateway.connect()
        try waiting.send(Self.get())
        #expect(waiting.staysSilent(for: .milliseconds(50)))
        for response in [try gateway.exchange(Self.get()), try waiting.readResponse()] {
            #expect(response.status == 503)
            #expect(response["Retry-After"] == "1")
            let field = response["Proxy-Status"]
            #expect(field == "methodwall; error=connection_limit_reached")
        }
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
        #expect(try served.readResponse().text == "fine")
        #expect(origin.connectionCount == 1)
    }
}

/// Tells threads that it is over.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
