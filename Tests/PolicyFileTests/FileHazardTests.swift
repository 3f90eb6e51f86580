import Foundation
import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// What a file system can do to a reader, and must not do here (F-02, F-05 to F-07, F-10).
@Suite struct FileHazardTests {
    private static let policy = "methodwall: 1\npaths:\n  /a: GET\n"

    @Test("F-02: a file above the limit is refused by its size, unread")
    func refusesLargeFiles() throws {
        var fixture = try PolicyFixture(Self.policy)
        fixture.options.fileBytesMax = 16
        let found = try #require(fixture.load().first)
        #expect(found.code == "file-too-large")
        #expect(found.location.file == "shop.yaml")
    }

    @Test("F-02: a file of 100,000 rules is loaded")
    func loadsManyRules() throws {
        let rules = (0..<100_000).map { "  /s\($0 % 100)/r\($0): GET POST\n" }
        let snapshot = try snapshot(of: "methodwall: 1\npaths:\n" + rules.joined())
        #expect(snapshot.policies.map(\.rules.count) == [100_000])
        #expect(decision(snapshot, "POST", "/s99/r99999") == "forward")
        #expect(decision(snapshot, "PUT", "/s99/r99999") == "405 GET, HEAD, POST, OPTIONS")
    }

    @Test("F-10: a huge sparse file is refused by its size, unread")
    func refusesSparseFiles() throws {
        let fixture = try PolicyFixture(Self.policy)
        #expect(truncate(fixture.folder.path("shop.yaml"), 1 << 40) == 0)
        let start = ContinuousClock.now
        #expect(fixture.load().map(\.code) == ["file-too-large"])
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("F-10: a FIFO, a folder and a device are refused and hold nobody")
    func refusesIrregularFiles() throws {
        let fixture = try PolicyFixture(Self.policy)
        #expect(mkfifo(fixture.folder.path("fifo.yaml"), 0o600) == 0)
        #expect(mkdir(fixture.folder.path("folder.yaml"), 0o700) == 0)
        #expect(symlink("/dev/zero", fixture.folder.path("zero.yaml")) == 0)
        let found = fixture.load().map { "\($0.location.file) \($0.code)" }
        #expect(
            found == [
                "fifo.yaml not-a-regular-file", "folder.yaml not-a-regular-file",
                "zero.yaml not-a-regular-file",
            ]
        )
    }

    @Test(
        "F-07: files and folders that others may write to are refused",
        arguments: [0o020, 0o002]
    )
    func refusesWritableFiles(_ bit: mode_t) throws {
        var fixture = try PolicyFixture(Self.policy)
        chmod(fixture.folder.path("shop.yaml"), 0o644 | bit)
        #expect(fixture.load().map(\.code) == ["insecure-permissions"])
        chmod(fixture.folder.path("shop.yaml"), 0o644)
        #expect(fixture.load() == [])
        chmod(fixture.folder.path, 0o755 | bit)
        #expect(fixture.load().map(\.location.file) == ["."])
        #expect(fixture.load().map(\.code) == ["insecure-permissions"])
        fixture.options.insecurePermissions = true
        #expect(fixture.load() == [])
        fixture.options.insecurePermissions = false
        // Sticky: others can add files, but not replace ours, and theirs are refused.
        chmod(fixture.folder.path, 0o1755 | bit)
        #expect(fixture.load() == [])
    }

    @Test(
        "F-07: a file of somebody else is refused",
        .enabled(if: geteuid() == 0, "only root can give a file away")
    )
    func refusesForeignFiles() throws {
        var fixture = try PolicyFixture(Self.policy)
        #expect(chown(fixture.folder.path("shop.yaml"), 12_345, 0) == 0)
        let found = try #require(fixture.load().first)
        #expect(found.code == "insecure-permissions")
        #expect(found.message.contains("user 12345"))
        fixture.options.insecurePermissions = true
        #expect(fixture.load() == [])
    }

    @Test("F-07: on a read-only mount it does not matter whose a file is, but who may write does")
    func acceptsForeignFilesOnReadOnlyMounts() {
        func code(mode: mode_t, owner: uid_t, isOnReadOnlyMount: Bool) -> String? {
            do throws(Diagnostic) {
                try FileReading.checkOwnership(
                    "a",
                    mode: mode,
                    owner: owner,
                    isOnReadOnlyMount: isOnReadOnlyMount
                )
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code(mode: 0o644, owner: 12_345, isOnReadOnlyMount: true) == nil)
        let refused = "insecure-permissions"
        #expect(code(mode: 0o644, owner: 12_345, isOnReadOnlyMount: false) == refused)
        #expect(code(mode: 0o664, owner: 12_345, isOnReadOnlyMount: true) == refused)
        #expect(code(mode: 0o646, owner: 0, isOnReadOnlyMount: true) == refused)
        #expect(code(mode: 0o644, owner: 0, isOnReadOnlyMount: false) == nil)
    }

    @Test("F-06: links are followed and the file they lead to is checked")
    func followsLinks() throws {
        let fixture = try PolicyFixture()
        let target = try fixture.folder.write(Self.policy, to: "..2026/shop.yaml")
        #expect(symlink("..2026", fixture.folder.path("..data")) == 0)
        #expect(symlink("..data/shop.yaml", fixture.folder.path("shop.yaml")) == 0)
        let load = fixture.loader.load()
        #expect(load.diagnostics == [])
        #expect(load.files == [fixture.folder.path("shop.yaml")])
        chmod(target, 0o666)
        #expect(fixture.load().map(\.code) == ["insecure-permissions"])
    }

    @Test("hidden files and editors' leftovers are not policies")
    func ignoresLeftovers() throws {
        let fixture = try PolicyFixture(Self.policy)
        let leftovers = [
            ".shop.yaml.swp", ".hidden.yaml", "shop.yaml~", "#shop.yaml#", ".#shop.yaml",
            "shop.yaml.bak", "shop.yaml.tmp", "README.md", "4913",
        ]
        for name in leftovers { try fixture.folder.write("not: [yaml", to: name) }
        let load = fixture.loader.load()
        #expect(load.diagnostics == [])
        #expect(load.files.count == 1)
    }

    @Test("both endings and any case of them are policies, read by name")
    func readsByName() throws {
        let fixture = try PolicyFixture()
        for (index, name) in ["b.yml", "a.yaml", "C.YAML"].enumerated() {
            try fixture.folder.write("hosts: [h\(index).example]\n" + Self.policy, to: name)
        }
        let load = fixture.loader.load()
        #expect(load.diagnostics == [])
        #expect(load.snapshot?.policies.map(\.name) == ["C", "a", "b"])
    }

    @Test("an empty folder, a missing one and a missing file are errors")
    func refusesNothing() throws {
        var fixture = try PolicyFixture()
        #expect(fixture.load().map(\.code) == ["no-policy-files"])
        let gone = fixture.folder.path("gone")
        let load = PolicyLoader(path: gone, options: fixture.options).load()
        #expect(load.diagnostics.map(\.code) == ["folder-unreadable"])
        #expect(load.snapshot == nil)
        #expect(symlink("nowhere", fixture.folder.path("shop.yaml")) == 0)
        #expect(fixture.load().map(\.code) == ["file-unreadable"])
        fixture.options.filesMax = 1
        for name in ["a.yaml", "b.yaml"] { try fixture.folder.write(Self.policy, to: name) }
        #expect(fixture.load().map(\.code) == ["folder-unreadable"])
    }

    @Test(
        "text that is not plain UTF-8 is refused with its place",
        arguments: [
            ([0x61, 0x0A, 0x62, 0xC3, 0x28], "invalid-utf8 2:2"),
            ([0xC0, 0x80], "invalid-utf8 1:1"),
            ([0xED, 0xA0, 0x80], "invalid-utf8 1:1"),
            ([0xFF, 0xFE, 0x61, 0x00], "invalid-utf8 0:0"),
            ([0x61, 0x00], "invalid-character 1:2"),
            ([0x61, 0x0D, 0x62], "invalid-character 1:2"),
            ([0x61, 0x1B, 0x5B], "invalid-character 1:2"),
            ([0xC3, 0xA9, 0xC2, 0x85], "invalid-character 1:2"),
            ([0x61, 0xE2, 0x80, 0xA8], "invalid-character 1:2"),
            ([0x61, 0xE2, 0x80, 0xAE], "invalid-character 1:2"),
            ([0x61, 0xEF, 0xBB, 0xBF], "invalid-character 1:2"),
            ([0x61, 0xEE, 0x80, 0xA6], "invalid-character 1:2"),
            ([], "empty-file 0:0"),
            ([0x20, 0x0A, 0x09, 0x0D, 0x0A], "empty-file 0:0"),
            ([0x23, 0x20, 0x61, 0x0A], "empty-file 0:0"),
        ] as [([UInt8], String)]
    )
    func refusesOddText(_ bytes: [UInt8], _ place: String) throws {
        let fixture = try PolicyFixture()
        try fixture.folder.write(bytes, to: "shop.yaml")
        let found = fixture.load().map { "\($0.code) \($0.location.line):\($0.location.column)" }
        #expect(found == [place])
    }

    @Test("a byte order mark and CR LF line ends are accepted, and columns stay right")
    func acceptsWindowsText() throws {
        let fixture = try PolicyFixture()
        let text = Self.policy.replacing("\n", with: "\r\n") + "  /b: GOT\r\n"
        try fixture.folder.write([0xEF, 0xBB, 0xBF] + Array(text.utf8), to: "shop.yaml")
        let found = try #require(fixture.load().first)
        #expect(found.code == "unknown-method")
        #expect(found.location.line == 4 && found.location.column == 7)
        #expect(found.sourceLine == "  /b: GOT")
    }
}
