internal import CCurl
internal import Glibc

extension OriginTLS {
    /// Finds out whether the files can be used, by having libcurl begin a handshake with them.
    ///
    /// libcurl reads them when a handshake begins and before it sends anything, so a mistake would
    /// show with the first request only. The handshake is with a socket of this process's, and ends
    /// when its first octet has come. Blocks for a few milliseconds: call it before anything is
    /// served.
    ///
    /// - Throws: A `CurlError` of kind `configuration` that names the file or says what is wrong.
    public func check() throws(CurlError) {
        let files = [certificateAuthorityFile, certificateFile, keyFile].compactMap { $0 }
        for file in files where unsafe access(file, R_OK) != 0 {
            let why = unsafe String(cString: strerror(errno))
            throw Self.fault("\(file) cannot be read: \(why)")
        }
        if files.isEmpty { return }
        let rehearsal = try Rehearsal()
        try rehearsal.begin(with: self)
    }

    fileprivate static func fault(_ text: String) -> CurlError {
        CurlError(kind: .configuration, description: text)
    }
}

/// A listening socket that a handshake is begun with.
private struct Rehearsal: ~Copyable {
    private let listener: Int32
    /// The socket's name in the abstract namespace, which leaves no file behind.
    private let name: String

    private static let patienceMilliseconds = 5_000

    init() throws(CurlError) {
        name = "methodwall-tls-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        listener = socket(AF_UNIX, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(name.utf8)
        // The first octet of an abstract name is zero.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, octet) in octets.enumerated() { unsafe path[index + 1] = octet }
        }
        let length = MemoryLayout<sa_family_t>.size + 1 + octets.count
        let bound = unsafe withUnsafeBytes(of: &address) { raw in
            unsafe raw.withMemoryRebound(to: sockaddr.self) { address in
                unsafe bind(listener, address.baseAddress, socklen_t(length))
            }
        }
        guard listener >= 0, bound == 0, listen(listener, 1) == 0 else {
            if listener >= 0 { close(listener) }
            throw CurlError(kind: .other, description: "no socket: errno \(errno)")
        }
    }

    deinit { close(listener) }

    /// Begins a handshake.
    func begin(with tls: OriginTLS) throws(CurlError) {
        _ = CurlLoop.globalInitialisation
        guard let error = try failure(with: tls) else { return }
        throw OriginTLS.fault(error.words.isEmpty ? error.description : error.words)
    }

    private func failure(with tls: OriginTLS) throws(CurlError) -> CurlError? {
        var options = ConnectOptions(timeoutMilliseconds: Self.patienceMilliseconds)
        options.tls = tls
        options.tls.serverName = nil
        let easy = try EasyHandle.connecting(to: OriginURL("https://localhost"), options: options)
        try easy.setAbstractSocket(name)
        guard let multi = unsafe curl_multi_init() else {
            throw CurlError(kind: .other, description: "out of memory")
        }
        defer { unsafe curl_multi_cleanup(multi) }
        try check(unsafe curl_multi_add_handle(multi, easy.pointer))
        defer { unsafe curl_multi_remove_handle(multi, easy.pointer) }
        return unsafe failure(in: multi).map { easy.error($0) }
    }

    /// What went wrong before the first octet came; nil if it came.
    private func failure(in multi: UnsafeMutableRawPointer) -> CURLcode? {
        var accepted: Int32 = -1
        defer { if accepted >= 0 { close(accepted) } }
        while true {
            var running: Int32 = 0
            unsafe curl_multi_perform(multi, &running)
            var left: Int32 = 0
            // The time-out ends this as well.
            if let message = unsafe curl_multi_info_read(multi, &left) {
                return unsafe ccurl_message_result(message)
            }
            if accepted < 0 { accepted = accept(listener, nil, nil) }
            if accepted >= 0 {
                var entry = pollfd(fd: accepted, events: Int16(POLLIN), revents: 0)
                if unsafe poll(&entry, 1, 0) > 0 { return nil }
            }
            unsafe curl_multi_poll(multi, nil, 0, 1, nil)
        }
    }
}
