internal import NIOHTTP1

/// Refuses what a page of another site can have a browser send here.
///
/// The listener has no passwords: who can connect may ask. A browser can connect and is at the
/// command of any page it shows, so requests must show that no foreign page is behind them.
struct RequestGuard: Sendable {
    /// Why a request is refused.
    enum Refusal: String, Equatable {
        /// HTTP/1.1 without a Host field or with several (RFC 9112 §3.2).
        case badHost = "bad_host"
        /// Called by a name that is not ours: DNS rebinding.
        case foreignHost = "foreign_host"
        /// Sent by a page of another origin.
        case foreignOrigin = "foreign_origin"
        /// Sent by a page of another site, as the browser itself says.
        case foreignSite = "foreign_site"

        var status: HTTPResponseStatus {
            switch self {
            case .badHost: .badRequest
            case .foreignHost: .misdirectedRequest
            case .foreignOrigin, .foreignSite: .forbidden
            }
        }

        /// One sentence for a person.
        var detail: String {
            switch self {
            case .badHost: "The request needs one Host field."
            case .foreignHost:
                "Host must be localhost, an address of this listener or a name in admin.hosts."
            case .foreignOrigin: "Requests of pages of another origin are refused."
            case .foreignSite: "Requests of pages of another site are refused."
            }
        }
    }

    private let isUnixSocket: Bool
    private let names: Set<String>
    private let addresses: Set<String>

    /// What a configuration lets through.
    ///
    /// Without DNS, a unix socket cannot be reached by a page: any Host will do.
    init(_ configuration: AdminConfiguration) {
        var names: Set<String> = ["localhost"]
        var addresses: Set<String> = []
        var own = configuration.hosts
        switch configuration.address {
        case .tcp(let host, _):
            isUnixSocket = false
            own.append(host)
        case .unix:
            isUnixSocket = true
        }
        for host in own {
            if let address = AdminAuthority.canonical(host) {
                addresses.insert(address)
            } else {
                names.insert(host.lowercased())
            }
        }
        self.names = names
        self.addresses = addresses
    }

    /// Why a request is refused, or nil if it is not.
    ///
    /// - Parameters:
    ///   - head: The request.
    ///   - target: Its target, whose authority counts if it has one.
    ///   - localAddress: The address that the client connected to.
    /// - Returns: The reason with the value that gave it.
    func refusal(
        of head: HTTPRequestHead,
        target: AdminTarget,
        localAddress: String?
    ) -> (reason: Refusal, value: String)? {
        let hosts = head.headers["Host"]
        // A browser always sends one, so HTTP/1.0 without Host, as health checks send it, is safe.
        guard hosts.count == 1 || (hosts.isEmpty && head.version.minor == 0) else {
            return (.badHost, hosts.joined(separator: ", "))
        }
        for host in hosts + (target.authority.map { [$0] } ?? [])
        where !isOurs(host, localAddress) {
            return (.foreignHost, host)
        }
        if let site = head.headers["Sec-Fetch-Site"].first(where: Self.isForeignSite) {
            return (.foreignSite, site)
        }
        let called = (target.authority ?? hosts.first).flatMap { AdminAuthority($0) }
        for origin in head.headers["Origin"] where !Self.isOwn(origin, called) {
            return (.foreignOrigin, origin)
        }
        return nil
    }

    private func isOurs(_ host: String, _ localAddress: String?) -> Bool {
        if isUnixSocket { return true }
        switch AdminAuthority(host)?.host {
        case .name(let name): return names.contains(name)
        case .address(let address):
            return AdminAuthority.isLoopback(address) || addresses.contains(address)
                || address == localAddress.flatMap { AdminAuthority.canonical($0) }
        case nil: return false
        }
    }

    private static func isForeignSite(_ value: String) -> Bool {
        value != "same-origin" && value != "none"
    }

    /// Whether an origin is the one that the request was sent to.
    ///
    /// A proxy in front may speak TLS, so the scheme may be either; a port that is left out is the
    /// scheme's.
    private static func isOwn(_ origin: String, _ called: AdminAuthority?) -> Bool {
        for (scheme, port) in [("http://", 80), ("https://", 443)] where origin.hasPrefix(scheme) {
            guard let called, let own = AdminAuthority(origin.dropFirst(scheme.count)) else {
                return false
            }
            return own.host == called.host && (own.port ?? port) == (called.port ?? port)
        }
        return false
    }
}
