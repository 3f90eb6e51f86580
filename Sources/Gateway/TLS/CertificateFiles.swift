internal import CLinux
internal import Curl
internal import Locking

/// The files that certificates, keys and listeners' authorities come from, and whether they have
/// changed since they were read.
final class CertificateFiles: Sendable {
    private struct Stamp: Equatable {
        var device: UInt64
        var inode: UInt64
        var bytes: Int64
        var modified: Int64
    }

    private let paths: [String]
    private let stamps: Lock<[Stamp]>

    init(of configuration: GatewayConfiguration) {
        let listeners = configuration.listen.compactMap(\.tls).flatMap { tls in
            tls.identities.flatMap { [$0.certificateFile, $0.keyFile] }
                + [tls.clientAuthorityFile].compactMap(\.self)
        }
        paths = listeners + configuration.origins.values.compactMap(\.connect.tls.certificateFile)
        stamps = Lock(Self.look(paths))
    }

    /// Whether any has changed since the last call.
    func haveChanged() -> Bool {
        guard !paths.isEmpty else { return false }
        let seen = Self.look(paths)
        return stamps.withLock { last in
            defer { last = seen }
            return last != seen
        }
    }

    private static func look(_ paths: [String]) -> [Stamp] {
        paths.map { path in
            let stamp = unsafe clinux_stamp(path)
            return Stamp(
                device: stamp.device,
                inode: stamp.inode,
                bytes: stamp.bytes,
                modified: stamp.modified_nanoseconds
            )
        }
    }
}
