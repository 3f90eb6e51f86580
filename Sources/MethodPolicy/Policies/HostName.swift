/// Host names as a policy file writes them.
enum HostName {
    /// The longest host, in octets: what DNS allows.
    static let bytesMax = 253

    /// What is wrong with the host of a policy, or nil: a registered name, an address, or `*.` and
    /// a name, without port (RFC 9110 section 4.2.3).
    static func fault(in host: String) -> (message: String, hint: String?)? {
        if host == "*" {
            return ("* is not a host", "leave hosts out to serve every host")
        }
        var octets = Array(host.utf8)
        if octets.contains(Octet.slash) {
            return ("a host is neither a URL nor a path", "write the name only")
        }
        guard octets.allSatisfy({ $0 < 0x80 }) else {
            return ("a host is ASCII", "write it in its xn-- form, as browsers send it")
        }
        guard !octets.isEmpty, octets.count <= bytesMax else {
            return ("a host has 1 to \(bytesMax) octets", nil)
        }
        if octets.first == 0x5B {
            return IPv6Address(bracketed: octets.span) != nil
                ? nil : ("not an IPv6 address in brackets", nil)
        }
        if octets.starts(with: [Octet.asterisk, Octet.dot]) { octets.removeFirst(2) }
        if octets.contains(Octet.asterisk) {
            return ("a * stands for whole labels at the start only", "write *.example.com")
        }
        if octets.contains(0x3A) {
            return ("a host has no port here", "leave out the colon and what follows")
        }
        guard isName(octets[...]) else { return ("not a host name", nil) }
        return nil
    }

    /// Labels of letters, digits, `-` and `_`, separated by single dots.
    static func isName(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.split(separator: Octet.dot, omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.count <= 63 && label.allSatisfy(isLabelOctet)
        }
    }

    static func isLabelOctet(_ octet: UInt8) -> Bool {
        Octet.isLetter(octet) || Octet.isDigit(octet) || octet == 0x2D || octet == 0x5F
    }
}
