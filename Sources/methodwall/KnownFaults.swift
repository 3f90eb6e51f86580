import Curl

/// Versions of libcurl that this program should not run on.
enum KnownFaults {
    /// What the operator should know of the libcurl in use; nil if nothing.
    static var warning: String? { warning(of: CurlVersion.number, CurlVersion.text) }

    /// What is to be known of a version.
    ///
    /// - Parameters:
    ///   - number: The version as libcurl numbers it: 0x075801 is 7.88.1.
    ///   - text: The version as people write it.
    /// - Returns: A warning, or nil.
    static func warning(of number: UInt32, _ text: String) -> String? {
        switch number {
        // A SOCKS5 handshake could overflow the heap (CVE-2023-38545).
        case 0x074500..<0x080400 where !isPatched(text):
            "warning: libcurl \(text) has known faults (CVE-2023-38545, fixed in 8.4.0);"
                + " distributions may have mended theirs under the same number"
        case 0..<0x075500:
            "warning: libcurl \(text) is older than 7.85.0, which methodwall needs"
        default:
            nil
        }
    }

    /// Debian 12 mends its 7.88.1 in place.
    private static func isPatched(_ text: String) -> Bool { text == "7.88.1" }
}
