/// A host of a policy file, in the form in which hosts compare.
enum HostPattern: Sendable, Hashable {
    /// Exactly this name, folded.
    case name([UInt8])
    /// Any name that has something before this ending, folded: `.example.com`.
    case below([UInt8])
    /// This address, however it is written.
    case address(IPv6Address)

    /// - Parameter host: The host as a file has it; ``HostName`` has found it valid.
    init(_ host: String) {
        let octets = host.utf8.map(Octet.folded)
        if let address = IPv6Address(bracketed: octets.span) {
            self = .address(address)
        } else if octets.first == Octet.asterisk {
            self = .below(Array(octets.dropFirst()))
        } else {
            self = .name(octets)
        }
    }
}
