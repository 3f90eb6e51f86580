import CLinux
import Foundation
import Glibc
import Locking

/// Tells when files in some folders may have changed: by inotify, and by a slow beat beside it.
///
/// The beat is for network file systems and for anything else that inotify does not see. One thread
/// waits for both; it holds no lock while it waits and does nothing but send signals. ``close()``
/// ends it, and the thread closes the descriptors.
final class FolderWatch: Sendable {
    /// One element for "look now".
    ///
    /// Signals that nobody has taken yet fall together into one.
    let signals: AsyncStream<Void>

    private let continuation: AsyncStream<Void>.Continuation
    private let notifications: CInt
    private let wake: CInt
    private let beat: Duration
    private let state = Lock(State())

    private struct State {
        var isClosed = false
        /// What counts in each folder that is watched, beside its entries.
        var watches: [CInt: WatchedFolders.Content] = [:]
        /// Policies that were written to and not closed yet.
        var writers: Set<Writer> = []
    }

    private struct Writer: Hashable {
        var watch: CInt
        var name: String
    }

    /// The events of a folder's entries: they come, go, move, and change owner or mode.
    private static var entryEvents: UInt32 {
        let changes = IN_ATTRIB | IN_CREATE | IN_DELETE
        let moves = IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
        return UInt32(changes | moves | IN_ONLYDIR)
    }

    /// The events of what is written into a folder's files.
    private static var writeEvents: UInt32 { UInt32(IN_CLOSE_WRITE | IN_MODIFY) }

    /// Starts the thread.
    ///
    /// Nil if the system has no descriptors left.
    init?(beat: Duration) {
        let wake = clinux_eventfd()
        guard wake >= 0 else { return nil }
        // Without inotify (its instances are limited per user) the beat still works.
        self.notifications = inotify_init1(CInt(O_CLOEXEC | O_NONBLOCK))
        self.wake = wake
        self.beat = beat
        (self.signals, self.continuation) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        Thread.detachNewThread { self.wait() }
    }

    /// Watches exactly these folders from now on.
    ///
    /// Those that do not exist are left to the beat. What changes between the finding of folders
    /// and their being watched, as when a link is swapped just then, is told by nobody; so others
    /// than before are themselves a signal, and are to be found once more.
    func follow(_ folders: WatchedFolders) {
        guard notifications >= 0 else { return }
        withState { state in
            guard !state.isClosed else { return }
            var watches: [CInt: WatchedFolders.Content] = [:]
            func add(_ folder: String, _ events: UInt32, _ content: WatchedFolders.Content) {
                // Adding a watched folder again gives the same watch; a replaced one, a new one.
                let watch = unsafe inotify_add_watch(notifications, folder, events)
                if watch >= 0 { watches[watch] = content }
            }
            for folder in folders.leading { add(folder, Self.entryEvents, .init()) }
            // After the others: the last of two paths to one folder says what is watched there.
            for (folder, content) in folders.holding {
                add(folder, Self.entryEvents | Self.writeEvents, content)
            }
            for watch in state.watches.keys where watches[watch] == nil {
                // A watch of a folder that is gone ended by itself, so a failure means nothing.
                _ = inotify_rm_watch(notifications, watch)
            }
            if watches.keys != state.watches.keys { continuation.yield() }
            state.watches = watches
            state.writers = state.writers.filter { watches[$0.watch] != nil }
        }
    }

    /// Whether some policy was written to by a program that still has it open.
    var hasOpenWriters: Bool {
        withState { !$0.writers.isEmpty }
    }

    private func withState<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            return body(&state)
        }
    }

    /// Ends the thread and the signals.
    ///
    /// Calling it again does nothing.
    func close() {
        withState { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            _ = eventfd_write(wake, 1)
        }
        continuation.finish()
    }
}

// MARK: - The thread

extension FolderWatch {
    private func wait() {
        let clock = ContinuousClock()
        var nextBeat = clock.now + beat
        while !withState({ $0.isClosed }) {
            var descriptors = [
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
                // A negative descriptor is one that poll ignores.
                pollfd(fd: notifications, events: Int16(POLLIN), revents: 0),
            ]
            let timeout = Self.milliseconds(nextBeat - clock.now)
            let ready = unsafe descriptors.withUnsafeMutableBufferPointer { buffer in
                unsafe poll(buffer.baseAddress, nfds_t(buffer.count), timeout)
            }
            if ready < 0 && errno != EINTR { break }
            var isSignal = descriptors[1].revents != 0 && readNotifications()
            // Notifications that mean nothing do not put the beat off.
            if clock.now >= nextBeat {
                nextBeat = clock.now + beat
                isSignal = true
            }
            if isSignal { continuation.yield() }
        }
        continuation.finish()
        withState { state in
            state.isClosed = true
            _ = Glibc.close(wake)
            if notifications >= 0 { _ = Glibc.close(notifications) }
        }
    }

    /// The time as poll takes it: rounded up, so that it has passed when poll returns.
    private static func milliseconds(_ duration: Duration) -> CInt {
        let (seconds, attoseconds) = duration.components
        let (product, overflows) = seconds.multipliedReportingOverflow(by: 1_000)
        guard !overflows else { return CInt.max }
        return CInt(clamping: max(product, 0) &+ max(attoseconds, 0) / 1_000_000_000_000_000 &+ 1)
    }

    /// Reads what there is to read; whether any of it can concern the policies.
    private func readNotifications() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var isSignal = false
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe read(notifications, bytes.baseAddress, bytes.count)
            }
            guard count > 0 else { return isSignal }
            if note(buffer[..<count]) { isSignal = true }
        }
    }

    /// Keeps account of policies that are being written; whether any event can concern them.
    private func note(_ bytes: ArraySlice<UInt8>) -> Bool {
        // struct inotify_event: wd, mask, cookie and len, 4 octets each, then len octets of name.
        var isSignal = false
        var offset = 0
        while offset + 16 <= bytes.count {
            let watch = CInt(bitPattern: Self.word(bytes, at: offset))
            let mask = Self.word(bytes, at: offset + 4)
            let length = Int(Self.word(bytes, at: offset + 12))
            let end = offset + 16 + length
            guard length >= 0, end <= bytes.count else { break }
            let name = String(
                decoding: bytes[(offset + 16)..<end].prefix { $0 != 0 },
                as: UTF8.self
            )
            offset = end
            if note(mask, Writer(watch: watch, name: name)) { isSignal = true }
        }
        return isSignal
    }

    private func note(_ mask: UInt32, _ writer: Writer) -> Bool {
        withState { state in
            // After an overflow nothing is known, about who writes least of all.
            if mask & UInt32(IN_Q_OVERFLOW) != 0 {
                state.writers = []
                return true
            }
            let ends = UInt32(IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
            if mask & ends != 0 { state.writers.remove(writer) }
            if mask & Self.writeEvents != 0 {
                // A log beside the policies may be written to as often as it likes.
                guard state.watches[writer.watch]?.canHold(writer.name) == true else {
                    return false
                }
                if mask & UInt32(IN_MODIFY) != 0 { state.writers.insert(writer) }
                return true
            }
            // That a watch has ended was told before, by what ended it.
            return mask & UInt32(IN_IGNORED) == 0
        }
    }

    private static func word(_ bytes: ArraySlice<UInt8>, at offset: Int) -> UInt32 {
        unsafe bytes.withUnsafeBytes { raw in
            unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        }
    }
}
