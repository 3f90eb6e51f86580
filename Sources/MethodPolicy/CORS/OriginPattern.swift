/// One origin of a CORS block: exactly this one, or one label below a domain.
///
/// Both are serialised origins (RFC 6454 section 6.2) in the only form that browsers send, so that
/// comparing octets compares scheme, host and port.
enum OriginPattern: Sendable, Equatable {
    /// `https://app.example.com:8443`, or `null`.
    case exact([UInt8])
    /// `https://*.example.com:8443` as `https://` and `.example.com:8443`.
    case subdomain(prefix: [UInt8], suffix: [UInt8])

    /// Whether a wildcard covers an origin: the scheme, exactly one label, then the rest.
    static func matches(_ origin: Span<UInt8>, prefix: [UInt8], suffix: [UInt8]) -> Bool {
        let labelEnd = origin.count - suffix.count
        guard labelEnd > prefix.count else { return false }
        for index in prefix.indices where origin[index] != prefix[index] { return false }
        for index in suffix.indices where origin[labelEnd + index] != suffix[index] { return false }
        for index in prefix.count..<labelEnd {
            let octet = origin[index]
            // Browsers fold hosts, so an upper-case letter is no origin of theirs.
            guard HostName.isLabelOctet(octet), Octet.folded(octet) == octet else { return false }
        }
        return true
    }
}

extension OriginPattern {
    /// What is wrong with the text of an origin.
    struct Fault: Error, Equatable {
        let message: String
        let hint: String?
    }

    /// Reads an origin other than `*`.
    init(_ text: String) throws(Fault) {
        let octets = Array(text.utf8)
        if text == "null" {
            self = .exact(octets)
            return
        }
        guard octets.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Fault(
                message: "an origin is ASCII without spaces",
                hint: "write international names in their xn-- form, as browsers send them"
            )
        }
        let authorityStart = try Self.endOfScheme(octets)
        let authority = octets[authorityStart...]
        if let slash = authority.firstIndex(of: Octet.slash) {
            let isLast = slash == octets.count - 1
            throw Fault(
                message: isLast ? "an origin has no slash at its end" : "an origin has no path",
                hint: "write \(Self.text(octets[..<slash]))"
            )
        }
        if authority.contains(0x40) || authority.contains(0x3F) || authority.contains(0x23) {
            throw Fault(
                message: "an origin has neither user, query nor fragment",
                hint: "write scheme://host or scheme://host:port"
            )
        }
        if octets.contains(where: { Octet.folded($0) != $0 }) {
            throw Fault(
                message: "an origin is in lower case, as browsers send it",
                hint: "write \(Self.text(octets.map(Octet.folded)[...]))"
            )
        }
        let host = try Self.host(octets, authorityStart)
        let rest = octets[(authorityStart + host.count)...]
        guard host.starts(with: [Octet.asterisk, Octet.dot]) else {
            self = .exact(octets)
            return
        }
        self = .subdomain(
            prefix: Array(octets[..<authorityStart]),
            suffix: Array(host.dropFirst()) + rest
        )
    }

    /// Where the authority starts.
    private static func endOfScheme(_ octets: [UInt8]) throws(Fault) -> Int {
        let isSchemeOctet: (UInt8) -> Bool = {
            Octet.isLetter($0) || Octet.isDigit($0) || $0 == 0x2B || $0 == 0x2D || $0 == 0x2E
        }
        guard let colon = octets.firstIndex(of: 0x3A), let first = octets.first,
            Octet.isLetter(first), octets[..<colon].allSatisfy(isSchemeOctet),
            octets[(colon + 1)...].starts(with: [Octet.slash, Octet.slash])
        else {
            throw Fault(
                message: "an origin has a scheme and a host",
                hint: "write scheme://host or scheme://host:port, as in https://app.example.com"
            )
        }
        return colon + 3
    }

    /// The host with a leading `*.`, checked, and the port behind it checked too.
    private static func host(_ octets: [UInt8], _ start: Int) throws(Fault) -> ArraySlice<UInt8> {
        let authority = octets[start...]
        let bracket = authority.lastIndex(of: 0x5D) ?? start
        let colon = authority[bracket...].firstIndex(of: 0x3A)
        let host = authority[start..<(colon ?? octets.count)]
        if let colon { try checkPort(octets[(colon + 1)...], scheme: octets[..<(start - 3)]) }
        if host.first == 0x5B {
            guard IPv6Address(bracketed: host.span) != nil else {
                throw Fault(message: "not an IPv6 address in brackets", hint: nil)
            }
            return host
        }
        let isWildcard = host.starts(with: [Octet.asterisk, Octet.dot])
        let name = isWildcard ? host.dropFirst(2) : host
        if name.contains(Octet.asterisk) {
            throw Fault(
                message: "a * stands for one whole label at the start only",
                hint: "write https://*.example.com"
            )
        }
        guard HostName.isName(name) else {
            throw Fault(message: "an origin has a host name or an address", hint: nil)
        }
        if isWildcard, !name.contains(Octet.dot), !name.elementsEqual("localhost".utf8) {
            throw Fault(
                message: "the * would cover a whole top-level domain",
                hint: "name the domain below it, as in https://*.example.com"
            )
        }
        return host
    }

    private static func checkPort(
        _ digits: ArraySlice<UInt8>,
        scheme: ArraySlice<UInt8>
    )
        throws(Fault)
    {
        guard !digits.isEmpty, digits.allSatisfy(Octet.isDigit), digits.first != 0x30,
            let port = Int(text(digits)), port <= 65535
        else {
            throw Fault(message: "a port is a number from 1 to 65535", hint: nil)
        }
        let isDefault =
            scheme.elementsEqual("http".utf8) && port == 80
            || scheme.elementsEqual("https".utf8) && port == 443
        if isDefault {
            throw Fault(
                message: "browsers leave out the default port \(port)",
                hint: "leave out :\(port)"
            )
        }
    }

    private static func text(_ octets: ArraySlice<UInt8>) -> String {
        String(decoding: octets, as: UTF8.self)
    }
}
