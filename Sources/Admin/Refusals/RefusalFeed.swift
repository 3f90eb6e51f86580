internal import Locking
internal import Synchronization

/// Hands the lines of the refusal log to whoever follows `/refusals`.
///
/// The log writer's thread publishes, the listener's event loop takes. What is published while the
/// room is full is lost and counted; publishing never waits for a reader. While nobody follows, it
/// costs one load of a number.
public final class RefusalFeed: Sendable {
    /// What waits to be taken.
    private struct Queue {
        var octets: [UInt8] = []
        var lost: UInt64 = 0
        var isWaking = false
        var wake: (@Sendable () -> Void)?
    }

    private let bytesMax: Int
    private let isInUse = Atomic<Bool>(false)
    private let queue = Lock<Queue>(Queue())

    /// A feed that nobody follows yet.
    ///
    /// - Parameter bytesMax: How many octets of lines may wait to be taken.
    public init(bytesMax: Int = 256 * 1024) { self.bytesMax = bytesMax }

    /// Whether anybody follows, so that lines need not be copied for nobody.
    public var isFollowed: Bool { isInUse.load(ordering: .relaxed) }

    /// Hands over lines; from any thread.
    ///
    /// - Parameter lines: Whole lines, each with a line feed at its end.
    public func publish(_ lines: [UInt8]) {
        guard isFollowed, !lines.isEmpty else { return }
        queue.withLock { queue in
            guard let wake = queue.wake else { return }
            if lines.count <= bytesMax - queue.octets.count {
                queue.octets.append(contentsOf: lines)
                if lines.last != Self.lineFeed { queue.octets.append(Self.lineFeed) }
            } else {
                queue.lost &+= Self.lineCount(lines)
            }
            guard !queue.isWaking else { return }
            queue.isWaking = true
            // Under the lock, so that nobody is woken after `unfollow`.
            wake()
        }
    }

    /// Begins to keep lines.
    ///
    /// - Parameter wake: Called once for all lines until the next `take`; it must not wait.
    func follow(_ wake: @escaping @Sendable () -> Void) {
        queue.withLock { $0.wake = wake }
        isInUse.store(true, ordering: .relaxed)
    }

    /// Keeps no lines any more, and drops those there are.
    func unfollow() {
        isInUse.store(false, ordering: .relaxed)
        queue.withLock { $0 = Queue() }
    }

    /// Takes the lines that wait, and how many were lost since the last call.
    func take() -> (lines: [UInt8], lost: UInt64) {
        queue.withLock { queue in
            let taken = (queue.octets, queue.lost)
            queue.octets = []
            queue.lost = 0
            queue.isWaking = false
            return taken
        }
    }

    private static var lineFeed: UInt8 { 0x0A }

    private static func lineCount(_ lines: [UInt8]) -> UInt64 {
        var count: UInt64 = lines.last == lineFeed ? 0 : 1
        for octet in lines where octet == lineFeed { count += 1 }
        return count
    }
}
