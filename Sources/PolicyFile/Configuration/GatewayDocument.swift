public import MethodPolicy

/// The configuration file, methodwall.yaml, read and checked.
///
/// Every value has the default that is given beside it, so an empty value of this type is a working
/// configuration but for its upstream.
public struct GatewayDocument: Sendable, Equatable {
    /// The file it was read from; empty for one made in code.
    public var file: String = ""
    /// Where to listen.
    ///
    /// Default: 127.0.0.1:8405.
    public var listen = [Listener(address: .tcp(host: "127.0.0.1", port: 8405))]
    /// The services that policies can name, in the file's order.
    public var upstreams: [Upstream] = []
    /// The policy folder or file.
    ///
    /// A relative path counts from the configuration file's folder. Default: `policies`.
    public var policies: String = "policies"
    /// The proxies whose forwarding fields are believed.
    ///
    /// Default: none.
    public var trustedProxies: [NetworkPrefix] = []
    /// Names of fields that clients may not set, beside the usual ones; a last `*` stands for any
    /// rest.
    ///
    /// Default: none.
    public var identityFieldsToStrip: [String] = []
    /// Names taken out of the usual list of fields that clients may not set.
    ///
    /// Default: none.
    public var identityFieldsToKeep: [String] = []
    /// The logs of refused attempts and of requests.
    public var log = Log()
    /// What becomes of requests' W3C trace context.
    ///
    /// Default: pass.
    public var trace = Trace.pass
    /// How many event loops to run; nil means one for each core, which is the default.
    public var workers: Int?
    /// What is allowed of clients.
    public var limits = Limits()
    /// How long exchanges may take to end after SIGTERM.
    ///
    /// Default: 30 s.
    public var drain: Duration = .seconds(30)
    /// Where health, metrics and the page are served; nil for nowhere, the default.
    public var admin: Admin?
    /// How long tunnels, such as WebSocket connections, may stay after SIGTERM; nil means as long
    /// as exchanges.
    public var drainTunnels: Duration?
    /// Whether the client's Host field goes to the origin server unchanged.
    ///
    /// Default: true.
    public var preservesHost = true

    /// Creates a configuration of defaults.
    public init() {}

    /// The upstream of policies that name none: the only one there is, or nil.
    public var defaultUpstream: String? {
        upstreams.count == 1 ? upstreams.first?.name : nil
    }

    /// Whether a listener asks clients for certificates.
    public var asksForClientCertificates: Bool {
        listen.contains { $0.tls?.clientAuthorityFile != nil }
    }

    /// What becomes of requests' trace context.
    public enum Trace: Sendable, Equatable {
        /// A valid one is passed on.
        case pass
        /// A valid one is passed on, and a trace begins where there is none.
        case make
    }

    /// Where and how refused attempts, and requests, are logged.
    public struct Log: Sendable, Equatable {
        /// Where lines go.
        public enum Destination: Sendable, Equatable {
            /// Standard output.
            case standardOutput
            /// A file that is appended to, and opened again on SIGUSR1.
            case file(String)
        }

        /// What happens when lines come faster than they can be written.
        public enum Overflow: Sendable, Equatable {
            /// They are counted and dropped.
            case drop
            /// Requests wait.
            case wait
        }

        /// What a line about a request looks like.
        public enum AccessFormat: Sendable, Equatable {
            /// A JSON object.
            case json
            /// Apache's combined format.
            case combined
        }

        /// Where lines about refused attempts go.
        ///
        /// Default: standard output.
        public var refusals = Destination.standardOutput
        /// What happens when lines come too fast.
        ///
        /// Default: drop.
        public var overflow = Overflow.drop
        /// Whether query strings are logged.
        ///
        /// Default: false.
        public var includesQuery = false
        /// Where lines about requests go; nil for nowhere, the default.
        public var access: Destination?
        /// What these look like.
        ///
        /// Default: JSON.
        public var accessFormat = AccessFormat.json

        /// Creates the defaults.
        public init() {}
    }

    /// What is allowed of clients.
    ///
    /// Sizes are in octets.
    public struct Limits: Sendable, Equatable {
        /// A request head.
        ///
        /// Default: 32 KiB.
        public var headBytesMax = 32 << 10
        /// A request target.
        ///
        /// Default: 8 KiB.
        public var targetBytesMax = 8 << 10
        /// The field lines of a head.
        ///
        /// Default: 128.
        public var fieldCountMax = 128
        /// A request body; nil, the default, means no limit.
        public var bodyBytesMax: Int?
        /// From a head's first octet to its last.
        ///
        /// Default: 10 s.
        public var headTimeout: Duration = .seconds(10)
        /// Between requests of one connection.
        ///
        /// Default: 75 s.
        public var idleTimeout: Duration = .seconds(75)
        /// The time in which each KiB of a request body, or its end, must arrive.
        ///
        /// Default: 30 s.
        public var bodyTimeout: Duration = .seconds(30)
        /// How long a tunnel may be without an octet in either direction.
        ///
        /// Default: 1 h.
        public var tunnelIdleTimeout: Duration = .seconds(3600)
        /// Client connections at one time.
        ///
        /// Default: 10,000.
        public var connectionsMax = 10_000
        /// Client connections from one address at one time.
        ///
        /// Default: 1,000.
        public var connectionsPerClientMax = 1_000

        /// Creates the defaults.
        public init() {}
    }
}

extension GatewayDocument {
    /// What came of reading a configuration file.
    public struct Load: Sendable {
        /// The configuration; nil if any diagnostic is an error.
        public let document: GatewayDocument?
        /// Everything found wrong, by line and column.
        public let diagnostics: [Diagnostic]
        /// Whether there was no reading the file at all, as against finding mistakes in it.
        public let isUnreadable: Bool
    }

    /// Reads and checks a configuration file.
    ///
    /// The file decides what passes as much as a policy does, so the same permissions are asked of
    /// it unless `insecurePermissions` is set.
    public static func read(path: String, insecurePermissions: Bool = false) -> Load {
        let reading = FileReading(bytesMax: 1 << 20, insecurePermissions: insecurePermissions)
        do {
            let content = try reading.read(path)
            return read(bytes: content.bytes, file: path)
        } catch {
            return Load(document: nil, diagnostics: [error], isUnreadable: true)
        }
    }

    /// Checks the text of a configuration file.
    static func read(bytes: [UInt8], file: String) -> Load {
        let (source, faults) = SourceText.checked(file: file, bytes: bytes)
        guard faults.isEmpty else {
            return Load(document: nil, diagnostics: faults, isUnreadable: false)
        }
        var reader = DocumentReader(source)
        var document = GatewayDocument()
        document.file = file
        reader.readMapping(of: GatewayKeys.file, into: &document)
        let diagnostics = reader.diagnostics.sorted { left, right in
            (left.location.line, left.location.column) < (
                right.location.line, right.location.column
            )
        }
        let isSound = !diagnostics.contains { $0.severity == .error }
        return Load(
            document: isSound ? document : nil,
            diagnostics: diagnostics,
            isUnreadable: false
        )
    }

    /// A path of the file as one that can be opened: relative ones count from the file's folder.
    func resolved(_ path: String) -> String {
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }

    func resolved(_ destination: Log.Destination) -> Log.Destination {
        switch destination {
        case .standardOutput: .standardOutput
        case .file(let path): .file(resolved(path))
        }
    }
}
