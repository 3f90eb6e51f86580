internal import Glibc
internal import MethodPolicy
internal import NIOCore
internal import NIOSSL

/// The certificates and keys of one listener, read and found to fit each other.
struct TLSMaterial {
    private struct Identity {
        var chain: [NIOSSLCertificate]
        var key: NIOSSLPrivateKey
        var names: CertificateNames
    }

    private let configuration: TLSListenerConfiguration
    private var identities: [Identity] = []
    private var authorities: [NIOSSLCertificate] = []
    /// When each certificate can be shown.
    private(set) var validities: [CertificateValidity] = []

    /// Reads the files.
    ///
    /// - Throws: A `GatewayError` that names the file and what is wrong with it.
    init(_ configuration: TLSListenerConfiguration) throws(GatewayError) {
        self.configuration = configuration
        for identity in configuration.identities {
            let chain = try Self.certificates(identity.certificateFile)
            guard let leaf = chain.first else {
                throw GatewayError("\(identity.certificateFile): there is no certificate in it")
            }
            let key = try Self.key(identity.keyFile)
            try Self.checkPair(leaf, key, identity)
            validities.append(CertificateValidity(leaf, from: identity.certificateFile))
            identities.append(
                Identity(chain: chain, key: key, names: CertificateNames(leaf))
            )
        }
        if let file = configuration.clientAuthorityFile {
            authorities = try Self.certificates(file)
        }
    }

    private static func certificates(_ file: String) throws(GatewayError) -> [NIOSSLCertificate] {
        try checkReadable(file)
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(file)
            if !certificates.isEmpty { return certificates }
        } catch {}
        throw GatewayError(
            "\(file): this is no certificate in PEM form (-----BEGIN CERTIFICATE-----)"
        )
    }

    private static func key(_ file: String) throws(GatewayError) -> NIOSSLPrivateKey {
        try checkReadable(file)
        do {
            return try NIOSSLPrivateKey(file: file, format: .pem)
        } catch {
            throw GatewayError(
                "\(file): this is no private key in PEM form without a passphrase"
            )
        }
    }

    private static func checkReadable(_ file: String) throws(GatewayError) {
        guard unsafe access(file, R_OK) == 0 else {
            throw GatewayError("\(file): \(unsafe String(cString: strerror(errno)))")
        }
    }

    /// A key that belongs to another certificate would fail every handshake.
    private static func checkPair(
        _ leaf: NIOSSLCertificate,
        _ key: NIOSSLPrivateKey,
        _ identity: TLSListenerConfiguration.Identity
    ) throws(GatewayError) {
        var configuration = NIOSSL.TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(leaf)],
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        guard (try? NIOSSLContext(configuration: configuration)) == nil else { return }
        throw GatewayError(
            "\(identity.keyFile): the key does not belong to the certificate in"
                + " \(identity.certificateFile)"
        )
    }

    // MARK: The context

    func context(offersHTTP2: Bool) throws(GatewayError) -> NIOSSLContext {
        guard let first = identities.first else {
            throw GatewayError("tls: no certificate is named")
        }
        var result = NIOSSL.TLSConfiguration.makeServerConfiguration(
            certificateChain: first.chain.map { .certificate($0) },
            privateKey: .privateKey(first.key)
        )
        result.minimumTLSVersion =
            switch configuration.minimumVersion {
            case .tls12: .tlsv12
            case .tls13: .tlsv13
            }
        result.applicationProtocols = offersHTTP2 ? ["h2", "http/1.1"] : ["http/1.1"]
        if !authorities.isEmpty {
            result.trustRoots = .certificates(authorities)
            result.certificateVerification =
                configuration.clientCertificates == .required
                ? .noHostnameVerification : .optionalVerification
            result.sendCANameList = true
        }
        if identities.count > 1 { result.sslContextCallback = chooser() }
        do {
            return try NIOSSLContext(configuration: result)
        } catch {
            throw GatewayError("tls: \(error)")
        }
    }

    /// Shows the first certificate that has the name the client asks for; else the first with a
    /// wildcard for it; else the first.
    private func chooser() -> NIOSSLContextCallback {
        let identities = identities.map {
            (names: $0.names, chain: $0.chain.map(NIOSSLCertificateSource.certificate), key: $0.key)
        }
        return { hello, promise in
            var choice = NIOSSLContextConfigurationOverride.noChanges
            if let name = hello.serverHostname.map(CertificateNames.normalized),
                let identity = identities.first(where: { $0.names.contain(name) })
                    ?? identities.first(where: { $0.names.containWildcard(for: name) })
            {
                choice.certificateChain = identity.chain
                choice.privateKey = .privateKey(identity.key)
            }
            promise.succeed(choice)
        }
    }
}

/// The DNS names that a certificate vouches for (RFC 9525 §6.3).
struct CertificateNames: Sendable {
    private var exact: Set<[UInt8]> = []
    /// What follows the `*` of a wildcard, from its dot on.
    private var suffixes: Set<[UInt8]> = []

    init(_ certificate: NIOSSLCertificate) {
        let names = certificate.parsed?.alternativeNames ?? []
        for case .dns(let name) in names {
            let octets = Self.normalized(name)
            if octets.starts(with: [0x2A, 0x2E]) {
                suffixes.insert(Array(octets.dropFirst()))
            } else {
                exact.insert(octets)
            }
        }
    }

    /// Whether a normalized name is vouched for as it is.
    func contain(_ name: [UInt8]) -> Bool { exact.contains(name) }

    /// Whether a normalized name is vouched for by a wildcard; `*` stands for one label.
    func containWildcard(for name: [UInt8]) -> Bool {
        guard let dot = name.firstIndex(of: 0x2E), dot > 0 else { return false }
        return suffixes.contains(Array(name[dot...]))
    }

    /// A name's octets with the letters of ASCII in lower case.
    static func normalized(_ name: String) -> [UInt8] {
        name.utf8.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
    }
}
