extension ProxyHeader {
    /// What was wrong with a header: a bounded set of stable names, fit for a metric's label.
    public enum Fault: String, Error, Sendable, CaseIterable {
        case notProxyProtocol = "not_proxy_protocol"
        case unsupportedVersion = "unsupported_proxy_version"
        case unsupportedCommand = "unsupported_proxy_command"
        case unsupportedFamily = "unsupported_proxy_family"
        case headerTooLong = "proxy_header_too_long"
        case invalidLine = "invalid_proxy_line"
        case invalidAddress = "invalid_proxy_address"
        case invalidPort = "invalid_proxy_port"
        case addressesCutShort = "proxy_addresses_cut_short"
        case invalidVector = "invalid_proxy_vector"
        case checksumMismatch = "proxy_checksum_mismatch"
    }
}

extension ProxyHeader.Fault {
    /// One sentence for a person: what is wrong and what to do about it.
    public var explanation: String {
        switch self {
        case .notProxyProtocol:
            "The connection does not begin with a PROXY protocol header; have the proxy send one, "
                + "or connect to another listener."
        case .unsupportedVersion:
            "The PROXY protocol's version is not 1 or 2; have the proxy send one of them."
        case .unsupportedCommand:
            "The PROXY protocol's command is neither LOCAL nor PROXY."
        case .unsupportedFamily:
            "The PROXY protocol's address family or transport is not one that its versions have."
        case .headerTooLong:
            "The PROXY protocol header is longer than this gateway accepts; have the proxy say "
                + "less."
        case .invalidLine:
            "The PROXY line is not 'PROXY TCP4 source destination port port' and CR LF, with "
                + "single spaces."
        case .invalidAddress:
            "An address in the PROXY line is not one of the family that the line names."
        case .invalidPort:
            "A port in the PROXY line is not a number from 0 to 65535 without leading zeros."
        case .addressesCutShort:
            "The PROXY protocol header ends before the addresses that its family has."
        case .invalidVector:
            "What follows the addresses in the PROXY protocol header is malformed or repeated."
        case .checksumMismatch:
            "The PROXY protocol header is not what its checksum was computed from."
        }
    }
}
