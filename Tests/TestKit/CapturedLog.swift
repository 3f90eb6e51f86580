import Locking
public import Logging

/// Keeps what is logged; copies keep it together.
public struct CapturedLog: LogHandler {
    /// One line.
    public struct Line: Sendable, Equatable {
        /// What happened.
        public let message: String
        /// The values that go with it.
        public let metadata: [String: String]

        /// Makes one to compare with.
        public init(_ message: String, _ metadata: [String: String]) {
            self.message = message
            self.metadata = metadata
        }
    }

    private final class Storage: Sendable {
        let lines = Lock<[Line]>([])
    }

    private let storage = Storage()
    /// What goes with every line; not kept.
    public var metadata: Logger.Metadata = [:]
    /// Everything is kept.
    public var logLevel = Logger.Level.trace

    /// Nothing is kept yet.
    public init() {}

    /// What was logged, oldest first.
    public var lines: [Line] { storage.lines.withLock { $0 } }

    /// A value of `metadata`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Keeps a line.
    public func log(event: LogEvent) {
        let line = Line("\(event.message)", (event.metadata ?? [:]).mapValues { "\($0)" })
        storage.lines.withLock { $0.append(line) }
    }
}
