import Logging
import NIOCore
import TestKit
import Testing

@testable import Admin

@Suite("Requests of foreign pages")
struct GuardTests {
    private func request(host: String?, _ fields: String...) -> String {
        let lines = (host.map { ["Host: \($0)"] } ?? []) + fields
        return "GET /status HTTP/1.1\r\n" + lines.map { "\($0)\r\n" }.joined() + "\r\n"
    }

    @Test(
        "The listener may be called by its addresses and names, with any port",
        arguments: [
            "localhost", "LocalHost:80", "localhost:", "127.0.0.1", "127.0.0.1:9999", "127.9.9.9",
            "[::1]", "[::1]:8406", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "admin.test",
            "ADMIN.test:1", "192.0.2.7",
        ]
    )
    func acceptsHost(_ host: String) async throws {
        let request = request(host: host)
        let hosts = ["Admin.test", "192.0.2.7"]
        try await RunningAdmin.run(TestSource(), { $0.hosts = hosts }) { admin throws in
            #expect(try admin.client().exchange(request).status == 200)
        }
    }

    @Test(
        "Any other name is refused with 421",
        arguments: [
            "example.org", "localhost.example.org", "127.0.0.1.example.org", "user@localhost",
            "10.0.0.1", "127.1", "2130706433", "[::2]", "[::1", "::1", "localhost:99999",
            "localhost:a", "localhost:80:80", "admin.test", "",
        ]
    )
    func refusesHost(_ host: String) async throws {
        let source = TestSource()
        let request = request(host: host)
        try await RunningAdmin.run(source) { admin throws in
            let response = try admin.client().exchange(request)
            #expect(response.status == 421)
            #expect(eventually { !admin.log.lines.isEmpty })
            #expect(admin.log.lines.first?.metadata["reason"] == "foreign_host")
        }
    }

    @Test("HTTP/1.1 needs one Host field, HTTP/1.0 none")
    func needsHost() async throws {
        let none = request(host: nil)
        let two = request(host: "localhost", "Host: localhost")
        try await RunningAdmin.run { admin throws in
            #expect(try admin.client().exchange(none).status == 400)
            #expect(try admin.client().exchange(two).status == 400)
            #expect(try admin.client().exchange("GET /healthz HTTP/1.0\r\n\r\n").status == 200)
            let foreign = "GET /healthz HTTP/1.0\r\nHost: example.org\r\n\r\n"
            #expect(try admin.client().exchange(foreign).status == 421)
        }
    }

    @Test("The authority of an absolute target counts as well")
    func checksAbsoluteTarget() async throws {
        try await RunningAdmin.run { admin throws in
            #expect(try admin.exchange("GET http://localhost:1/healthz").status == 200)
            #expect(try admin.exchange("GET http://example.org/healthz").status == 421)
        }
    }

    @Test(
        "A foreign origin is refused, its own is not",
        arguments: [
            ("http://localhost:8406", 200), ("https://localhost:8406", 200),
            ("http://LOCALHOST:8406", 200), ("http://localhost:3000", 403),
            ("http://localhost", 403), ("http://127.0.0.1:8406", 403), ("http://evil.test", 403),
            ("http://localhost:8406.evil.test", 403), ("http://localhost:8406/", 403),
            ("null", 403), ("", 403), ("ftp://localhost:8406", 403),
        ]
    )
    func checksOrigin(origin: String, status: Int) async throws {
        let request = request(host: "localhost:8406", "Origin: \(origin)")
        try await RunningAdmin.run { admin throws in
            #expect(try admin.client().exchange(request).status == status)
        }
    }

    @Test("The port of a scheme may be left out")
    func knowsDefaultPorts() async throws {
        let requests = [
            request(host: "localhost", "Origin: http://localhost:80"),
            request(host: "localhost:443", "Origin: https://localhost"),
        ]
        try await RunningAdmin.run { admin throws in
            for request in requests {
                #expect(try admin.client().exchange(request).status == 200)
            }
        }
    }

    @Test(
        "What the browser says of the site counts",
        arguments: [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)]
    )
    func checksSite(site: String, status: Int) async throws {
        try await RunningAdmin.run { admin throws in
            let response = try admin.exchange("GET /", "Sec-Fetch-Site: \(site)")
            #expect(response.status == status)
        }
    }

    @Test("A foreign page cannot have anything done")
    func refusesForeignReload() async throws {
        let source = TestSource()
        try await RunningAdmin.run(source) { admin throws in
            let foreign = try admin.exchange("POST /reload", "Origin: http://evil.test")
            #expect(foreign.status == 403)
            let own = try admin.exchange("POST /reload", "Origin: http://localhost")
            #expect(own.status == 200)
        }
        #expect(source.reloadCount == 1)
    }

    @Test("The operator is told at most once a second, and of how many more there were")
    func boundsNotices() {
        let log = CapturedLog()
        var notices = RefusalNotices(logger: Logger(label: "test") { _ in log })
        func note(at milliseconds: UInt64) {
            let now = NIODeadline.uptimeNanoseconds(milliseconds * 1_000_000)
            notices.note("foreign_host", value: "a\u{1B}[2Jé", now: now)
        }
        note(at: 5000)
        note(at: 5500)
        note(at: 5999)
        #expect(log.lines.count == 1)
        note(at: 6000)
        #expect(log.lines.map { $0.metadata["suppressed"] } == ["0", "2"])
        #expect(log.lines.first?.metadata["value"] == "a?[2J??")
    }
}
