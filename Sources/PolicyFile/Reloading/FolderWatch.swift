import CLinux
import Foundation
import Glibc
import Synchronization

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
    private let state = Mutex(State())
    /// Shows the thread sanitizer the order that the mutex makes, which it cannot see by itself on
    /// Linux: the mutex's atomics live in a library that is not built with the sanitizer.
    private let order = Atomic<Bool>(false)

    private struct State {
        var isClosed = false
        var watches: [String: CInt] = [:]
        /// Files that were written to and not closed yet.
        var writers: Set<Writer> = []
    }

    private struct Writer: Hashable {
        var watch: CInt
        var name: String
    }

    private static var events: UInt32 {
        let changes = IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | IN_CREATE | IN_DELETE
        let moves = IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF
        return UInt32(changes | moves | IN_ONLYDIR)
    }

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
    /// Those that do not exist are left to the beat.
    func follow(_ folders: Set<String>) {
        guard notifications >= 0 else { return }
        withState { state in
            guard !state.isClosed else { return }
            var watches: [String: CInt] = [:]
            for folder in folders {
                // Adding a watched folder again gives the same watch; a replaced one, a new one.
                let watch = unsafe inotify_add_watch(notifications, folder, Self.events)
                if watch >= 0 { watches[folder] = watch }
            }
            let kept = Set(watches.values)
            for watch in state.watches.values where !kept.contains(watch) {
                // A watch of a folder that is gone ended by itself, so a failure means nothing.
                _ = inotify_rm_watch(notifications, watch)
            }
            state.watches = watches
            state.writers = state.writers.filter { kept.contains($0.watch) }
        }
    }

    /// Whether some watched file was written to by a program that still has it open.
    var hasOpenWriters: Bool {
        withState { !$0.writers.isEmpty }
    }

    private func withState<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            _ = order.load(ordering: .acquiring)
            defer { order.store(true, ordering: .releasing) }
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
        let (seconds, attoseconds) = beat.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        let timeout = CInt(clamping: max(milliseconds, 1))
        while !withState({ $0.isClosed }) {
            var descriptors = [
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
                // A negative descriptor is one that poll ignores.
                pollfd(fd: notifications, events: Int16(POLLIN), revents: 0),
            ]
            let ready = unsafe descriptors.withUnsafeMutableBufferPointer { buffer in
                unsafe poll(buffer.baseAddress, nfds_t(buffer.count), timeout)
            }
            if ready < 0 && errno != EINTR { break }
            if descriptors[1].revents != 0 { readNotifications() }
            continuation.yield()
        }
        continuation.finish()
        withState { state in
            state.isClosed = true
            _ = Glibc.close(wake)
            if notifications >= 0 { _ = Glibc.close(notifications) }
        }
    }

    private func readNotifications() {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe read(notifications, bytes.baseAddress, bytes.count)
            }
            guard count > 0 else { return }
            note(buffer[..<count])
        }
    }

    /// Keeps account of files that are being written.
    private func note(_ bytes: ArraySlice<UInt8>) {
        // struct inotify_event: wd, mask, cookie and len, 4 octets each, then len octets of name.
        var offset = 0
        while offset + 16 <= bytes.count {
            let watch = CInt(bitPattern: Self.word(bytes, at: offset))
            let mask = Self.word(bytes, at: offset + 4)
            let length = Int(Self.word(bytes, at: offset + 12))
            let end = offset + 16 + length
            guard length >= 0, end <= bytes.count else { return }
            let name = String(
                decoding: bytes[(offset + 16)..<end].prefix { $0 != 0 },
                as: UTF8.self
            )
            offset = end
            withState { state in
                let writer = Writer(watch: watch, name: name)
                if mask & UInt32(IN_MODIFY) != 0 { state.writers.insert(writer) }
                let ends = IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
                if mask & UInt32(ends) != 0 { state.writers.remove(writer) }
                // After an overflow nothing is known about who writes.
                if mask & UInt32(IN_Q_OVERFLOW) != 0 { state.writers = [] }
            }
        }
    }

    private static func word(_ bytes: ArraySlice<UInt8>, at offset: Int) -> UInt32 {
        unsafe bytes.withUnsafeBytes { raw in
            unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        }
    }
}
