import Foundation
import TestKit
import Testing

@Suite("Command line", .blocking)
struct CommandLineTests {
    private func methodwall(
        _ arguments: [String],
        folder: String? = nil
    ) throws -> ChildProcess.Finished {
        try ChildProcess.run(try Programs.methodwall(), arguments, folder: folder)
    }

    private func run(_ folder: TemporaryFolder, _ more: [String] = []) -> [String] {
        [
            "run", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:9", "--policies",
            folder.path("policies"),
        ] + more
    }

    @Test(
        "-h on each command exits 0 and names the command",
        arguments: ["run", "check", "explain", "demo"]
    )
    func helps(_ command: String) throws {
        for flag in ["-h", "--help"] {
            let result = try methodwall([command, flag])
            #expect(result.status == 0)
            #expect(result.output.contains("USAGE"))
            #expect(result.output.contains(command))
        }
        #expect(try methodwall(["--help"]).output.contains(command))
    }

    @Test(
        "A usage mistake exits 2 with a clear line",
        arguments: [
            ["run", "--no-such-flag"], ["no-such-command"], ["run", "--listen", "nowhere"],
            ["run", "--workers", "many"], ["explain"],
        ]
    )
    func refusesUsageMistakes(_ arguments: [String]) throws {
        let result = try methodwall(arguments)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(!result.error.isEmpty)
        #expect(!result.error.contains("Fatal error"))
    }

    @Test("A broken policy at start exits 1 and nothing listens")
    func refusesBrokenPolicyAtStart() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            "methodwall: 1\npathes:\n  /a: GET\npaths:\n  /b: G@T\n  /c: GET\n  /c: PUT\n",
            to: "policies/shop.yaml"
        )
        let port = try freePort()
        var arguments = run(folder)
        arguments[2] = "127.0.0.1:\(port)"
        let result = try methodwall(arguments)
        #expect(result.status == 1)
        #expect(!result.error.contains("listening on"))
        // Every mistake at once, each with its place (issue: bad input).
        for place in ["shop.yaml:2:", "shop.yaml:5:", "shop.yaml:7:"] {
            #expect(result.error.contains(place), "\(place) in \(result.error)")
        }
        #expect(result.error.contains("error["))
        #expect(throws: WireError.self) { try RawClient(port: port) }
    }

    @Test("A missing policy folder exits 2 with one line")
    func refusesMissingFolder() throws {
        let folder = try TemporaryFolder()
        let result = try methodwall(run(folder))
        #expect(result.status == 2)
        #expect(result.error.split(separator: "\n").count == 1)
        #expect(result.error.contains(folder.path("policies")))
    }

    @Test("A port in use exits 2 with one line that names it")
    func refusesPortInUse() throws {
        let origin = try RawOrigin()
        let folder = try TemporaryFolder()
        try folder.write(Policies.shop, to: "policies/shop.yaml")
        var arguments = run(folder)
        arguments[2] = "127.0.0.1:\(origin.port)"
        let result = try methodwall(arguments)
        #expect(result.status == 2)
        #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
        #expect(result.error.contains("\(origin.port)"))
    }

    @Test("A log file that cannot be opened exits 2 with one line")
    func refusesUnwritableLog() throws {
        let folder = try TemporaryFolder()
        try folder.write(Policies.shop, to: "policies/shop.yaml")
        let result = try methodwall(run(folder, ["--log", folder.path("none/refusals.log")]))
        #expect(result.status == 2)
        #expect(result.error.split(separator: "\n").count == 1, "\(result.error)")
        #expect(result.error.contains("refusals.log"))
    }

    @Test(
        "SIGTERM and SIGINT drain: the running exchange ends well, then exit 0",
        arguments: [SIGTERM, SIGINT]
    )
    func drains(_ signal: Int32) throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        let idle = try fixture.gateway.connect()
        #expect(try idle.exchange(request("PUT", "/status")).status == 405)
        try client.send(request("GET", "/status"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        fixture.gateway.process.signal(signal)
        // Idle connections end, new ones are not accepted, the running exchange goes on.
        #expect(idle.isClosedByPeer())
        #expect(eventually { (try? fixture.gateway.connect()) == nil })
        #expect(fixture.gateway.process.isRunning)
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone")
        #expect(try client.readResponse().text == "done")
        #expect(client.isClosedByPeer())
        #expect(try fixture.gateway.process.wait() == 0)
    }

    @Test("A request on a connection that is new when the gateway drains is answered")
    func answersNewConnections() throws {
        let fixture = try Fixture()
        let fresh = try fixture.gateway.connect()
        let idle = try fixture.gateway.connect()
        #expect(try idle.exchange(request("PUT", "/status")).status == 405)
        fixture.gateway.process.signal(SIGTERM)
        // Where those end that had requests, draining has begun.
        #expect(idle.isClosedByPeer())
        #expect(try fresh.exchange(request("PUT", "/status")).status == 405)
        #expect(fresh.isClosedByPeer())
        #expect(try fixture.gateway.process.wait(within: .seconds(10)) == 0)
    }

    @Test("Requests have `drain` to end, however long tunnels may stay")
    func cutsRequestsInTime() throws {
        let origin = try RawOrigin()
        let gateway = try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams: { app: "http://127.0.0.1:\(origin.port)" }
                policies: policies/
                drain: 300ms
                drain_tunnels: 5m
                """,
            keeping: origin
        )
        let client = try gateway.connect()
        try client.send(request("GET", "/status"))
        let connection = try origin.accept()
        _ = try connection.expectRequest()
        gateway.process.signal(SIGTERM)
        #expect(client.isClosedByPeer())
        #expect(try gateway.process.wait(within: .seconds(10)) == 0)
        #expect(connection.isClosedByPeer())
    }

    @Test("A second signal stops at once")
    func stopsAtTheSecondSignal() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        fixture.gateway.process.signal(SIGTERM)
        #expect(eventually { (try? fixture.gateway.connect()) == nil })
        #expect(fixture.gateway.process.isRunning)
        fixture.gateway.process.signal(SIGTERM)
        _ = try fixture.gateway.process.wait(within: .seconds(5))
    }

    @Test("check accepts a good folder and reports every mistake of a bad one")
    func checks() throws {
        let folder = try TemporaryFolder()
        try folder.write(Policies.shop, to: "good/shop.yaml")
        #expect(try methodwall(["check", folder.path("good")]).status == 0)
        try folder.write("methodwall: 1\npaths:\n  /a: G@T\n  b: GET\n", to: "bad/a.yaml")
        try folder.write("methodwall: 2\npaths:\n  /a: GET\n", to: "bad/b.yaml")
        let bad = try methodwall(["check", folder.path("bad")])
        #expect(bad.status == 1)
        let text = bad.output + bad.error
        for place in ["a.yaml:3:", "a.yaml:4:", "b.yaml:1:"] {
            #expect(text.contains(place), "\(place) in \(text)")
        }
        let json = try methodwall(["check", "--json", folder.path("bad")])
        #expect(json.status == 1)
        #expect((try? JSONSerialization.jsonObject(with: Data(json.output.utf8))) != nil)
        #expect(try methodwall(["check", folder.path("missing")]).status == 2)
    }

    @Test("explain tells the rule with its place and the response head")
    func explains() throws {
        let folder = try TemporaryFolder()
        try folder.write(Policies.shop, to: "policies/shop.yaml")
        let result = try methodwall(
            ["explain", "DELETE", "/%75sers", "--policies", folder.path("policies")])
        // 1: what was asked is refused.
        #expect(result.status == 1)
        #expect(result.output.contains("shop.yaml:6"))
        #expect(result.output.contains("405"))
        #expect(result.output.contains("Allow: GET, HEAD, POST, OPTIONS"))
        let allowed = try methodwall(
            ["explain", "GET", "/users/7", "--policies", folder.path("policies")])
        #expect(allowed.status == 0)
        #expect(allowed.output.contains("/users/{id:int}"))
        #expect(allowed.output.contains("forward"))
    }
}
