extension GatewayDocument {
    /// A service that policies can name.
    public struct Upstream: Sendable, Equatable {
        /// The name that policies use.
        public var name: String
        /// Where it is, once or several times: `http://host[:port]`, `https://host[:port]` or
        /// `unix:/path`.
        public var urls: [String]
        /// Which of them a request goes to.
        ///
        /// Default: one after the other.
        public var balance = Balance.roundRobin
        /// TLS to `https` URLs.
        public var tls = UpstreamTLS()
        /// Whether it is spoken to over HTTP/2.
        ///
        /// Default: no.
        public var speaksHTTP2 = false
        /// How long to wait for it.
        public var timeouts = Timeouts()
        /// How often each of them is asked whether it is well; nil, the default, asks none.
        public var health: HealthCheck?
        /// How much it is burdened with.
        public var limits = UpstreamLimits()
        /// How long an answer of the name service is used for new connections.
        ///
        /// Default: 30 s.
        public var nameRefresh: Duration = .seconds(30)
        /// Overrides ``GatewayDocument/preservesHost`` for this upstream; nil does not.
        public var preservesHost: Bool?

        /// Creates an upstream of one URL, with every default.
        public init(name: String, url: String) {
            self.init(name: name, urls: [url])
        }

        /// Creates an upstream with every default.
        public init(name: String, urls: [String]) {
            self.name = name
            self.urls = urls
        }
    }

    /// Which of an upstream's URLs a request goes to.
    public enum Balance: Sendable, Equatable {
        /// One after the other.
        case roundRobin
        /// The one with the fewest requests under way.
        case leastConnections
        /// Always the same for one client.
        case client
    }

    /// TLS to an upstream.
    public struct UpstreamTLS: Sendable, Equatable {
        /// A version of TLS.
        public enum Version: Sendable, Equatable {
            /// TLS 1.2.
            case tls12
            /// TLS 1.3.
            case tls13
        }

        /// The PEM file of the authorities to trust; nil, the default, trusts the system's.
        ///
        /// Relative paths count from the configuration file's folder, here and below.
        public var ca: String?
        /// The PEM file of the certificate to show; nil, the default, shows none.
        public var certificate: String?
        /// The PEM file of its key; nil if that is in the certificate's file.
        public var key: String?
        /// The name to ask for and to expect; nil, the default, means the URL's host.
        public var serverName: String?
        /// The lowest version.
        ///
        /// Default: 1.2.
        public var minimum = Version.tls12

        /// Creates the defaults.
        public init() {}
    }

    /// How long to wait for an origin server.
    public struct Timeouts: Sendable, Equatable {
        /// For connecting, name lookup and TLS included.
        ///
        /// Default: 2 s.
        public var connect: Duration = .seconds(2)
        /// How long the service may be silent until its response's head is complete.
        ///
        /// Default: 30 s.
        public var response: Duration = .seconds(30)
        /// How long the service may be silent between two pieces of a response.
        ///
        /// Default: 60 s.
        public var idle: Duration = .seconds(60)
        /// How long a connection without a request is kept.
        ///
        /// Default: 55 s.
        public var keep: Duration = .seconds(55)
        /// How old a connection may become before no further request is sent on it.
        ///
        /// Default: 10 min.
        public var life: Duration = .seconds(600)

        /// Creates the defaults.
        public init() {}
    }

    /// How a service is asked whether it is well.
    public struct HealthCheck: Sendable, Equatable {
        /// What is asked for with GET.
        public var path: String
        /// The Host field; nil, the default, means the URL's host or the server name.
        public var host: String?
        /// From one question to the next.
        ///
        /// Default: 5 s.
        public var interval: Duration = .seconds(5)
        /// How long the answer may take; nil means 2 s, or the interval if that is less.
        public var timeout: Duration?
        /// How many bad answers in a row take a URL out.
        ///
        /// Default: 3.
        public var unhealthy = 3
        /// How many good answers in a row bring it back.
        ///
        /// Default: 2.
        public var healthy = 2
        /// The status codes of good answers.
        ///
        /// Default: 200 to 399.
        public var status = 200...399

        /// A question with every default.
        public init(path: String) { self.path = path }

        /// How long the answer may take.
        public var patience: Duration { timeout ?? min(.seconds(2), interval) }
    }

    /// How much a service is burdened with.
    public struct UpstreamLimits: Sendable, Equatable {
        /// Connections to each URL, of all workers together; nil, the default, means 512 a worker.
        public var connections: Int?
        /// Requests that wait for a connection, of all workers together; nil, the default, means
        /// 1,024 a worker.
        public var waiting: Int?
        /// How long a request waits for a connection.
        ///
        /// Default: 5 s.
        public var wait: Duration = .seconds(5)
        /// Requests that one client has under way, of all workers together; nil, the default, means
        /// half of what there can be.
        public var perClient: Int?

        /// Creates the defaults.
        public init() {}
    }
}
