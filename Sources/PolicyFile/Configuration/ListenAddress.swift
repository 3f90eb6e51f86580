/// Where the gateway listens.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// A TCP port on an address or name (without brackets); port 0 takes any free one.
    case tcp(host: String, port: Int)
    /// A unix-domain socket, made at an absolute path.
    case unix(path: String)
    /// A socket that the service manager passes, by its `FileDescriptorName`.
    case systemd(name: String)

    /// A TCP port, made in code.
    public init(host: String, port: Int) { self = .tcp(host: host, port: port) }

    /// Reads `127.0.0.1:8080`, `[::]:8080`, `localhost:8080`, `unix:/run/a.sock` or `systemd:http`.
    ///
    /// Nil if the text is none of them; ``fault(in:)`` says why.
    public init?(_ text: String) {
        guard Self.fault(in: text) == nil else { return nil }
        if let path = Self.rest(of: text, behind: Self.unixPrefix) {
            self = .unix(path: path)
        } else if let name = Self.rest(of: text, behind: Self.systemdPrefix) {
            self = .systemd(name: name)
        } else {
            let (host, port) = HostAndPort.split(Substring(text))
            guard let port, let number = Int(port) else { return nil }
            let name = host.hasPrefix("[") ? host.dropFirst().dropLast() : host
            self = .tcp(host: String(name), port: number)
        }
    }

    /// Why the text is not an address to listen on, or nil if it is one.
    public static func fault(in text: String) -> String? {
        if let path = rest(of: text, behind: unixPrefix) {
            return UpstreamURL.faultOfSocketPath(path[...])?.why
        }
        if let name = rest(of: text, behind: systemdPrefix) {
            return isSocketName(name)
                ? nil : "a socket's name has letters, digits, `.`, `_` and `-`: systemd:http"
        }
        let (host, port) = HostAndPort.split(Substring(text))
        guard let port else { return "the port is missing: 127.0.0.1:8080" }
        guard HostAndPort.isPort(port, minimum: 0) else {
            return "the port is a number from 0 to 65535"
        }
        if host.isEmpty { return "the address is missing: 127.0.0.1:\(port), or 0.0.0.0:\(port)" }
        return HostAndPort.fault(in: host)
    }

    /// Whether any free port will do, so that two of these are not the same.
    var hasAnyPort: Bool { if case .tcp(_, 0) = self { true } else { false } }

    private static let unixPrefix = "unix:"
    private static let systemdPrefix = "systemd:"

    private static func rest(of text: String, behind prefix: String) -> String? {
        text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }

    private static func isSocketName(_ name: String) -> Bool { PolicyName.isValid(name) }

    /// The text that ``init(_:)`` reads.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        case .systemd(let name): "systemd:\(name)"
        }
    }
}
