/// Takes TLS off connections for an origin server that speaks HTTP/2 frame by frame: ALPN agrees on
/// `h2`, and octets pass as they are.
public final class TLSRelay: Sendable {
    /// The port on 127.0.0.1.
    public let port: Int
    private let process: ChildProcess

    /// Starts it and waits until it accepts connections.
    ///
    /// - Parameters:
    ///   - identity: what it shows.
    ///   - port: where the origin listens.
    /// - Throws: ``WireError`` if it does not listen in time.
    public init(_ identity: TestAuthority.Identity, to port: Int) throws {
        process = try ChildProcess(
            try Programs.installed("python3"),
            ["-c", Self.script, identity.certificate, identity.key, "\(port)"]
        )
        let line = try process.waitForLine(.standardOutput, containing: "port ")
        guard let number = line.split(separator: " ").last.flatMap({ Int($0) }) else {
            throw WireError.malformed(line)
        }
        self.port = number
    }

    deinit { process.stop() }

    private static let script = """
        import select, socket, ssl, sys, threading

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        context.set_alpn_protocols(["h2"])
        listener = socket.create_server(("127.0.0.1", 0))
        print("port", listener.getsockname()[1], flush=True)

        def relay(plain):
            with context.wrap_socket(plain, server_side=True) as client:
                with socket.create_connection(("127.0.0.1", int(sys.argv[3]))) as origin:
                    while True:
                        ready, _, _ = select.select([client, origin], [], [])
                        if origin in ready:
                            octets = origin.recv(65536)
                            if not octets:
                                return
                            client.sendall(octets)
                        if client in ready:
                            octets = client.recv(65536)
                            while client.pending():
                                octets += client.recv(65536)
                            if not octets:
                                return
                            origin.sendall(octets)

        def serve(plain):
            try:
                relay(plain)
            except OSError:
                pass

        while True:
            threading.Thread(target=serve, args=[listener.accept()[0]], daemon=True).start()
        """
}
