/// Where the gateway listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A TCP port on an address or name; `host` has no brackets. Port 0 takes any free one.
    case internet(host: String, port: Int)
    /// A unix-domain socket at an absolute path.
    case unix(path: String)

    /// Reads `127.0.0.1:8080`, `[::]:8080`, `localhost:8080` or `unix:/run/methodwall.sock`.
    ///
    /// Nil if the text is none of them; ``fault(in:)`` says why.
    public init?(_ text: String) {
        guard Self.fault(in: text) == nil else { return nil }
        if text.hasPrefix("unix:") {
            self = .unix(path: String(text.dropFirst("unix:".count)))
            return
        }
        let (host, port) = HostAndPort.split(Substring(text))
        guard let port, let number = Int(port) else { return nil }
        let name = host.hasPrefix("[") ? host.dropFirst().dropLast() : host
        self = .internet(host: String(name), port: number)
    }

    /// Why the text is not an address to listen on, or nil if it is one.
    public static func fault(in text: String) -> String? {
        if text.hasPrefix("unix:") { return UpstreamURL.fault(in: text) }
        let (host, port) = HostAndPort.split(Substring(text))
        guard let port else { return "the port is missing: 127.0.0.1:8080" }
        guard HostAndPort.isPort(port, minimum: 0) else {
            return "the port is a number from 0 to 65535"
        }
        if host.isEmpty { return "the address is missing: 127.0.0.1:\(port), or 0.0.0.0:\(port)" }
        return HostAndPort.fault(in: host)
    }

    /// The text that ``init(_:)`` reads.
    public var description: String {
        switch self {
        case .internet(let host, let port):
            host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
