internal import CCurl

/// One libcurl easy handle: set up to make a connection and carry octets, or to send one request.
///
/// Owned by exactly one `CurlConnection`; the handle is freed with this value.
@safe
struct EasyHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    /// What CURLOPT_CONNECT_TO was given, which libcurl does not copy.
    private let connectTo: UnsafeMutablePointer<curl_slist>?
    /// What CURLOPT_HTTPHEADER was given, likewise.
    private var fields: UnsafeMutablePointer<curl_slist>?
    /// Where libcurl writes what went wrong in its own words.
    private let words: UnsafeMutablePointer<CChar>

    private init(_ pointer: UnsafeMutableRawPointer, connectTo text: String?) {
        unsafe self.pointer = unsafe pointer
        unsafe connectTo = text.flatMap { unsafe curl_slist_append(nil, $0) }
        unsafe words = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe words.pointee = 0
    }

    /// A handle that makes a connection.
    static func connecting(
        to origin: OriginURL,
        options: ConnectOptions
    ) throws(CurlError) -> EasyHandle {
        let handle = try making(to: origin, options: options)
        // Connect (and shake hands) only; the exchange on the connection is methodwall's own.
        try handle.set(CURLOPT_CONNECT_ONLY, 1)
        try handle.set(CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        // Which connection is reused is the pool's decision, never libcurl's.
        try handle.set(CURLOPT_FRESH_CONNECT, 1)
        // curl_easy_recv reads no more than this at once, whatever room it is given.
        try handle.set(CURLOPT_BUFFERSIZE, CurlConnection.receiveBytesMax)
        return handle
    }

    /// A handle for one request over HTTP/2.
    static func requesting(
        from origin: OriginURL,
        options: ConnectOptions
    ) throws(CurlError) -> EasyHandle {
        let handle = try making(to: origin, options: options)
        // By ALPN or, without TLS, with prior knowledge: the Upgrade to h2c is never tried.
        let version =
            origin.isSecure ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
        try handle.set(CURLOPT_HTTP_VERSION, version)
        try handle.set(CURLOPT_HTTP09_ALLOWED, 0)
        if options.isFresh || !canReuse(origin) { try handle.set(CURLOPT_FRESH_CONNECT, 1) }
        return handle
    }

    /// Whether HTTP/2 connections can be used again.
    ///
    /// Before 8.0, libcurl speaks HTTP/2 inside HTTP/2 when it does so without TLS.
    static func canReuse(_ origin: OriginURL) -> Bool {
        origin.isSecure || CurlVersion.number >= 0x080000
    }

    /// Has the connection closed behind the transfer.
    ///
    /// Only once a response has begun: libcurl would go on with the content of a request that was
    /// refused on a connection that it is to close anyway.
    borrowing func forbidReuse() {
        _ = unsafe ccurl_easy_set_long(pointer, CURLOPT_FORBID_REUSE, 1)
    }

    private static func making(
        to origin: OriginURL,
        options: ConnectOptions
    ) throws(CurlError) -> EasyHandle {
        guard let pointer = unsafe curl_easy_init() else {
            throw CurlError(kind: .other, description: "out of memory")
        }
        let connectTo = options.connectTo(origin)
        let handle = unsafe EasyHandle(pointer, connectTo: connectTo)
        // Without the list libcurl would connect to whatever the server's name resolves to.
        guard unsafe connectTo == nil || handle.connectTo != nil else {
            throw CurlError(kind: .other, description: "out of memory")
        }
        try handle.configure(origin, options)
        return handle
    }

    deinit {
        unsafe curl_easy_cleanup(pointer)
        unsafe curl_slist_free_all(connectTo)
        unsafe curl_slist_free_all(fields)
        unsafe words.deallocate()
    }

    /// Every option that is set on all handles, each with its reason.
    private borrowing func configure(
        _ origin: OriginURL,
        _ options: ConnectOptions
    ) throws(CurlError) {
        // The URL is the operator's; no octet of a client is ever part of it. Its host is the name
        // that TLS asks for and checks; where that is not where to connect to, the list says so.
        try set(CURLOPT_URL, options.url(origin))
        if unsafe connectTo != nil {
            try check(unsafe ccurl_easy_set_list(pointer, CURLOPT_CONNECT_TO, connectTo))
        }
        if let path = origin.socketPath { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
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
        // How old an answer of the resolver's may be that a new connection goes by.
        try set(CURLOPT_DNS_CACHE_TIMEOUT, options.nameCacheSeconds)
        // Whoever makes a connection has all others in the cache that are older closed: to libcurl
        // those that carry our octets are idle since they were made, tunnels too.
        try set(CURLOPT_MAXAGE_CONN, 1_000_000_000)
        try set(CURLOPT_TCP_NODELAY, 1)
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try check(unsafe ccurl_easy_set_error_buffer(pointer, words))
        if origin.isSecure { try configure(options.tls) }
    }

    private borrowing func configure(_ tls: OriginTLS) throws(CurlError) {
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        // No version above it is excluded; what is below is not TLS to rely on (RFC 8996).
        try set(
            CURLOPT_SSLVERSION,
            tls.minimumVersion == .tls13 ? CURL_SSLVERSION_TLSv1_3 : CURL_SSLVERSION_TLSv1_2
        )
        if let file = tls.certificateAuthorityFile {
            try set(CURLOPT_CAINFO, file)
            // Else the folder of the system's authorities would be trusted as well.
            try set(CURLOPT_CAPATH, nil)
            // libcurl keeps what it read for a day; a file that was renewed is read again.
            try set(CURLOPT_CA_CACHE_TIMEOUT, 60)
        }
        guard let certificate = tls.certificateFile else { return }
        try set(CURLOPT_SSLCERT, certificate)
        try set(CURLOPT_SSLKEY, tls.keyFile ?? certificate)
        // A session that is resumed would show the certificate that it began with, not a new one.
        try set(CURLOPT_SSL_SESSIONID_CACHE, 0)
        // OpenSSL would ask at the terminal for the pass phrase of a key that has one.
        try set(CURLOPT_KEYPASSWD, "")
    }

    borrowing func set(_ option: CURLoption, _ value: Int) throws(CurlError) {
        try check(unsafe ccurl_easy_set_long(pointer, option, value))
    }

    borrowing func set(_ option: CURLoption, _ value: String?) throws(CurlError) {
        // libcurl copies the text.
        try check(unsafe ccurl_easy_set_string(pointer, option, value))
    }

    /// Sets how many octets of content the request has; nil if nobody knows yet.
    borrowing func setContentLength(_ length: UInt64?) throws(CurlError) {
        let size = length.map { curl_off_t(clamping: $0) } ?? -1
        try check(unsafe ccurl_easy_set_size(pointer, CURLOPT_INFILESIZE_LARGE, size))
    }

    /// Adds a line to the request's fields.
    ///
    /// - Parameter line: `Name: value`, `Name;` for an empty value, or `Name:` to have libcurl
    ///   leave out what it would add.
    /// - Throws: A `CurlError` if there is no memory.
    mutating func add(field line: Span<UInt8>) throws(CurlError) {
        var text: [UInt8] = []
        text.reserveCapacity(line.count + 1)
        for index in line.indices { text.append(line[index]) }
        text.append(0)
        let longer = unsafe text.withUnsafeBytes { raw in
            unsafe curl_slist_append(
                fields,
                raw.baseAddress?.assumingMemoryBound(to: CChar.self)
            )
        }
        guard let longer = unsafe longer else {
            throw CurlError(kind: .other, description: "out of memory")
        }
        unsafe fields = unsafe longer
    }

    /// Sends the fields that were added.
    borrowing func setFields() throws(CurlError) {
        try check(unsafe ccurl_easy_set_list(pointer, CURLOPT_HTTPHEADER, fields))
    }

    /// Whether the connection that the request went out on was used before.
    borrowing func isOnUsedConnection() -> Bool {
        var made = 0
        let code = unsafe ccurl_easy_get_long(pointer, CURLINFO_NUM_CONNECTS, &made)
        return code == CURLE_OK && made == 0
    }

    /// Has the connection made to a unix-domain socket of the abstract namespace.
    borrowing func setAbstractSocket(_ name: String) throws(CurlError) {
        try set(CURLOPT_ABSTRACT_UNIX_SOCKET, name)
    }

    /// What a code says, with what libcurl wrote when it happened.
    borrowing func error(_ code: CURLcode) -> CurlError {
        CurlError(code, words: unsafe String(cString: words))
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
