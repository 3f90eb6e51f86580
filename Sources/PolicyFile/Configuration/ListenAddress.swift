/// Where the gateway listens: a TCP port on an address or name.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address or name, without brackets.
    public let host: String
    /// The port; 0 takes any free one.
    public let port: Int

    /// An address made in code.
    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:8080`, `[::]:8080` or `localhost:8080`.
    ///
    /// Nil if the text is none of them; ``fault(in:)`` says why.
    public init?(_ text: String) {
        guard Self.fault(in: text) == nil else { return nil }
        let (host, port) = HostAndPort.split(Substring(text))
        guard let port, let number = Int(port) else { return nil }
        let name = host.hasPrefix("[") ? host.dropFirst().dropLast() : host
        self.init(host: String(name), port: number)
    }

    /// Why the text is not an address to listen on, or nil if it is one.
    public static func fault(in text: String) -> String? {
        if isSocketPath(text) { return "unix-domain sockets are not supported by this version" }
        let (host, port) = HostAndPort.split(Substring(text))
        guard let port else { return "the port is missing: 127.0.0.1:8080" }
        guard HostAndPort.isPort(port, minimum: 0) else {
            return "the port is a number from 0 to 65535"
        }
        if host.isEmpty { return "the address is missing: 127.0.0.1:\(port), or 0.0.0.0:\(port)" }
        return HostAndPort.fault(in: host)
    }

    /// Whether the text names a unix-domain socket, which a later version may listen on.
    static func isSocketPath(_ text: String) -> Bool {
        text.hasPrefix("unix:")
    }

    /// The text that ``init(_:)`` reads.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
