import Foundation
import Logging
import TestKit
import Testing

@testable import Admin

@Suite("Where the admin listener listens", .blocking)
struct LifecycleTests {
    private func mode(_ path: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
    }

    private func failure(_ address: AdminAddress) async -> String? {
        do {
            let admin = try await RunningAdmin.start { $0.address = address }
            await admin.server.stop()
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("stop frees the port, ends the connections, and may be called again")
    func stops() async throws {
        let admin = try await RunningAdmin.start()
        let port = admin.port
        let idle = try admin.client()
        #expect(try idle.exchange(RunningAdmin.request("GET /healthz")).status == 200)
        await admin.server.stop()
        #expect(idle.isClosedByPeer())
        #expect(throws: WireError.self) { try RawClient(port: port) }
        await admin.server.stop()
        let again = try await RunningAdmin.start {
            $0.address = .tcp(host: "127.0.0.1", port: port)
        }
        #expect(again.port == port)
        await again.server.stop()
    }

    @Test("An address that cannot be had is named")
    func namesTakenAddress() async throws {
        let admin = try await RunningAdmin.start()
        let text = await failure(admin.server.address)
        #expect(text?.contains("cannot listen on 127.0.0.1:\(admin.port)") == true)
        #expect(text?.contains("Address already in use") == true)
        await admin.server.stop()
    }

    @Test("Addresses are written as the configuration has them")
    func describesAddresses() {
        #expect("\(AdminAddress.tcp(host: "127.0.0.1", port: 8406))" == "127.0.0.1:8406")
        #expect("\(AdminAddress.tcp(host: "::1", port: 8406))" == "[::1]:8406")
        #expect("\(AdminAddress.unix(path: "/run/a.sock"))" == "unix:/run/a.sock")
    }

    @Test("A unix socket is this user's alone, takes any Host, and goes with the server")
    func servesUnixSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("admin.sock")
        let mode = mode
        try await RunningAdmin.run(TestSource(), { $0.address = .unix(path: path) }) {
            admin throws in
            #expect(try mode(path) == 0o600)
            let request = "GET /healthz HTTP/1.1\r\nHost: anything.test\r\n"
            #expect(try admin.client().exchange(request + "\r\n").text == "ok\n")
            let foreign = request + "Origin: http://evil.test\r\n\r\n"
            #expect(try admin.client().exchange(foreign).status == 403)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("A socket that nobody listens on is replaced")
    func replacesStaleSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("admin.sock")
        let (descriptor, _) = try UnixSocketFile.bind(path)
        close(descriptor)
        #expect(FileManager.default.fileExists(atPath: path))
        try await RunningAdmin.run(TestSource(), { $0.address = .unix(path: path) }) {
            admin throws in
            #expect(try admin.exchange("GET /healthz").status == 200)
        }
    }

    @Test("A socket that somebody listens on stays theirs")
    func keepsLiveSocket() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("admin.sock")
        let first = try await RunningAdmin.start { $0.address = .unix(path: path) }
        let text = await failure(.unix(path: path))
        #expect(text?.contains("another process listens on it") == true)
        #expect(try first.exchange("GET /healthz").status == 200)
        await first.server.stop()
    }

    @Test("A file that is not a socket is never removed")
    func keepsFiles() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("precious", to: "admin.sock")
        let text = await failure(.unix(path: path))
        #expect(text?.contains("not a socket") == true)
        #expect(try folder.read("admin.sock") == "precious")
    }

    @Test("What took the place of the socket is not removed at stop")
    func keepsReplacement() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path("admin.sock")
        let admin = try await RunningAdmin.start { $0.address = .unix(path: path) }
        try FileManager.default.moveItem(atPath: path, toPath: folder.path("moved"))
        try folder.write("precious", to: "admin.sock")
        await admin.server.stop()
        #expect(try folder.read("admin.sock") == "precious")
    }

    @Test("A path that does not fit the kernel's room is refused")
    func refusesLongPaths() async throws {
        let text = await failure(.unix(path: "/tmp/" + String(repeating: "a", count: 200)))
        #expect(text?.contains("a path of 1 to 107 octets") == true)
        #expect(await failure(.unix(path: ""))?.contains("a path of 1 to 107") == true)
        let missing = await failure(.unix(path: "/nonexistent/folder/admin.sock"))
        #expect(missing?.contains("No such file or directory") == true)
    }
}
