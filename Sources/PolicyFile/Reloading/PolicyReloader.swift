import MethodPolicy

/// Watches policy files and loads them again when they change, or when asked.
///
/// The reloader decides nothing about traffic: it hands each outcome to a closure, which gives the
/// new snapshot to whoever uses it. A broken set of files is an outcome like any other, and keeps
/// the old snapshot in use.
///
/// Files are looked at on every inotify event and on every beat of `poll`. A change is read when
/// two looks, `settle` apart, agree and no program has a changed file open for writing, but at the
/// latest after ``settleMax``: an editor or a copy that is still writing is waited for, and one
/// that never stops is not. Loads that nobody asked for are at least ``intervalMin`` apart.
public actor PolicyReloader {
    /// The longest time that a file which keeps changing is waited for.
    public static var settleMax: Duration { .seconds(2) }
    /// The shortest time between two loads that nobody asked for (F-10).
    public static var intervalMin: Duration { .milliseconds(500) }

    private let loader: PolicyLoader
    private let poll: Duration
    private let settle: Duration
    private let onLoad: @Sendable (ReloadOutcome) async -> Void
    private let clock = ContinuousClock()

    /// The state of the files at the last load.
    private var fingerprint: PolicyFingerprint?
    /// The version in use, and whether the last load was good.
    private var activeVersion: String?
    private var isLastLoadValid = false
    private var lastLoad: ContinuousClock.Instant?

    /// The reload that has begun last, and the one that waits for it and that callers can still
    /// join.
    private var running: Task<ReloadOutcome, Never>?
    private var waiting: Task<ReloadOutcome, Never>?
    private var waitingCause = ReloadOutcome.Cause.changed

    /// Prepares a reloader; nothing is watched before ``run()``.
    ///
    /// - Parameters:
    ///   - loader: What to load.
    ///   - current: The load that is in use, so that only what changed since then is loaded.
    ///   - poll: How often to look at the files without being told of a change.
    ///   - settle: How long files must stay as they are before they are read.
    ///   - onLoad: Takes every outcome, one after the other.
    public init(
        loader: PolicyLoader,
        current: PolicyLoad? = nil,
        poll: Duration = .seconds(5),
        settle: Duration = .milliseconds(150),
        onLoad: @escaping @Sendable (ReloadOutcome) async -> Void
    ) {
        self.loader = loader
        self.poll = poll
        self.settle = settle
        self.onLoad = onLoad
        self.fingerprint = current?.fingerprint
        self.activeVersion = current?.snapshot?.version
        self.isLastLoadValid = current?.isValid ?? false
    }

    /// Watches until the task is cancelled, then closes what it opened and returns.
    ///
    /// - Throws: ``WatchFailure`` if the system has no descriptors left to watch with.
    public func run() async throws {
        guard let watch = FolderWatch(beat: poll) else { throw WatchFailure() }
        defer { watch.close() }
        // The first look, for changes between the current load and now.
        await look(watch)
        for await _ in watch.signals { await look(watch) }
    }

    /// Loads now, whether or not anything changed, and returns when the outcome has been handed
    /// over.
    ///
    /// Callers that come while a load is running share the next one, so a storm of signals costs
    /// two loads and every caller learns of files at least as new as its call.
    public func reloadNow() async -> ReloadOutcome {
        await reload(.requested)
    }
}

/// The system cannot watch files for want of descriptors.
public struct WatchFailure: Error, CustomStringConvertible {
    /// What happened and what to do.
    public var description: String {
        "the policy files cannot be watched: no descriptors are left (raise the open-files limit)"
    }
}

// MARK: - Looking

extension PolicyReloader {
    private func look(_ watch: FolderWatch) async {
        watch.follow(await Self.folders(of: loader))
        let seen = await Self.fingerprint(of: loader)
        guard seen != fingerprint else { return }
        guard let settled = await settledFingerprint(from: seen, watch), settled != fingerprint
        else { return }
        if let lastLoad {
            let wait = Self.intervalMin - (clock.now - lastLoad)
            if wait > .zero, (try? await Task.sleep(for: wait)) == nil { return }
        }
        _ = await reload(.changed)
    }

    /// The state the files come to rest in; nil if the task is cancelled before they do.
    private func settledFingerprint(
        from first: PolicyFingerprint,
        _ watch: FolderWatch
    ) async -> PolicyFingerprint? {
        let deadline = clock.now + Self.settleMax
        var seen = first
        while clock.now < deadline {
            guard (try? await Task.sleep(for: settle)) != nil else { return nil }
            let next = await Self.fingerprint(of: loader)
            if next == seen, !watch.hasOpenWriters { return next }
            seen = next
        }
        return seen
    }

    // Reading files blocks, so it happens on neither this actor nor the caller's.

    @concurrent
    private static func fingerprint(of loader: PolicyLoader) async -> PolicyFingerprint {
        loader.fingerprint()
    }

    @concurrent
    private static func folders(of loader: PolicyLoader) async -> WatchedFolders {
        loader.watchedFolders()
    }

    @concurrent
    private static func load(_ loader: PolicyLoader) async -> PolicyLoad {
        loader.load()
    }
}

// MARK: - Loading, one at a time

extension PolicyReloader {
    private func reload(_ cause: ReloadOutcome.Cause) async -> ReloadOutcome {
        if let waiting {
            if cause == .requested { waitingCause = .requested }
            return await waiting.value
        }
        let predecessor = running
        let task = Task {
            if let predecessor { _ = await predecessor.value }
            return await begin()
        }
        waiting = task
        waitingCause = cause
        return await task.value
    }

    private func begin() async -> ReloadOutcome {
        let cause = waitingCause
        running = waiting
        waiting = nil
        let load = await Self.load(loader)
        let outcome = ReloadOutcome(cause: cause, result: result(of: load, cause), load: load)
        fingerprint = load.fingerprint
        isLastLoadValid = load.isValid
        activeVersion = load.snapshot?.version ?? activeVersion
        lastLoad = clock.now
        await onLoad(outcome)
        return outcome
    }

    private func result(
        of load: PolicyLoad,
        _ cause: ReloadOutcome.Cause
    ) -> ReloadOutcome.Result {
        guard let snapshot = load.snapshot else { return .rejected }
        // After a broken load, word of a good one is news even if it says what is already in use.
        let isNews = cause == .requested || !isLastLoadValid || snapshot.version != activeVersion
        return isNews ? .replaced(snapshot) : .unchanged
    }
}
