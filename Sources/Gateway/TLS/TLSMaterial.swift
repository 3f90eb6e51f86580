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

    /// Shows the certificate whose names fit best what the client asks for.
    private func chooser() -> NIOSSLContextCallback {
        let identities = identities.map {
            (names: $0.names, chain: $0.chain.map(NIOSSLCertificateSource.certificate), key: $0.key)
        }
        return { hello, promise in
            var choice = NIOSSLContextConfigurationOverride.noChanges
            if let name = hello.serverHostname.map({ Array($0.utf8) }),
                let identity = identities.first(where: { $0.names.match(name) })
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
            let octets = name.utf8.map(Self.lowercased)
            if octets.starts(with: [0x2A, 0x2E]) {
                suffixes.insert(Array(octets.dropFirst()))
            } else {
                exact.insert(octets)
            }
        }
    }

    /// Whether a name is vouched for; `*` stands for one label.
    func match(_ name: [UInt8]) -> Bool {
        let name = name.map(Self.lowercased)
        if exact.contains(name) { return true }
        guard let dot = name.firstIndex(of: 0x2E), dot > 0 else { return false }
        return suffixes.contains(Array(name[dot...]))
    }

    private static func lowercased(_ octet: UInt8) -> UInt8 {
        0x41...0x5A ~= octet ? octet | 0x20 : octet
    }
}
