/// A moment, in milliseconds since 1970.
public struct AdminTime: Sendable, Equatable {
    /// The milliseconds.
    public var unixMilliseconds: Int64

    /// A moment.
    ///
    /// - Parameter unixMilliseconds: Milliseconds since 1970.
    public init(unixMilliseconds: Int64) { self.unixMilliseconds = unixMilliseconds }
}

/// The state of the process, as `/status` tells it.
public struct AdminStatus: Sendable {
    /// How the last load of policies and certificates went.
    public struct Reload: Sendable {
        /// Whether the files were right.
        public var hasSucceeded: Bool
        /// When it was.
        public var at: AdminTime
        /// The version of the policies in force since.
        public var policyVersion: String
        /// What was wrong with the files, one line each.
        public var errors: [String]

        /// Makes one.
        ///
        /// - Parameters:
        ///   - hasSucceeded: Whether the files were right.
        ///   - at: When it was.
        ///   - policyVersion: The version of the policies in force since.
        ///   - errors: What was wrong with the files.
        public init(hasSucceeded: Bool, at: AdminTime, policyVersion: String, errors: [String]) {
            self.hasSucceeded = hasSucceeded
            self.at = at
            self.policyVersion = policyVersion
            self.errors = errors
        }
    }

    /// One origin server.
    public struct Origin: Sendable {
        /// The name of its upstream.
        public var upstream: String
        /// Its URL.
        public var target: String
        /// Whether it is given requests.
        public var isHealthy = true
        /// Connections to it.
        public var connections = 0
        /// Those of them that are not in use.
        public var idle = 0
        /// Requests that wait for a connection.
        public var waiting = 0
        /// Failures since start.
        public var failures: UInt64 = 0

        /// An origin server without connections.
        ///
        /// - Parameters:
        ///   - upstream: The name of its upstream.
        ///   - target: Its URL.
        public init(upstream: String, target: String) {
            self.upstream = upstream
            self.target = target
        }
    }

    /// The version of methodwall.
    public var version: String
    /// The version of libcurl.
    public var libcurl: String
    /// How long the process has been running.
    public var uptimeSeconds = 0
    /// Whether it is stopping.
    public var isDraining = false
    /// How the last load of the policies went.
    public var reload: Reload
    /// The origin servers.
    public var origins: [Origin] = []
    /// Open connections of clients.
    public var connections = 0
    /// Requests since start, and what became of them.
    public var requests: UInt64 = 0
    /// Forwarded requests.
    public var forwarded: UInt64 = 0
    /// Refused requests.
    public var refused: UInt64 = 0
    /// Requests that were forwarded because their rule only reports.
    public var wouldRefuse: UInt64 = 0
    /// Requests that methodwall answered itself: OPTIONS, preflights and redirects.
    public var answered: UInt64 = 0
    /// Lines that the logs lost.
    public var logLinesLost: UInt64 = 0

    /// The state of a process that has just started.
    ///
    /// - Parameters:
    ///   - version: The version of methodwall.
    ///   - libcurl: The version of libcurl.
    ///   - reload: How the last load of the policies went.
    public init(version: String, libcurl: String, reload: Reload) {
        self.version = version
        self.libcurl = libcurl
        self.reload = reload
    }
}
