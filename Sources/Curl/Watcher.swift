internal import CLinux
internal import Glibc
internal import Locking

/// One small thread that waits on every worker's epoll descriptor and wakes the worker whose turn
/// it is.
///
/// SwiftNIO does not let a foreign descriptor into its selector, so a worker cannot wait for
/// libcurl's sockets itself. Each descriptor is watched one-shot: after a wake nothing more is said
/// of it until `rearm`, so a busy worker is woken once a batch.
public final class Watcher: Sendable {
    private let epoll: Int32
    private let stopSignal: Int32
    private let wakes = Lock<[Int32: @Sendable () -> Void]>([:])
    private let thread = Lock<pthread_t?>(nil)

    /// Creates the epoll descriptor and starts the thread.
    ///
    /// - Throws: A `CurlError` if the system refuses either.
    public init() throws(CurlError) {
        epoll = clinux_epoll_create()
        stopSignal = clinux_eventfd()
        guard epoll >= 0, stopSignal >= 0,
            clinux_epoll_add(epoll, stopSignal, clinux_in, Self.key(stopSignal)) == 0
        else {
            throw CurlError(kind: .other, description: "no epoll descriptor: errno \(errno)")
        }
        // The thread keeps the watcher alive until `stop`.
        let context = unsafe Unmanaged.passRetained(self)
        var identifier = pthread_t()
        let failure = unsafe pthread_create(
            &identifier,
            nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Watcher>.fromOpaque(context).takeRetainedValue().run()
                return nil
            },
            context.toOpaque()
        )
        guard failure == 0 else {
            unsafe context.release()
            throw CurlError(kind: .other, description: "no thread: error \(failure)")
        }
        thread.withLock { $0 = identifier }
    }

    deinit {
        _ = close(epoll)
        _ = close(stopSignal)
    }

    /// Watches a descriptor, armed at once.
    ///
    /// - Parameters:
    ///   - descriptor: An epoll descriptor, as `CurlLoop.descriptor`.
    ///   - wake: Called on the watcher's thread when it becomes readable, once for each arming.
    /// - Throws: A `CurlError` if the system refuses.
    public func add(
        _ descriptor: Int32,
        wake: @escaping @Sendable () -> Void
    ) throws(CurlError) {
        wakes.withLock { $0[descriptor] = wake }
        guard clinux_epoll_add(epoll, descriptor, Self.oneShot, Self.key(descriptor)) == 0 else {
            throw CurlError(kind: .other, description: "epoll_ctl: errno \(errno)")
        }
    }

    /// Watches the descriptor again after a wake.
    ///
    /// - Parameter descriptor: One that was added.
    public func rearm(_ descriptor: Int32) {
        _ = clinux_epoll_modify(epoll, descriptor, Self.oneShot, Self.key(descriptor))
    }

    /// Stops watching a descriptor.
    ///
    /// - Parameter descriptor: One that was added.
    public func remove(_ descriptor: Int32) {
        _ = clinux_epoll_remove(epoll, descriptor)
        wakes.withLock { $0[descriptor] = nil }
    }

    /// Ends the thread and waits for it.
    public func stop() {
        var one: UInt64 = 1
        _ = unsafe write(stopSignal, &one, 8)
        if let identifier = thread.withLock({ $0.take() }) { pthread_join(identifier, nil) }
    }

    private func run() {
        var events = [clinux_event](repeating: clinux_event(), count: 16)
        while true {
            let count = unsafe events.withUnsafeMutableBufferPointer { buffer in
                unsafe clinux_epoll_wait(epoll, buffer.baseAddress, Int32(buffer.count), -1)
            }
            for index in 0..<max(0, Int(count)) {
                let descriptor = Int32(truncatingIfNeeded: events[index].key)
                if descriptor == stopSignal { return }
                wakes.withLock { $0[descriptor] }?()
            }
        }
    }

    private static let oneShot = clinux_in | clinux_one_shot

    private static func key(_ descriptor: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: descriptor))
    }
}
