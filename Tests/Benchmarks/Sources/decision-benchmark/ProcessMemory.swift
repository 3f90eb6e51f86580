import Glibc

/// This process's own memory.
enum ProcessMemory {
    /// Octets of anonymous memory that are resident (`RssAnon`), after what is free has been given
    /// back to the system; 0 if the system does not say.
    static func resident() -> Int {
        _ = trim?(0)
        let line = status().split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        let kibibytes = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        return (kibibytes.flatMap { Int($0) } ?? 0) * 1024
    }

    /// `malloc_trim`, which Swift's Glibc module leaves out.
    private static let trim: (@convention(c) (Int) -> Int32)? = {
        dlsym(dlopen(nil, RTLD_NOW), "malloc_trim").map {
            unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
        }
    }()

    private static func status() -> String {
        let descriptor = open("/proc/self/status", O_RDONLY)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var octets = [UInt8](repeating: 0, count: 8192)
        let count = octets.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        return String(decoding: octets.prefix(max(count, 0)), as: UTF8.self)
    }
}
