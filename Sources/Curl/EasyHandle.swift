internal import CCurl

/// One libcurl easy handle, set up to make a connection and carry octets, and nothing else.
///
/// Owned by exactly one `CurlConnection`; the handle is freed with this value.
@safe
struct EasyHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer

    private init(_ pointer: UnsafeMutableRawPointer) { unsafe self.pointer = unsafe pointer }

    /// A handle with every option set.
    static func connecting(
        to origin: OriginURL,
        options: ConnectOptions
    ) throws(CurlError) -> EasyHandle {
        guard let pointer = unsafe curl_easy_init() else {
            throw CurlError(kind: .other, description: "out of memory")
        }
        let handle = unsafe EasyHandle(pointer)
        try handle.configure(origin, options)
        return handle
    }

    deinit { unsafe curl_easy_cleanup(pointer) }

    /// Every option that is set on a handle, each with its reason.
    private borrowing func configure(
        _ origin: OriginURL,
        _ options: ConnectOptions
    ) throws(CurlError) {
        // The URL is the operator's; no octet of a client is ever part of it.
        try set(CURLOPT_URL, origin.url)
        if let path = origin.socketPath { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
        // Connect (and shake hands) only; the exchange on the connection is methodwall's own.
        try set(CURLOPT_CONNECT_ONLY, 1)
        try set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        // Which connection is reused is the pool's decision, never libcurl's.
        try set(CURLOPT_FRESH_CONNECT, 1)
        // file:, ftp: and the rest stay out of reach, and a URL is never guessed at.
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        try set(CURLOPT_PATH_AS_IS, 1)
        // http_proxy and its kin in the environment would send traffic elsewhere.
        try set(CURLOPT_PROXY, "")
        try set(CURLOPT_NOPROXY, "*")
        try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
        // SIGALRM has no place in a process with threads; SIGPIPE is ignored by the executable.
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_CONNECTTIMEOUT_MS, options.timeoutMilliseconds)
        try set(CURLOPT_DNS_CACHE_TIMEOUT, 60)
        try set(CURLOPT_TCP_NODELAY, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        // curl_easy_recv reads no more than this at once, whatever room it is given.
        try set(CURLOPT_BUFFERSIZE, CurlConnection.receiveBytesMax)
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = options.certificateAuthorityFile { try set(CURLOPT_CAINFO, file) }
    }

    private borrowing func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(unsafe ccurl_easy_set_long(pointer, option, value))
    }

    private borrowing func set(_ option: CURLoption, _ value: String) throws(CurlError) {
        // libcurl copies the text.
        try check(unsafe ccurl_easy_set_string(pointer, option, value))
    }

    /// A number of the caller's that comes back with libcurl's message about this handle.
    borrowing func setIdentifier(_ identifier: UInt) throws(CurlError) {
        try check(
            unsafe ccurl_easy_set_private(pointer, UnsafeMutableRawPointer(bitPattern: identifier))
        )
    }

    /// The connection's socket, once it is made.
    borrowing func socket() throws(CurlError) -> Int32 {
        var descriptor = curl_socket_t(-1)
        try check(unsafe ccurl_easy_get_socket(pointer, &descriptor))
        return descriptor
    }
}

/// How a connection to an origin server is made.
public struct ConnectOptions: Sendable, Equatable {
    /// How long name resolution, connecting and the TLS handshake may take together.
    public var timeoutMilliseconds: Int
    /// A PEM file of the certificate authorities to trust in place of the system's.
    public var certificateAuthorityFile: String?

    /// Creates the options.
    public init(timeoutMilliseconds: Int = 2000, certificateAuthorityFile: String? = nil) {
        self.timeoutMilliseconds = timeoutMilliseconds
        self.certificateAuthorityFile = certificateAuthorityFile
    }
}
