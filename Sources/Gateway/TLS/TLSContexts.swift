internal import NIOSSL

/// What the listeners of a gateway prove themselves with, each at its place; nil for those in the
/// clear.
struct TLSContexts: Sendable {
    private var contexts: [NIOSSLContext?] = []
    /// When the certificates can be shown.
    private(set) var validities: [CertificateValidity] = []
    /// Which load this is; a later one began to read later.
    private(set) var load: UInt64 = 0

    init() {}

    /// Reads the files of every listener.
    ///
    /// What origins are shown is read by libcurl; here it is looked at for its time alone.
    ///
    /// - Throws: A `GatewayError` that names the file, what is wrong with it and what to do.
    init(_ configuration: GatewayConfiguration, load: UInt64) throws(GatewayError) {
        self.load = load
        for listener in configuration.listen {
            guard let block = listener.tls else {
                contexts.append(nil)
                continue
            }
            let material = try TLSMaterial(block)
            contexts.append(try material.context(offersHTTP2: listener.http2))
            validities += material.validities
        }
        validities += configuration.origins.values.compactMap(CertificateValidity.init)
    }

    /// Gives way to what was read later; loads that overlap may end in any order.
    mutating func renew(by other: TLSContexts) { if other.load > load { self = other } }

    func context(at index: Int) -> NIOSSLContext? {
        contexts.indices.contains(index) ? contexts[index] : nil
    }
}
