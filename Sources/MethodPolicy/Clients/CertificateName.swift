/// A name that a client certificate may bear.
public enum CertificateName: Sendable, Hashable, CustomStringConvertible {
    /// The subject's distinguished name as RFC 4514 writes it: `CN=deploy,O=Example`.
    case subject(String)
    /// A `dNSName` among the subject's alternative names.
    case dns(String)
    /// A `uniformResourceIdentifier` among them.
    case uri(String)
    /// An `rfc822Name` among them.
    case email(String)

    /// The longest name, in octets.
    static let bytesMax = 1_024

    /// Reads a name as policy files write it: the kind, `=` and the name.
    ///
    /// `subject=CN=deploy,O=Example`, `dns=deploy.example.com`, `uri=spiffe://example.com/deploy`,
    /// `email=deploy@example.com`. Nil for anything else, and for a name that is empty, longer than
    /// 1,024 octets, or has control characters.
    public init?(_ text: String) {
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = String(text[text.index(after: equals)...])
        guard 1...Self.bytesMax ~= name.utf8.count,
            name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        switch text[..<equals] {
        case "subject" where name.contains("="): self = .subject(name)
        case "dns": self = .dns(name)
        case "uri": self = .uri(name)
        case "email": self = .email(name)
        default: return nil
        }
    }

    /// Whether a certificate's name is this one.
    ///
    /// Octets are compared, those of DNS names without regard to ASCII case; a `*` in a name is
    /// a `*` and stands for nothing else. Allocates nothing.
    func matches(_ other: CertificateName) -> Bool {
        switch (self, other) {
        case (.subject(let one), .subject(let two)), (.uri(let one), .uri(let two)),
            (.email(let one), .email(let two)):
            one.utf8.elementsEqual(two.utf8)
        case (.dns(let one), .dns(let two)):
            one.utf8.elementsEqual(two.utf8) { Octet.folded($0) == Octet.folded($1) }
        default:
            false
        }
    }

    /// The name as policy files write it.
    public var description: String {
        switch self {
        case .subject(let name): "subject=\(name)"
        case .dns(let name): "dns=\(name)"
        case .uri(let name): "uri=\(name)"
        case .email(let name): "email=\(name)"
        }
    }
}
