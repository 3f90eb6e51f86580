/// What loading policies depends on beside the files.
public struct LoadOptions: Sendable {
    /// The upstream of files that name none: a name or URL.
    ///
    /// Nil makes such a file an error.
    public var defaultUpstream: String?
    /// Whether a name stands for an upstream.
    ///
    /// URLs are checked without it.
    public var isKnownUpstream: @Sendable (String) -> Bool
    /// The names that hints may propose.
    public var upstreamNames: [String]
    /// Whether a listener asks clients for certificates, so that `only` can look at them.
    public var hasClientCertificates = false
    /// Accepts files and folders that others may write to (F-07).
    ///
    /// For tests and demonstrations.
    public var insecurePermissions: Bool
    /// The most octets one file may have.
    ///
    /// A file of 100,000 rules has about 5 MiB.
    public var fileBytesMax: Int
    /// The most policy files one load may read.
    public var filesMax: Int
    /// The most tests that the files of one load may have.
    public var testsMax: Int
    /// The most diagnostics one load reports; a last one says how many were left out.
    public var diagnosticsMax: Int

    /// Options under which the names of `upstreamNames`, and no others, are known.
    public init(
        defaultUpstream: String? = nil,
        upstreamNames: [String] = [],
        insecurePermissions: Bool = false
    ) {
        let names = Set(upstreamNames)
        self.init(
            defaultUpstream: defaultUpstream,
            isKnownUpstream: { names.contains($0) },
            upstreamNames: upstreamNames,
            insecurePermissions: insecurePermissions
        )
    }

    /// Options under which a closure decides which names are known.
    public init(
        defaultUpstream: String?,
        isKnownUpstream: @escaping @Sendable (String) -> Bool,
        upstreamNames: [String] = [],
        insecurePermissions: Bool = false
    ) {
        self.defaultUpstream = defaultUpstream
        self.isKnownUpstream = isKnownUpstream
        self.upstreamNames = upstreamNames
        self.insecurePermissions = insecurePermissions
        self.fileBytesMax = 16 << 20
        self.filesMax = 1_000
        self.testsMax = 10_000
        self.diagnosticsMax = 200
    }
}
