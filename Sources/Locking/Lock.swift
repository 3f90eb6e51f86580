public import Synchronization

/// A value that one thread at a time may use.
///
/// The lock is `Mutex`. The counter beside it is for the thread sanitizer: on Linux the mutex's own
/// atomics live in a library that is not built with the sanitizer, which then takes every use of
/// the value for a race. A release before the lock is given back and an acquire after it is taken
/// show it the order that the lock makes; on x86-64 they are plain moves.
public struct Lock<Value>: ~Copyable, Sendable {
    @usableFromInline let value: Mutex<Value>
    @usableFromInline let order = Atomic<Bool>(false)

    /// Puts a value behind a lock.
    @inlinable
    public init(_ value: sending Value) {
        self.value = Mutex(value)
    }

    /// Calls `body` with the value while no other thread has it.
    ///
    /// - Parameter body: What to do with the value. It must not wait for another thread.
    /// - Returns: What `body` returned.
    @inlinable
    public func withLock<Result>(
        _ body: (inout sending Value) -> sending Result
    ) -> sending Result {
        value.withLock { value in
            _ = order.load(ordering: .acquiring)
            defer { order.store(true, ordering: .releasing) }
            return body(&value)
        }
    }
}
