import Glibc
import MethodPolicy

/// Checks the text that says where an upstream is.
///
/// Accepted: `http://host[:port]`, `https://host[:port]` (a lone `/` may follow) and `unix:/path`.
/// A path, query, fragment or user name is refused, because the request target is always the
/// client's and credentials do not belong in a file that many read. Link-local addresses are
/// refused because cloud metadata services live there, and no service does.
enum UpstreamURL {
    /// Why a text is not such a URL, and what to do where that is not obvious.
    struct Fault: Sendable, Equatable {
        var why: String
        var hint: String?

        init(_ why: String, hint: String? = nil) {
            self.why = why
            self.hint = hint
        }
    }

    /// What editors check such texts with.
    static var pattern: String { "^(https?://[^/?#@\\s]+/?|unix:/.+)$" }

    /// Whether the text means a URL and not the name of an upstream.
    static func looksLikeURL(_ text: String) -> Bool {
        text.contains("://") || text.hasPrefix("unix:")
    }

    /// Why the text is not such a URL, or nil if it is one.
    static func fault(in text: String) -> Fault? {
        if text.hasPrefix("unix:") {
            return faultOfSocketPath(text.dropFirst("unix:".count))
        }
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else {
            return Fault("write http://HOST:PORT, https://HOST:PORT or unix:/PATH")
        }
        var authority = text.dropFirst(scheme.count)
        if authority.hasSuffix("/") { authority = authority.dropLast() }
        if authority.contains("@") { return Fault("a user name or password cannot stand here") }
        if authority.contains(where: { "/?#".contains($0) }) {
            return Fault("it ends after the port: no path, query or fragment")
        }
        if let why = HostAndPort.fault(in: authority) { return Fault(why) }
        guard isLinkLocal(HostAndPort.split(authority).host) else { return nil }
        return Fault(
            "link-local addresses are not forwarded to",
            hint: "cloud metadata services live there; give the service another address"
        )
    }

    static func faultOfSocketPath(_ path: Substring) -> Fault? {
        guard path.hasPrefix("/"), path.utf8.count > 1 else {
            return Fault(
                "a unix-domain socket is named by an absolute path: unix:/run/app.sock"
            )
        }
        guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return Fault("a socket's path has no control characters")
        }
        // sockaddr_un has room for 107 octets and a terminator.
        return path.utf8.count < 108 ? nil : Fault("a socket's path has at most 107 octets")
    }

    private static let linkLocal =
        ["169.254.0.0/16", "fe80::/10"].compactMap { NetworkPrefix($0) }

    /// Whether the host is an address in 169.254.0.0/16 or fe80::/10, however it is written.
    private static func isLinkLocal(_ host: Substring) -> Bool {
        if host.hasPrefix("[") {
            let address = NetworkAddress(String(host.dropFirst().dropLast()))
            return address.map { address in linkLocal.contains { $0.contains(address) } } ?? false
        }
        // Resolvers also take one number, octal and hexadecimal for an address.
        var address = in_addr()
        let name = host.hasSuffix(".") ? host.dropLast() : host
        guard unsafe inet_aton(String(name), &address) != 0 else { return false }
        return UInt32(bigEndian: address.s_addr) >> 16 == 169 << 8 | 254
    }
}

/// `host[:port]`: a name, an IPv4 address, or an IPv6 address in brackets.
enum HostAndPort {
    /// Splits the text at the colon before the port; brackets stay on the host.
    static func split(_ text: Substring) -> (host: Substring, port: Substring?) {
        let searched = text.lastIndex(of: "]").map { text[$0...] } ?? text
        guard let colon = searched.lastIndex(of: ":") else { return (text, nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    /// Why the text is not a host with an optional port, or nil if it is one.
    static func fault(in text: Substring) -> String? {
        let (host, port) = split(text)
        if host.isEmpty { return "the host is missing" }
        if let port, !isPort(port, minimum: 1) { return "the port is a number from 1 to 65535" }
        if host.hasPrefix("[") {
            let address = host.dropFirst().dropLast()
            let isAddress =
                host.hasSuffix("]") && address.contains(":")
                && NetworkAddress(String(address)) != nil
            return isAddress ? nil : "the address in brackets is not an IPv6 address"
        }
        if host.contains(":") { return "write an IPv6 address in brackets" }
        guard isName(host) else { return "the host is not a name or address" }
        // One dot at the end is the root's: it keeps a resolver from adding a domain.
        let labels = (host.hasSuffix(".") ? host.dropLast() : host)
            .split(separator: ".", omittingEmptySubsequences: false)
        return labels.contains(where: \.isEmpty) ? "the host has an empty label" : nil
    }

    static func isPort(_ text: Substring, minimum: Int) -> Bool {
        guard (1...5).contains(text.utf8.count),
            text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            let number = Int(text)
        else { return false }
        return number >= minimum && number <= 65535
    }

    private static func isName(_ host: Substring) -> Bool {
        host.utf8.count <= 253
            && host.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
