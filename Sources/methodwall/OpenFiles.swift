import Glibc

/// The limit of open files.
enum OpenFiles {
    /// Raises the soft limit to the hard one, which costs nothing.
    ///
    /// - Returns: The limit that holds then.
    static func raiseLimit() -> UInt64 {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        guard unsafe setrlimit(resource, &limit) == 0 else { return UInt64(before) }
        return UInt64(limit.rlim_cur)
    }
}
