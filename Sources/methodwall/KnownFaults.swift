import Curl

/// Versions of libcurl that this program should not run on.
///
/// Only faults in what is used here count: not those of proxies, redirects, cookies or server push.
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
        // CURLOPT_CA_CACHE_TIMEOUT is the youngest option that is set.
        case 0..<0x07_5700:
            "warning: libcurl \(text) is older than 7.87.0, which methodwall needs"
        // After a name is resolved a descriptor is closed twice. By the second time another thread
        // may have been given its number, for a client's connection.
        case 0x08_0B01:
            "warning: libcurl \(text) has a known fault (CVE-2025-0665, fixed in 8.12.0);"
                + " distributions may have mended theirs under the same number"
        default:
            nil
        }
    }
}
