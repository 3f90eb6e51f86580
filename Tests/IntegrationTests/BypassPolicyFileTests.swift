import Foundation
import TestKit
import Testing

/// A file that somebody puts beside the policies of a running gateway.
struct HostileFile: Sendable, CustomTestStringConvertible {
    let name: String
    /// What the report calls the mistake.
    let code: String
    /// Puts the file at this path.
    let put: @Sendable (String) throws -> Void

    var testDescription: String { name }

    init(_ name: String, _ code: String, _ text: String, mode: mode_t = 0o600) {
        self.name = name
        self.code = code
        put = { path in
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            chmod(path, mode)
        }
    }

    init(_ name: String, _ code: String, _ put: @escaping @Sendable (String) throws -> Void) {
        self.name = name
        self.code = code
        self.put = put
    }

    static let start = "methodwall: 1\nhosts: [other.test]\npaths:\n"
    /// Nine levels of nine aliases each, and then a policy that would be valid.
    static let bomb: String = {
        var lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
        for (last, next) in zip("abcdefgh", "bcdefghi") {
            let aliases = [String](repeating: "*\(last)", count: 9).joined(separator: ", ")
            lines.append("\(next): &\(next) [\(aliases)]")
        }
        return lines.joined(separator: "\n") + "\n" + start + "  /evil: any\n"
    }()

    static let text: [HostileFile] = [
        HostileFile("F-01: a bomb of aliases", "yaml-anchor", bomb),
        HostileFile("F-01: a merge key", "yaml-merge-key", "<<: x\n" + start + "  /evil: any\n"),
        HostileFile("F-01: a tag", "yaml-tag", "policy: !!str a\n" + start + "  /evil: any\n"),
        HostileFile(
            "F-02: too deep",
            "yaml-too-deep",
            start + "  /evil: " + String(repeating: "[", count: 900)
                + String(repeating: "]", count: 900) + "\n"
        ),
        HostileFile(
            "F-03: a rule given twice",
            "duplicate-key",
            start + "  /evil: none\n  /evil: any\n"
        ),
        HostileFile("F-03: an unknown key", "unknown-key", "path: {}\n" + start + "  /evil: any\n"),
        HostileFile(
            "F-03: a second document",
            "yaml-several-documents",
            start + "  /evil: none\n---\n" + start + "  /evil: any\n"
        ),
        HostileFile("F-04: no method but a boolean", "unknown-method", start + "  /evil: yes\n"),
        HostileFile("F-04: a method in lower case", "unknown-method", start + "  /evil: get\n"),
        HostileFile("F-05: half a file", "yaml-syntax", start + "  /evil: [GET, PO"),
        HostileFile("F-05: an empty file", "empty-file", ""),
        HostileFile(
            "F-07: a file that others may write to",
            "insecure-permissions",
            start + "  /evil: any\n",
            mode: 0o666
        ),
        HostileFile("F-09: TRACE allowed", "prohibited-method", start + "  /evil: GET TRACE\n"),
        HostileFile("F-09: CONNECT allowed", "prohibited-method", start + "  /evil: CONNECT\n"),
        HostileFile("F-09: * as a method", "prohibited-method", start + "  /evil: \"*\"\n"),
        HostileFile(
            "F-09: any origin with credentials",
            "credentials-with-any-origin",
            "cors: { origins: \"*\", credentials: true }\n" + start + "  /evil: GET\n"
        ),
        HostileFile(
            "F-09: rules that overlap",
            "overlapping-patterns",
            start + "  /evil/a*: GET\n  /evil/*b: DELETE\n"
        ),
        HostileFile(
            "F-09: a pattern that is not canonical",
            "unreachable-pattern",
            start + "  /a/../evil: any\n"
        ),
        HostileFile("F-09: the host of another file", "duplicate-host", duplicateHost),
    ]

    private static let duplicateHost = "methodwall: 1\nhosts: [SHOP.test]\npaths:\n  /evil: any\n"

    static let files: [HostileFile] = [
        HostileFile("F-02: a huge file", "file-too-large") { path in
            try (start + "  /evil: any\n").write(toFile: path, atomically: false, encoding: .utf8)
            #expect(truncate(path, 1 << 40) == 0)
        },
        HostileFile("F-10: a FIFO", "not-a-regular-file") { path in
            #expect(mkfifo(path, 0o600) == 0)
        },
        HostileFile("F-10: a folder", "not-a-regular-file") { path in
            #expect(mkdir(path, 0o700) == 0)
        },
        HostileFile("F-10: a device", "not-a-regular-file") { path in
            #expect(symlink("/dev/zero", path) == 0)
        },
    ]
}

@Suite("Ways round through policy files (F-01 to F-10)", .serialized, .blocking)
struct BypassPolicyFileTests {
    static let shared = SharedFixture {
        try Fixture.echoing(
            policy: "methodwall: 1\nhosts: [shop.test]\npaths:\n  /status: GET\n  /evil: none\n"
        )
    }

    /// Puts the file beside the good one, and expects that the old policy stays, with a reason.
    private func expectRejection(of file: HostileFile) throws {
        let fixture = try Self.shared.get()
        let gateway = fixture.gateway
        let path = gateway.folder.path("policies/hostile.yaml")
        let before = gateway.process.text(.standardError).utf8.count
        let memory = MemoryWatcher(pid: gateway.process.pid)
        try file.put(path)
        gateway.process.signal(SIGHUP)
        var report = ""
        let isReported = eventually {
            report = String(gateway.process.text(.standardError).utf8.dropFirst(before)) ?? ""
            return report.contains("error[\(file.code)]")
        }
        #expect(isReported, "\(report)")
        #expect(report.contains("previous ones stay in force"))
        #expect(memory.stop() < 400 << 20)
        for host in ["shop.test", "other.test"] {
            for method in ["GET", "DELETE"] {
                let response = try gateway.exchange(request(method, "/evil", host: host))
                #expect(response.status == (host == "shop.test" ? 405 : 421))
            }
        }
        try fixture.expectNoEvil()
        // What is mended is accepted again.
        try FileManager.default.removeItem(atPath: path)
        let mended = gateway.process.text(.standardError).utf8.count
        gateway.process.signal(SIGHUP)
        let isMended = eventually {
            let text = gateway.process.text(.standardError).utf8.dropFirst(mended)
            return String(text)?.contains("policies reloaded") == true
        }
        #expect(isMended)
    }

    @Test(
        "F-01, F-02, F-03, F-04, F-05, F-07, F-09: a policy that cannot be right changes nothing",
        arguments: HostileFile.text
    )
    func rejectsHostileTexts(_ file: HostileFile) throws {
        try expectRejection(of: file)
    }

    @Test("F-02, F-10: what is no small file is refused unread", arguments: HostileFile.files)
    func rejectsHostileFiles(_ file: HostileFile) throws {
        try expectRejection(of: file)
    }

    private static func policy(_ rule: String) -> String {
        "methodwall: 1\npaths:\n  /status: GET\n  \(rule)\n"
    }

    @Test("F-06: a link swapped by rename closes a path as a whole; no moment has half a policy")
    func followsSwappedLinks() throws {
        let folder = try TemporaryFolder()
        let policies = folder.path("policies")
        for (name, rule) in [("open", "/door: POST"), ("closed", "/door: none")] {
            try folder.write(Self.policy(rule), to: "policies/..\(name)/shop.yaml")
        }
        #expect(symlink("..open", policies + "/..data") == 0)
        #expect(symlink("..data/shop.yaml", policies + "/shop.yaml") == 0)
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        let process = try ChildProcess(
            try Programs.methodwall(),
            [
                "run", "--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:\(origin.port)",
                "--policies", policies, "--workers", "1",
            ]
        )
        let client = try RawClient(port: try RunningGateway.port(of: process))
        #expect(try client.exchange(request("POST", "/door?open")).status == 200)
        #expect(symlink("..closed", policies + "/..data_tmp") == 0)
        #expect(rename(policies + "/..data_tmp", policies + "/..data") == 0)
        var statuses: Set<Int> = []
        let isClosed = try eventually(every: .milliseconds(5)) {
            let status = try client.exchange(request("POST", "/door")).status
            statuses.insert(status)
            return status == 405
        }
        #expect(isClosed)
        #expect(statuses.isSubset(of: [200, 405]))
        #expect(try client.exchange(request("POST", "/door?evil")).status == 405)
        #expect(!origin.receivedText.contains("evil"))
    }

    @Test("F-08: each request has one policy; the log names the one that refused it")
    func switchesAtOnce() throws {
        let fixture = try Fixture.echoing(policy: Self.policy("/door: none"))
        let gateway = fixture.gateway
        #expect(try gateway.exchange(request("POST", "/door?evil")).status == 405)
        let first = try gateway.waitForLogEntry { $0.method == "POST" }
        try gateway.folder.write(Self.policy("/door: GET"), to: "policies/shop.yaml")
        gateway.process.signal(SIGHUP)
        #expect(try eventually { try gateway.exchange(request("GET", "/door")).status == 200 })
        #expect(try gateway.exchange(request("PUT", "/door?evil")).status == 405)
        let second = try gateway.waitForLogEntry { $0.method == "PUT" }
        #expect(first["methodwall.policy_version"] != second["methodwall.policy_version"])
        #expect(first["methodwall.allow"] == "OPTIONS")
        #expect(second["methodwall.allow"] == "GET, HEAD, OPTIONS")
        try fixture.expectNoEvil()
    }

    @Test("F-10: a storm of reloads while a file keeps changing leaves refusals refused")
    func survivesStorms() throws {
        let fixture = try Fixture.echoing(policy: Self.policy("/evil: none"))
        let client = try fixture.gateway.connect()
        for round in 0..<60 {
            let rule = round % 3 == 0 ? "/evil: [none" : "/evil: none"
            try fixture.gateway.folder.write(Self.policy(rule), to: "policies/shop.yaml")
            fixture.gateway.process.signal(SIGHUP)
            #expect(try client.exchange(request("POST", "/evil")).status == 405)
        }
        try fixture.expectNoEvil()
    }
}
