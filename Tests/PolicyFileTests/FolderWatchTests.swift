import Foundation
import Locking
import TestKit
import Testing

@testable import PolicyFile

/// What wakes the reloader, and what does not.
@Suite struct FolderWatchTests {
    @Test("only policies have writers, and only their being written to is a signal")
    func heedsPoliciesOnly() async throws {
        let folder = try TemporaryFolder()
        for name in ["a.log", "policies/b.log", "policies/.hidden.yaml", "policies/shop.yaml"] {
            try folder.write("", to: name)
        }
        let watch = try #require(FolderWatch(beat: .seconds(60)))
        defer { watch.close() }
        let loader = PolicyLoader(path: folder.path("policies"))
        watch.follow(loader.watchedFolders())
        let signals = Lock(0)
        let counting = Task { for await _ in watch.signals { signals.withLock { $0 += 1 } } }
        defer { counting.cancel() }
        // The one for folders that are watched for the first time.
        #expect(try await holds { signals.withLock { $0 } == 1 })
        for name in ["a.log", "policies/b.log", "policies/.hidden.yaml"] {
            let file = try #require(FileHandle(forWritingAtPath: folder.path(name)))
            for _ in 0..<20 {
                try file.write(contentsOf: Data([0x0A]))
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        // The system tells of events in their order, so all of the above are known by now.
        let policy = try #require(FileHandle(forWritingAtPath: folder.path("policies/shop.yaml")))
        try policy.write(contentsOf: Data("a".utf8))
        #expect(try await holds { watch.hasOpenWriters })
        try policy.close()
        #expect(try await holds { !watch.hasOpenWriters })
        #expect(try await holds { signals.withLock { $0 } >= 2 })
        #expect(signals.withLock { $0 } <= 3)
    }

    @Test(
        "other folders than before are a signal, for what changed while they were found (F-06)",
        .timeLimit(.minutes(1))
    )
    func noticesSwapsWhileFollowing() async throws {
        let folder = try TemporaryFolder()
        for number in 1...2 { try folder.write("", to: "releases/\(number)/shop.yaml") }
        let current = folder.path("current")
        #expect(symlink("releases/1", current) == 0)
        let watch = try #require(FolderWatch(beat: .seconds(60)))
        defer { watch.close() }
        let loader = PolicyLoader(path: current)
        let found = loader.watchedFolders()
        #expect(unlink(current) == 0 && symlink("releases/2", current) == 0)
        watch.follow(found)
        var signals = watch.signals.makeAsyncIterator()
        await signals.next()
        // Where the link leads now is watched, which is news once and no more.
        watch.follow(loader.watchedFolders())
        await signals.next()
        let isQuiet = Lock(true)
        let waiting = Task {
            for await _ in watch.signals { isQuiet.withLock { $0 = false } }
        }
        defer { waiting.cancel() }
        watch.follow(loader.watchedFolders())
        try await Task.sleep(for: .milliseconds(50))
        #expect(isQuiet.withLock { $0 })
        try folder.write("changed", to: "releases/2/shop.yaml")
        #expect(try await holds { isQuiet.withLock { !$0 } })
    }

    @Test("what is watched is what can make a difference")
    func findsFolders() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "releases/1/data")
        try folder.write("", to: "policies/a.yaml")
        #expect(symlink("../releases/1/data", folder.path("policies/b.yaml")) == 0)
        let watched = PolicyLoader(path: folder.path("policies")).watchedFolders()
        let root = FileReading.resolved(folder.path)
        #expect(Set(watched.holding.keys) == [root + "/policies", root + "/releases/1"])
        #expect(watched.leading.contains(root) && !watched.leading.contains(root + "/policies"))
        let policies = try #require(watched.holding[root + "/policies"])
        #expect(policies.canHold("new.yml") && !policies.canHold("a.log"))
        let release = try #require(watched.holding[root + "/releases/1"])
        #expect(release.canHold("data") && !release.canHold("new.yml"))
        // A file alone, whatever its name is.
        let single = PolicyLoader(path: folder.path("releases/1/data")).watchedFolders()
        #expect(single.holding[root + "/releases/1"]?.names == ["data"])
    }

    private func holds(_ condition: @escaping @Sendable () -> Bool) async throws -> Bool {
        let deadline = Deadline(after: .seconds(20))
        while !condition() {
            if deadline.hasPassed { return false }
            try await Task.sleep(for: .milliseconds(2))
        }
        return true
    }
}
