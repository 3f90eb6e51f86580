/// A TLS client for what curl does not do: octets before the handshake, and offers in ALPN.
///
/// It asks for the name `a.test` and closes after one answer.
public struct TLSClient {
    private let port: Int
    private let authority: TestAuthority

    /// A client that trusts `authority`.
    ///
    /// - Parameters:
    ///   - port: the port on 127.0.0.1.
    ///   - authority: who has to have issued the server's certificate.
    public init(port: Int, authority: TestAuthority) {
        self.port = port
        self.authority = authority
    }

    /// What came of a connection.
    public struct Answer: Sendable {
        /// Whether the server ended the connection in or right after the handshake.
        public let isRefused: Bool
        /// What ALPN agreed on; `None` if on nothing.
        public let version: String
        /// What the server said up to the connection's end; nothing if that is HTTP/2.
        public let text: String
    }

    /// Connects, and sends a request unless HTTP/2 is agreed on.
    ///
    /// - Parameters:
    ///   - request: the request, which has to have the connection closed.
    ///   - header: what is sent before the handshake.
    ///   - versions: what is offered in ALPN.
    /// - Returns: what the server made of it.
    /// - Throws: ``WireError`` if Python does not run.
    public func exchange(
        _ request: [UInt8],
        after header: [UInt8] = [],
        offering versions: [String] = ["http/1.1"]
    ) throws -> Answer {
        let finished = try ChildProcess.run(
            try Programs.installed("python3"),
            [
                "-c", Self.script, "\(port)", authority.certificate, Self.numbers(header),
                versions.joined(separator: " "), Self.numbers(request),
            ]
        )
        guard [0, 3].contains(finished.status) else { throw WireError.malformed(finished.error) }
        let lines = finished.output.split(
            separator: "\n",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        let text = lines.dropFirst().first.map(String.init) ?? ""
        return Answer(
            isRefused: finished.status == 3,
            version: lines.first.map(String.init) ?? "",
            text: text
        )
    }

    private static func numbers(_ octets: [UInt8]) -> String {
        octets.map { "\($0)" }.joined(separator: " ")
    }

    private static let script = """
        import socket, ssl, sys

        port, authority, header, versions, request = sys.argv[1:]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(authority)
        context.set_alpn_protocols(versions.split())

        def exchange(plain):
            plain.sendall(bytes(map(int, header.split())))
            with context.wrap_socket(plain, server_hostname="a.test") as secure:
                print(secure.selected_alpn_protocol(), flush=True)
                if secure.selected_alpn_protocol() == "h2":
                    return True
                secure.sendall(bytes(map(int, request.split())))
                heard = False
                while octets := secure.recv(65536):
                    sys.stdout.buffer.write(octets)
                    heard = True
                return heard

        with socket.create_connection(("127.0.0.1", int(port)), timeout=20) as plain:
            try:
                is_answered = exchange(plain)
            except (ssl.SSLError, ConnectionError):
                is_answered = False
        sys.exit(0 if is_answered else 3)
        """
}
