internal import CLinux
internal import Glibc

/// Has the kernel write to an eventfd when an epoll descriptor becomes readable, once for each
/// arming.
///
/// SwiftNIO does not let a foreign epoll descriptor into its selector, but an eventfd it reads like
/// any pipe. So an event on an origin's socket wakes the event loop itself, and no thread has to
/// wait in its place (decision record 16). Where the kernel or a sandbox refuses, `Watcher` does.
///
/// Not thread-safe: it belongs to the event loop that reads the eventfd.
public final class ReadinessNotice {
    private let descriptor: Int32
    private let event: Int32
    private let context: UInt64

    /// Whether the kernel does this: one before 4.19 does not, and a sandbox may forbid it.
    public static var isAvailable: Bool {
        let descriptor = clinux_epoll_create()
        defer { close(descriptor) }
        return descriptor >= 0 && (try? ReadinessNotice(of: descriptor)) != nil
    }

    /// Watches a descriptor, armed at once.
    ///
    /// - Parameter descriptor: An epoll descriptor, as `CurlLoop.descriptor`, that outlives this.
    /// - Throws: A `CurlError` if the kernel refuses.
    public init(of descriptor: Int32) throws(CurlError) {
        self.descriptor = descriptor
        event = clinux_eventfd()
        context = event >= 0 ? clinux_aio_setup() : 0
        guard context != 0, clinux_aio_poll(context, descriptor, event) == 0 else {
            throw CurlError(kind: .other, description: "no notice of events: errno \(errno)")
        }
    }

    deinit {
        if context != 0 { clinux_aio_destroy(context) }
        if event >= 0 { close(event) }
    }

    /// Another descriptor of the eventfd, for the caller to read and close.
    ///
    /// - Throws: A `CurlError` if the process has no descriptor left.
    public func duplicateEvent() throws(CurlError) -> Int32 {
        let duplicate = fcntl(event, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else {
            throw CurlError(kind: .other, description: "no descriptor: errno \(errno)")
        }
        return duplicate
    }

    /// Has the eventfd written when the descriptor is readable: at once if it is.
    ///
    /// - Returns: Whether the kernel took the request; if not, try again later.
    public func arm() -> Bool {
        clinux_aio_reap(context)
        return clinux_aio_poll(context, descriptor, event) == 0
    }
}
