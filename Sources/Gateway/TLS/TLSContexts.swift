internal import NIOSSL

/// What the listeners of a gateway prove themselves with, each at its place; nil for those in the
/// clear.
struct TLSContexts: Sendable {
    private var contexts: [NIOSSLContext?] = []
    /// When the certificates that are shown expire.
    private(set) var expiries: [CertificateExpiry] = []
    /// Which load this is; a later one began to read later.
    private(set) var load: UInt64 = 0

    init() {}

    /// Reads the files of every listener.
    ///
    /// - Throws: A `GatewayError` that names the file, what is wrong with it and what to do.
    init(_ listeners: [ListenerConfiguration], load: UInt64) throws(GatewayError) {
        self.load = load
        for listener in listeners {
            guard let configuration = listener.tls else {
                contexts.append(nil)
                continue
            }
            let material = try TLSMaterial(configuration)
            contexts.append(try material.context(offersHTTP2: listener.http2))
            expiries += material.expiries
        }
    }

    /// Gives way to what was read later; loads that overlap may end in any order.
    mutating func renew(by other: TLSContexts) { if other.load > load { self = other } }

    func context(at index: Int) -> NIOSSLContext? {
        contexts.indices.contains(index) ? contexts[index] : nil
    }
}

/// When a certificate expires.
public struct CertificateExpiry: Sendable, Equatable {
    /// Its file.
    public let file: String
    /// Seconds since 1970.
    public let unixSeconds: Int64
}
