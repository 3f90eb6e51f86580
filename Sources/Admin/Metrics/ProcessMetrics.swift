internal import Glibc

/// What the kernel tells of this process, under the names that Prometheus' own libraries use.
///
/// What cannot be read is left out.
struct ProcessMetrics {
    var cpuSeconds: Double?
    var openDescriptors: Int?
    var descriptorsMax: Double?
    var residentBytes: Double?
    var startSeconds: Double?

    /// Reads them from `/proc`.
    static func read() -> ProcessMetrics {
        var metrics = ProcessMetrics()
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        if let stat = ProcFile.read("/proc/self/stat") { metrics.take(stat: stat, ticks: ticks) }
        metrics.openDescriptors = ProcFile.openDescriptors()
        metrics.descriptorsMax = descriptorLimit()
        return metrics
    }

    /// Takes the fields of `/proc/self/stat` (proc(5)).
    ///
    /// The second field is the name of the program in parentheses, which may hold anything; what
    /// follows the last parenthesis is numbers.
    mutating func take(stat: String, ticks: Double, boot: Double? = ProcFile.bootSeconds) {
        guard let end = stat.lastIndex(of: ")") else { return }
        // The first of these is field 3.
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        func field(_ number: Int) -> Double? {
            number - 3 < fields.count ? Double(fields[number - 3]) : nil
        }
        if let user = field(14), let system = field(15) { cpuSeconds = (user + system) / ticks }
        if let start = field(22), let boot { startSeconds = boot + start / ticks }
        if let pages = field(24) { residentBytes = pages * Double(sysconf(Int32(_SC_PAGESIZE))) }
    }

    private static func descriptorLimit() -> Double? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return nil
        }
        return limit.rlim_cur == rlim_t.max ? .infinity : Double(limit.rlim_cur)
    }

    /// The metrics.
    var families: [MetricFamily] {
        let all: [(name: String, help: String, kind: MetricFamily.Kind, value: Double?)] = [
            (
                "process_cpu_seconds_total", "Time on the processors, user and system, in seconds.",
                .counter, cpuSeconds
            ),
            (
                "process_open_fds", "Open file descriptors.", .gauge,
                openDescriptors.map { Double($0) }
            ),
            ("process_max_fds", "The bound on file descriptors.", .gauge, descriptorsMax),
            ("process_resident_memory_bytes", "Resident memory.", .gauge, residentBytes),
            (
                "process_start_time_seconds", "When the process started, in seconds since 1970.",
                .gauge, startSeconds
            ),
        ]
        return all.compactMap { family in
            family.value.map { value in
                MetricFamily(
                    family.name,
                    family.help,
                    family.kind,
                    [MetricFamily.Sample([], .number(value))]
                )
            }
        }
    }
}

/// Reads small files of `/proc`.
enum ProcFile {
    /// The whole of a file, at most 256 KiB.
    static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4096)
        while octets.count < 256 * 1024 {
            let count = unsafe Glibc.read(descriptor, &room, room.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            octets += room[..<count]
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// When the machine started, in seconds since 1970, as the clocks had it at the first look.
    ///
    /// Not from `/proc/stat`, which a service manager may hide (`ProcSubset=pid`).
    static let bootSeconds: Double? = {
        var now = timespec()
        var running = timespec()
        guard unsafe clock_gettime(CLOCK_REALTIME, &now) == 0,
            unsafe clock_gettime(CLOCK_BOOTTIME, &running) == 0
        else { return nil }
        let seconds = Double(now.tv_sec - running.tv_sec)
        return seconds + Double(now.tv_nsec - running.tv_nsec) / 1e9
    }()

    /// How many descriptors this process has open.
    static func openDescriptors() -> Int? {
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(folder) }
        var count = 0
        while let entry = unsafe readdir(folder) {
            // A number, not `.` or `..`.
            let first = unsafe entry.pointee.d_name.0
            if first >= 0x30, first <= 0x39 { count += 1 }
        }
        // Not the one that reads the folder.
        return count - 1
    }
}
