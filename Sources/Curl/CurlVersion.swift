internal import CCurl

/// The libcurl that this process runs on, which may be another than it was built with.
public enum CurlVersion {
    /// Its version, such as `7.88.1`.
    public static var text: String {
        guard let info = unsafe ccurl_version_info(),
            let version = unsafe info.pointee.version
        else { return "unknown" }
        return unsafe String(cString: version)
    }

    /// Its version as a number, 0x075801 for 7.88.1.
    public static var number: UInt32 {
        guard let info = unsafe ccurl_version_info() else { return 0 }
        return unsafe info.pointee.version_num
    }

    /// The TLS library that it uses, such as `OpenSSL/3.0.17`.
    public static var tls: String {
        guard let info = unsafe ccurl_version_info(),
            let version = unsafe info.pointee.ssl_version
        else { return "none" }
        return unsafe String(cString: version)
    }
}
