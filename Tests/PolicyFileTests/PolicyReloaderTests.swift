import Foundation
import Locking
import MethodPolicy
import Synchronization
import TestKit
import Testing

@testable import PolicyFile

/// Files change under a running gateway (design section 7, F-05, F-06, F-08, F-10).
@Suite struct PolicyReloaderTests {
    private static func policy(_ methods: String) -> String {
        "methodwall: 1\npaths:\n  /a: \(methods)\n"
    }

    @Test("an edit in place is seen")
    func seesEdits() async throws {
        try await watching(Self.policy("GET")) { folder, outcomes in
            try folder.write(Self.policy("GET POST"), to: "shop.yaml")
            let outcome = try await outcomes.next()
            #expect(outcome.isReplaced && outcome.cause == .changed)
            #expect(outcome.allows("POST"))
        }
    }

    @Test("a file renamed over another is seen (F-06)")
    func seesRenames() async throws {
        try await watching(Self.policy("GET")) { folder, outcomes in
            try folder.write(Self.policy("PUT"), to: ".shop.yaml.tmp")
            #expect(rename(folder.path(".shop.yaml.tmp"), folder.path("shop.yaml")) == 0)
            #expect(try await outcomes.next().allows("PUT"))
        }
    }

    @Test("new and removed files are seen, and an emptied folder keeps the old policy")
    func seesFilesComeAndGo() async throws {
        try await watching(Self.policy("GET")) { folder, outcomes in
            try folder.write("hosts: [b.example]\n" + Self.policy("GET"), to: "b.yaml")
            #expect(try await outcomes.next().load.snapshot?.policies.count == 2)
            #expect(unlink(folder.path("b.yaml")) == 0)
            #expect(try await outcomes.next().load.snapshot?.policies.count == 1)
            #expect(unlink(folder.path("shop.yaml")) == 0)
            let outcome = try await outcomes.next()
            #expect(outcome.isRejected)
            #expect(outcome.load.diagnostics.map(\.code) == ["no-policy-files"])
        }
    }

    @Test("a broken file is reported whole and keeps the old policy; mending it is news (F-05)")
    func keepsOldPolicyWhileBroken() async throws {
        try await watching(Self.policy("GET")) { folder, outcomes in
            try folder.write(Self.policy("GOT") + "  /b: PTU\n", to: "shop.yaml")
            let broken = try await outcomes.next()
            #expect(broken.isRejected)
            #expect(broken.load.snapshot == nil)
            #expect(broken.load.diagnostics.map(\.code) == ["unknown-method", "unknown-method"])
            // Back to what is in use already: still said, so that an alarm can end.
            try folder.write(Self.policy("GET"), to: "shop.yaml")
            #expect(try await outcomes.next().isReplaced)
        }
    }

    @Test("a file that is being written is waited for (F-05)")
    func waitsForWriters() async throws {
        try await watching(Self.policy("GET"), settle: .milliseconds(30)) { folder, outcomes in
            // A write before the folder is watched is a state like any other.
            #expect(await condition { inotifyDescriptors(watching: folder.path) > 0 })
            let descriptor = open(folder.path("shop.yaml"), O_WRONLY | O_TRUNC)
            #expect(descriptor >= 0)
            let halves = ["methodwall: 1\npaths:\n  /a: GE", "T DELETE\n"]
            #expect(write(descriptor, halves[0], halves[0].utf8.count) == halves[0].utf8.count)
            // Many settle times long, and shorter than the longest wait.
            try await Task.sleep(for: .milliseconds(300))
            #expect(outcomes.isEmpty)
            #expect(write(descriptor, halves[1], halves[1].utf8.count) == halves[1].utf8.count)
            close(descriptor)
            let outcome = try await outcomes.next()
            #expect(outcome.isReplaced && outcome.allows("DELETE"))
        }
    }

    @Test(
        "a log that is written beside the policies delays no reload (F-05)",
        arguments: ["refused.log", "policies/refused.log"]
    )
    func ignoresNeighbours(_ log: String) async throws {
        var fixture = try PolicyFixture()
        fixture.path = fixture.folder.path("policies")
        try fixture.folder.write(Self.policy("GET"), to: "policies/shop.yaml")
        try fixture.folder.write("", to: log)
        let file = try #require(FileHandle(forWritingAtPath: fixture.folder.path(log)))
        try await watching(fixture, poll: .seconds(60)) { folder, outcomes in
            #expect(await condition { inotifyDescriptors(watching: folder.path) > 0 })
            let writer = Task {
                while !Task.isCancelled {
                    try file.write(contentsOf: Data("line\n".utf8))
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            defer { writer.cancel() }
            try await Task.sleep(for: .milliseconds(100))
            let start = ContinuousClock.now
            try folder.write(Self.policy("PUT"), to: ".new")
            #expect(rename(folder.path(".new"), folder.path("policies/shop.yaml")) == 0)
            #expect(try await outcomes.next().allows("PUT"))
            #expect(ContinuousClock.now - start < PolicyReloader.settleMax)
        }
    }

    @Test("a file that never comes to rest is read all the same")
    func readsRestlessFiles() async throws {
        try await watching(Self.policy("GET"), settle: .milliseconds(500)) { folder, outcomes in
            let writer = Task {
                var number = 0
                while !Task.isCancelled {
                    number += 1
                    try folder.write(Self.policy("PUT") + "# \(number)\n", to: "shop.yaml")
                    try await Task.sleep(for: .milliseconds(20))
                }
            }
            defer { writer.cancel() }
            // A load may catch the file between truncation and content; one of them does not.
            var outcome = try await outcomes.next()
            while outcome.isRejected { outcome = try await outcomes.next() }
            #expect(outcome.allows("PUT"))
        }
    }

    @Test("a ConfigMap's swap of its ..data link is seen (F-06)")
    func seesConfigMapSwaps() async throws {
        let fixture = try PolicyFixture()
        let folder = fixture.folder
        try folder.write(Self.policy("GET"), to: "..1/shop.yaml")
        try folder.write(Self.policy("PATCH"), to: "..2/shop.yaml")
        #expect(symlink("..1", folder.path("..data")) == 0)
        #expect(symlink("..data/shop.yaml", folder.path("shop.yaml")) == 0)
        // A slow beat, so that only inotify can tell in time.
        try await watching(fixture, poll: .seconds(60)) { folder, outcomes in
            #expect(symlink("..2", folder.path("..data_tmp")) == 0)
            #expect(rename(folder.path("..data_tmp"), folder.path("..data")) == 0)
            try FileManager.default.removeItem(atPath: folder.path("..1"))
            #expect(try await outcomes.next().allows("PATCH"))
            // The file behind the links is watched where it is now.
            try folder.write(Self.policy("PUT"), to: "..2/shop.yaml")
            #expect(try await outcomes.next().allows("PUT"))
        }
    }

    @Test("the folder itself may be a link that is swapped, or be replaced")
    func seesFolderSwaps() async throws {
        var fixture = try PolicyFixture()
        let folder = fixture.folder
        try folder.write(Self.policy("GET"), to: "releases/1/shop.yaml")
        try folder.write(Self.policy("PATCH"), to: "releases/2/shop.yaml")
        #expect(symlink("releases/1", folder.path("current")) == 0)
        fixture.path = folder.path("current")
        try await watching(fixture, poll: .seconds(60)) { folder, outcomes in
            #expect(symlink("releases/2", folder.path("next")) == 0)
            #expect(rename(folder.path("next"), folder.path("current")) == 0)
            let swapped = try await outcomes.next()
            #expect(swapped.allows("PATCH"))
            #expect(rename(folder.path("releases"), folder.path("old")) == 0)
            #expect(try await outcomes.next().isRejected)
            #expect(rename(folder.path("old"), folder.path("releases")) == 0)
            #expect(try await outcomes.next().allows("PATCH"))
        }
    }

    @Test("without inotify's word the beat finds the change")
    func pollFindsChanges() async throws {
        // A folder that does not exist yet below one that does not exist either: its events reach
        // nobody, only the nearest existing folder's do.
        var fixture = try PolicyFixture()
        fixture.path = fixture.folder.path("a/b/c")
        try await watching(fixture, poll: .milliseconds(50)) { folder, outcomes in
            try folder.write(Self.policy("GET"), to: "a/b/c/shop.yaml")
            #expect(try await outcomes.next().isReplaced)
        }
    }

    @Test("nothing is loaded while nothing changes, and on demand always")
    func loadsOnDemandOnly() async throws {
        let fixture = try PolicyFixture(Self.policy("GET"))
        let outcomes = Outcomes()
        let reloader = PolicyReloader(
            loader: fixture.loader,
            current: fixture.loader.load(),
            poll: .milliseconds(20),
            settle: .milliseconds(20),
            onLoad: { outcomes.append($0) }
        )
        let run = Task { try await reloader.run() }
        defer { run.cancel() }
        // The beat goes round often meanwhile; a reload of its own would come first in the list.
        try await Task.sleep(for: .milliseconds(300))
        let outcome = await reloader.reloadNow()
        #expect(outcome.isReplaced && outcome.cause == .requested)
        #expect(try await outcomes.next().cause == .requested)
        #expect(outcomes.isEmpty)
    }

    @Test("a new time of an unchanged file replaces nothing")
    func touchReplacesNothing() async throws {
        try await watching(Self.policy("GET")) { folder, outcomes in
            #expect(
                utimes(folder.path("shop.yaml"), [timeval](repeating: timeval(), count: 2)) == 0
            )
            guard case .unchanged = try await outcomes.next().result else {
                Issue.record("a touched file is no change")
                return
            }
        }
    }

    @Test("a storm of requests is few loads, and every caller gets an outcome (F-10)")
    func joinsRequests() async throws {
        let fixture = try PolicyFixture(Self.policy("GET"))
        let outcomes = Outcomes()
        let callers = Counter()
        let reloader = PolicyReloader(loader: fixture.loader) { outcome in
            outcomes.append(outcome)
            guard outcomes.total == 1 else { return }
            // The first is handed over until all the others have asked, and a while longer.
            _ = await condition { callers.value == 100 }
            try? await Task.sleep(for: .milliseconds(200))
        }
        async let first = reloader.reloadNow()
        #expect(await condition { outcomes.total == 1 })
        let results = await withTaskGroup(of: Bool.self, returning: [Bool].self) { group in
            for _ in 0..<100 {
                group.addTask {
                    callers.increment()
                    return await reloader.reloadNow().isReplaced
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(await first.isReplaced)
        #expect(results.count == 100 && results.allSatisfy { $0 })
        // One for all that came in time, another for any that did not.
        #expect((2...3).contains(outcomes.total))
    }

    @Test("a storm of changes is rate limited (F-10)")
    func limitsRate() async throws {
        try await watching(Self.policy("GET"), settle: .milliseconds(1)) { folder, outcomes in
            let start = ContinuousClock.now
            for number in 0..<100 {
                try folder.write(Self.policy("PUT") + "# \(number)\n", to: ".new")
                #expect(rename(folder.path(".new"), folder.path("shop.yaml")) == 0)
                try await Task.sleep(for: .milliseconds(10))
            }
            var outcome = try await outcomes.next()
            while outcome.load.version != outcomes.latestVersion(of: folder) {
                outcome = try await outcomes.next()
            }
            let elapsed = ContinuousClock.now - start
            let most = Int(elapsed / PolicyReloader.intervalMin) + 2
            #expect(outcomes.total <= most)
        }
    }

    @Test("cancelling ends the run and closes every descriptor")
    func cancellationClosesDescriptors() async throws {
        let fixture = try PolicyFixture(Self.policy("GET"))
        for _ in 0..<20 {
            let outcomes = Outcomes()
            let reloader = PolicyReloader(
                loader: fixture.loader,
                current: fixture.loader.load(),
                poll: .seconds(60),
                onLoad: { outcomes.append($0) }
            )
            let run = Task { try await reloader.run() }
            #expect(await condition { inotifyDescriptors(watching: fixture.folder.path) > 0 })
            run.cancel()
            try await run.value
            #expect(await condition { inotifyDescriptors(watching: fixture.folder.path) == 0 })
        }
    }
}

// MARK: - Waiting

extension PolicyReloaderTests {
    private func watching(
        _ text: String,
        settle: Duration = .milliseconds(50),
        _ body: (TemporaryFolder, Outcomes) async throws -> Void
    ) async throws {
        try await watching(PolicyFixture(text), settle: settle, body)
    }

    private func watching(
        _ fixture: PolicyFixture,
        poll: Duration = .seconds(5),
        settle: Duration = .milliseconds(50),
        _ body: (TemporaryFolder, Outcomes) async throws -> Void
    ) async throws {
        let outcomes = Outcomes()
        let reloader = PolicyReloader(
            loader: fixture.loader,
            current: fixture.loader.load(),
            poll: poll,
            settle: settle,
            onLoad: { outcomes.append($0) }
        )
        let run = Task { try await reloader.run() }
        defer { run.cancel() }
        try await body(fixture.folder, outcomes)
    }
}

/// The outcomes of a reloader, in order.
private final class Outcomes: Sendable {
    private let state = Lock<(pending: [ReloadOutcome], total: Int)>(([], 0))

    func append(_ outcome: ReloadOutcome) {
        state.withLock { state in
            state.pending.append(outcome)
            state.total += 1
        }
    }

    var total: Int { state.withLock { $0.total } }
    var isEmpty: Bool { state.withLock { $0.pending.isEmpty } }

    /// The next outcome; throws if none comes within the deadline.
    func next(within limit: Duration = .seconds(20)) async throws -> ReloadOutcome {
        guard await condition(within: limit, { !self.isEmpty }) else { throw NoOutcome() }
        return state.withLock { $0.pending.removeFirst() }
    }

    func latestVersion(of folder: TemporaryFolder) -> String {
        PolicyLoader(path: folder.path).load().version
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .acquiring) }

    func increment() { count.add(1, ordering: .releasing) }
}

private struct NoOutcome: Error {}

extension ReloadOutcome {
    fileprivate var isReplaced: Bool {
        if case .replaced = result { true } else { false }
    }

    fileprivate var isRejected: Bool {
        if case .rejected = result { true } else { false }
    }

    /// Whether the new snapshot lets a method through to `/a`.
    fileprivate func allows(_ method: String) -> Bool {
        guard case .replaced(let snapshot) = result else { return false }
        return decision(snapshot, method, "/a") == "forward"
    }
}

/// Asks until the condition holds or the time is over, without holding a thread.
private func condition(
    within limit: Duration = .seconds(20),
    _ holds: @escaping @Sendable () -> Bool
) async -> Bool {
    let deadline = Deadline(after: limit)
    while !holds() {
        if deadline.hasPassed { return false }
        try? await Task.sleep(for: .milliseconds(5))
    }
    return true
}

/// How many of this process's inotify descriptors watch a folder, by what the kernel says.
private func inotifyDescriptors(watching path: String) -> Int {
    var status = stat()
    guard stat(path, &status) == 0 else { return 0 }
    let inode = "ino:\(String(status.st_ino, radix: 16)) "
    let folder = "/proc/self/fdinfo"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { name in
        let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").contains {
            $0.hasPrefix("inotify") && $0.contains(inode)
        }
    }.count
}
