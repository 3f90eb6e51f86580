internal import NIOCore

/// A host with a port if there is one, as `Host`, `Origin` and absolute targets write it.
struct AdminAuthority: Equatable {
    /// What the host is.
    enum Host: Equatable {
        /// A name, in lower case.
        case name(String)
        /// An IP address in the one form that all its spellings have in common.
        case address(String)
    }

    let host: Host
    let port: Int?

    /// Reads an authority; nil for anything else, a user before an `@` included.
    init?(_ text: some StringProtocol) {
        guard let (host, rest) = Self.split(text) else { return nil }
        self.host = host
        if rest.isEmpty || rest == ":" {
            port = nil
        } else {
            let digits = rest.dropFirst()
            guard rest.first == ":", digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
                let number = Int(digits), 0...65535 ~= number
            else { return nil }
            port = number
        }
    }

    private static func split(_ text: some StringProtocol) -> (Host, Substring)? {
        let text = Substring(text)
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]"),
                let address = canonical(text[text.index(after: text.startIndex)..<end])
            else { return nil }
            return (.address(address), text[text.index(after: end)...])
        }
        let end = text.firstIndex(of: ":") ?? text.endIndex
        let name = text[..<end]
        guard !name.isEmpty, name.utf8.allSatisfy(isHostOctet) else { return nil }
        let host = canonical(name).map(Host.address) ?? .name(name.lowercased())
        return (host, text[end...])
    }

    private static func isHostOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// The common form of an address; nil for what is none.
    ///
    /// An IPv4 address that came over IPv6 is the IPv4 address.
    static func canonical(_ text: some StringProtocol) -> String? {
        // A zone (`fe80::1%eth0`) is not part of the address.
        let plain = text.prefix { $0 != "%" }
        guard let text = (try? SocketAddress(ipAddress: String(plain), port: 0))?.ipAddress else {
            return nil
        }
        let mapped = "::ffff:"
        return text.hasPrefix(mapped) && text.contains(".")
            ? String(text.dropFirst(mapped.count)) : text
    }

    /// Whether only this machine has the address.
    static func isLoopback(_ canonical: String) -> Bool {
        canonical.hasPrefix("127.") || canonical == "::1"
    }
}
