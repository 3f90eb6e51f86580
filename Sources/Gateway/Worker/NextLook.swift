internal import CLinux
internal import Curl
internal import Glibc
internal import NIOCore

/// Goes on with work behind the event loop's next look at its sockets, so that whoever waits there
/// has a turn first.
///
/// A task would not do: SwiftNIO runs whatever is due before it looks again, and two tasks that go
/// on by scheduling themselves can keep each other due for ever. So the loop is told by way of its
/// selector, like of anything that happens on a socket.
final class NextLook {
    private let eventLoop: any EventLoop
    /// Ours to write to; NIO reads a descriptor of its own of the same eventfd.
    private let event: Int32
    private var channel: (any Channel)?
    private var waiting: [() -> Void] = []

    /// - Throws: A `CurlError` if there is no descriptor left.
    init(eventLoop: any EventLoop) throws(CurlError) {
        self.eventLoop = eventLoop
        event = clinux_eventfd()
        guard event >= 0 else {
            throw CurlError(kind: .other, description: "no eventfd: errno \(errno)")
        }
    }

    deinit { close(event) }

    /// Has NIO read the eventfd.
    ///
    /// - Throws: A `CurlError` if there is no descriptor left.
    func open() throws(CurlError) -> EventLoopFuture<Void> {
        let duplicate = fcntl(event, F_DUPFD_CLOEXEC, 0)
        guard duplicate >= 0 else {
            throw CurlError(kind: .other, description: "no descriptor: errno \(errno)")
        }
        // The channel keeps this alive until `stop`.
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return NoticeReader.open(duplicate, on: eventLoop) { self.goOn() }
            .map { bound.value.channel = $0 }
    }

    /// Calls `work` behind the next look.
    func after(_ work: @escaping () -> Void) {
        waiting.append(work)
        guard waiting.count == 1 else { return }
        var one: UInt64 = 1
        _ = unsafe write(event, &one, 8)
    }

    private func goOn() {
        // Who comes meanwhile goes on behind another look.
        let due = waiting
        waiting = []
        for work in due { work() }
    }

    /// Is told of nothing any more.
    func stop() {
        channel?.close(promise: nil)
        waiting = []
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension NextLook: Sendable {}
