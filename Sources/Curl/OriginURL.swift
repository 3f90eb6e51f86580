internal import CCurl

/// Where an origin server listens, read once from the operator's text.
///
/// Three forms: `http://host[:port]`, `https://host[:port]` and `unix:/path` (HTTP over a
/// unix-domain socket). A path, query, fragment or user name is refused: the request target is
/// always the client's, judged, and never joined to a URL.
public struct OriginURL: Sendable, Hashable, CustomStringConvertible {
    /// The URL that libcurl connects to, `http://localhost/` for a unix-domain socket.
    public let url: String
    /// The unix-domain socket's path, if that is the form.
    public let socketPath: String?
    /// `host` or `host:port`, as a Host field names it.
    public let authority: String
    /// The host, an IPv6 address in brackets; `localhost` for a unix-domain socket.
    public let host: String
    /// The port, the scheme's own if the text names none; nil for a unix-domain socket.
    public let port: Int?
    /// Whether the connection is made with TLS.
    public let isSecure: Bool
    /// The operator's text.
    public let description: String

    /// Reads the operator's text.
    ///
    /// - Parameter text: One of the three forms above.
    /// - Throws: A `CurlError` of kind `configuration` that says what to write instead.
    public init(_ text: String) throws(CurlError) {
        self.description = text
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard path.hasPrefix("/"), path.utf8.count < 108 else {
                throw Self.fault(text, "a unix-domain socket is named by an absolute path")
            }
            self.url = "http://localhost/"
            self.socketPath = path
            self.authority = "localhost"
            self.host = "localhost"
            self.port = nil
            self.isSecure = false
            return
        }
        guard text.hasPrefix("http://") || text.hasPrefix("https://") else {
            throw Self.fault(text, "write http://HOST:PORT, https://HOST:PORT or unix:/PATH")
        }
        // libcurl would take the first segment of `http:///host` for the host.
        guard !text.contains(":///") else { throw Self.fault(text, "the host is missing") }
        let parts = try URLParts(text)
        guard parts.user == nil, parts.password == nil else {
            throw Self.fault(text, "a user name or password cannot stand in an origin's URL")
        }
        guard parts.path == nil || parts.path == "/", parts.query == nil, parts.fragment == nil
        else {
            throw Self.fault(text, "an origin's URL ends after the port: no path, query, fragment")
        }
        guard let host = parts.host, !host.isEmpty else {
            throw Self.fault(text, "the host is missing")
        }
        // Cloud metadata services live there; no origin does (L-26).
        guard !host.hasPrefix("169.254."), !host.lowercased().hasPrefix("[fe80:") else {
            throw Self.fault(text, "link-local addresses are not forwarded to")
        }
        self.isSecure = parts.scheme == "https"
        self.host = host
        self.port = parts.port.flatMap { Int($0) } ?? (parts.scheme == "https" ? 443 : 80)
        self.authority = parts.port.map { "\(host):\($0)" } ?? host
        self.url = "\(isSecure ? "https" : "http")://\(authority)/"
        self.socketPath = nil
    }

    private static func fault(_ text: String, _ why: String) -> CurlError {
        CurlError(kind: .configuration, description: "'\(text)' is not an origin: \(why)")
    }
}

/// The parts of a URL, as libcurl's own parser reads them (so that there is one reader only).
private struct URLParts {
    var scheme, user, password, host, port, path, query, fragment: String?

    init(_ text: String) throws(CurlError) {
        guard let handle = unsafe curl_url() else {
            throw CurlError(kind: .other, description: "out of memory")
        }
        defer { unsafe curl_url_cleanup(handle) }
        let code = unsafe curl_url_set(handle, CURLUPART_URL, text, 0)
        if code != CURLUE_OK {
            throw CurlError(
                kind: .configuration,
                description: "'\(text)' is not an origin: \(CurlError(code).description)"
            )
        }
        func part(_ which: CURLUPart) -> String? {
            var value: UnsafeMutablePointer<CChar>?
            guard unsafe curl_url_get(handle, which, &value, 0) == CURLUE_OK,
                let value = unsafe value
            else { return nil }
            defer { unsafe curl_free(value) }
            return unsafe String(cString: value)
        }
        scheme = part(CURLUPART_SCHEME)
        user = part(CURLUPART_USER)
        password = part(CURLUPART_PASSWORD)
        host = part(CURLUPART_HOST)
        port = part(CURLUPART_PORT)
        path = part(CURLUPART_PATH)
        query = part(CURLUPART_QUERY)
        fragment = part(CURLUPART_FRAGMENT)
    }
}
