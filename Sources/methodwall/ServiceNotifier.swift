import Glibc

/// Tells the service manager how we are (sd_notify(3)); does nothing where there is none.
enum ServiceNotifier {
    static func send(_ state: String) {
        guard let variable = unsafe getenv("NOTIFY_SOCKET") else { return }
        let path = unsafe String(cString: variable)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let octets = Array(path.utf8)
        guard octets.count > 1, octets.count < MemoryLayout.size(ofValue: address.sun_path) else {
            return
        }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
            unsafe target.copyBytes(from: octets)
            // An abstract socket's name begins with a zero octet, written as @.
            if octets[0] == 0x40 { unsafe target[0] = 0 }
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // A service manager that reads nothing must not keep us from serving, or from ending.
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        let length = socklen_t(MemoryLayout<sa_family_t>.size + octets.count)
        let message = Array(state.utf8)
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
                _ = unsafe sendto(
                    descriptor,
                    message,
                    message.count,
                    Int32(MSG_NOSIGNAL),
                    target,
                    length
                )
            }
        }
    }

    /// How long the service manager waits for `WATCHDOG=1`; nil if it does not
    /// (sd_watchdog_enabled(3)).
    static var watchdogInterval: Duration? {
        guard let variable = unsafe getenv("WATCHDOG_USEC"),
            let microseconds = Int64(unsafe String(cString: variable)), microseconds > 0
        else { return nil }
        if let owner = unsafe getenv("WATCHDOG_PID"), unsafe String(cString: owner) != "\(getpid())"
        {
            return nil
        }
        return .microseconds(microseconds)
    }

    /// Announces a reload, with the time that the service manager orders it by.
    static func sendReloading() {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let microseconds = Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
        send("RELOADING=1\nMONOTONIC_USEC=\(microseconds)")
    }
}
