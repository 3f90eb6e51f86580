internal import HTTPMessage

/// The fields by which an origin server is told who a client is, or that make a framework skip its
/// own checks: set by a proxy that was asked to, never by a client (B-32, B-42 to B-46).
///
/// Names are compared as CGI would see them: in any case, and every octet but letters and digits is
/// the same as `_`. So `X_Remote.User` is `X-Remote-User`.
struct IdentityFields: Sendable, Equatable {
    private struct Name: Sendable, Equatable {
        var octets: [UInt8]
        /// Whether longer names that begin with these octets are meant too.
        var isPrefix: Bool

        init(_ text: String) {
            octets = text.utf8.map(\.asComparedInNames)
            isPrefix = text.hasSuffix("*")
            if isPrefix { octets.removeLast() }
        }

        func matches(_ name: Span<UInt8>) -> Bool {
            let count = octets.count
            guard isPrefix ? name.count >= count : name.count == count else { return false }
            for index in 0..<count where octets[index] != name[index].asComparedInNames {
                return false
            }
            return true
        }
    }

    /// The names by their first octet, so that most fields are told apart at once.
    private var namesByFirst: [[Name]]
    /// The exceptions.
    private let kept: [Name]

    /// Compiles the default list with an operator's changes.
    ///
    /// - Parameters:
    ///   - strip: Names to strip beside the default ones; a last `*` stands for any rest.
    ///   - keep: Names that clients may send; a last `*` stands for any rest.
    init(strip: [String] = [], keep: [String] = []) {
        kept = keep.map(Name.init)
        namesByFirst = Array(repeating: [], count: 256)
        for text in Self.standard + strip {
            let name = Name(text)
            guard let first = name.octets.first else { continue }
            if !namesByFirst[Int(first)].contains(name) { namesByFirst[Int(first)].append(name) }
        }
    }

    /// Whether a client may not send a field of this name.
    ///
    /// Allocates nothing.
    func contains(_ name: Span<UInt8>) -> Bool {
        guard !name.isEmpty else { return false }
        let candidates = namesByFirst[Int(name[0].asComparedInNames)]
        for candidate in candidates where candidate.matches(name) {
            for exception in kept where exception.matches(name) { return false }
            return true
        }
        return false
    }

    /// Whether an entry of `keep` takes anything out of the default list.
    static func isException(_ text: String) -> Bool {
        let name = Name(text)
        return standard.contains { entry in
            let listed = Name(entry)
            return name.isPrefix && listed.octets.starts(with: name.octets)
                || listed.matches(name.octets.span)
        }
    }

    /// What no client may send unless an operator says so.
    static let standard = [
        // What a proxy says of the path and host a client asked for (B-32, CVE-2018-14773).
        "X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Original-Host", "X-Host",
        "X-HTTP-Host-Override", "X-Forwarded-*", "X-Url-Scheme", "Front-End-Https",
        // What a proxy says of the client's address (B-42).
        "X-Real-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP", "CF-Connecting-IP",
        "Fastly-Client-IP", "X-Envoy-*", "X-Appengine-*", "X-Azure-ClientIP", "X-Azure-SocketIP",
        "Client-IP",
        // Who the client is, as an authenticating proxy tells it (B-45).
        "Remote-User", "X-Remote-*", "Remote-Email", "Remote-Groups", "Remote-Name",
        "X-Auth-Request-*", "X-Authenticated-*", "X-WebAuth-*", "X-User-Identity",
        "X-SSL-*", "SSL-*", "X-Client-Cert*", "X-Client-Verify*", "X-Client-DN", "X-Client-S-DN",
        "Client-Cert", "Client-Cert-Chain", "X-TLS-Client-*", "X-ARR-ClientCert",
        "X-MS-Client-Principal*", "X-MS-Token-*", "X-Goog-IAP-*", "X-Goog-Authenticated-User-*",
        "X-Amzn-OIDC-*", "X-Amzn-MTLS-*", "Cf-Access-*", "X-Authentik-*", "X-Vouch-*",
        "X-Pomerium-*", "Tailscale-User-*",
        // httpoxy: CGI makes HTTP_PROXY of it (B-44, CVE-2016-5385).
        "Proxy",
        // Switches of frameworks and servers (B-46, CVE-2025-29927).
        "X-Middleware-*", "Translate",
    ]
}
