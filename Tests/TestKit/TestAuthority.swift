import Foundation

/// A certificate authority of a test's own, made with openssl in a folder that goes away with it.
public final class TestAuthority: Sendable {
    /// The PEM file of the authority's certificate.
    public let certificate: String
    private let folder: TemporaryFolder
    private let openssl: String

    /// A certificate and its key, in PEM files.
    public struct Identity: Sendable {
        /// The certificate's file.
        public let certificate: String
        /// The key's file.
        public let key: String
    }

    /// Makes the authority.
    public init() throws {
        openssl = try Programs.installed("openssl")
        folder = try TemporaryFolder()
        certificate = folder.path("authority.pem")
        let files = ["-keyout", folder.path("authority.key"), "-out", certificate]
        try run(["req", "-x509"] + Self.newKey + ["-days", "2", "-subj", "/CN=authority"] + files)
    }

    /// Issues a certificate.
    ///
    /// - Parameters:
    ///   - name: the common name, and the files' name.
    ///   - alternativeNames: as openssl takes them: `DNS:a.test`, `IP:127.0.0.1`.
    ///   - subject: the subject, as openssl takes it; the name alone if absent.
    ///   - isExpired: whether its time is over.
    /// - Returns: where the certificate and its key are.
    /// - Throws: ``WireError`` if openssl does not make them.
    public func issue(
        _ name: String,
        _ alternativeNames: [String],
        subject: String? = nil,
        isExpired: Bool = false
    ) throws -> Identity {
        let identity = Identity(
            certificate: folder.path("\(name).pem"),
            key: folder.path("\(name).key")
        )
        let request = folder.path("\(name).csr")
        let files = ["-keyout", identity.key, "-out", request]
        try run(["req"] + Self.newKey + ["-subj", subject ?? "/CN=\(name)"] + files)
        let extensions = try folder.write(
            "subjectAltName=\(alternativeNames.joined(separator: ","))\n",
            to: "\(name).extensions"
        )
        let days = isExpired ? "0" : "2"
        try run([
            "x509", "-req", "-in", request, "-CA", certificate, "-CAkey",
            folder.path("authority.key"), "-CAcreateserial", "-days", days, "-extfile", extensions,
            "-out", identity.certificate,
        ])
        return identity
    }

    private static var newKey: [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    }

    private func run(_ arguments: [String]) throws {
        let finished = try ChildProcess.run(openssl, arguments)
        guard finished.status == 0 else { throw WireError.malformed("openssl: \(finished.error)") }
    }
}

/// `openssl s_server`, which answers every GET with a page about the connection.
public final class TLSOrigin: Sendable {
    /// The port on 127.0.0.1.
    public let port: Int
    private let process: ChildProcess

    /// Starts it and waits until it accepts connections.
    ///
    /// - Parameters:
    ///   - identity: what it shows to clients that ask for no name it knows.
    ///   - arguments: more of `s_server`'s.
    /// - Throws: ``WireError`` if it does not listen in time.
    public init(_ identity: TestAuthority.Identity, _ arguments: [String] = []) throws {
        let port = try freePort()
        self.port = port
        let usual = [
            "s_server", "-accept", "127.0.0.1:\(port)", "-cert", identity.certificate, "-key",
            identity.key, "-www",
        ]
        process = try ChildProcess(try Programs.installed("openssl"), usual + arguments)
        guard eventually({ (try? RawClient(port: port)) != nil }) else {
            throw WireError.deadline("openssl: \(process.text(.standardError))")
        }
    }

    deinit { process.stop() }
}
