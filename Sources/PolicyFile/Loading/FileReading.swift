import Glibc

/// A file's content together with what identifies the state it was in.
struct FileContent {
    var bytes: [UInt8]
    var stamp: FileStamp
}

/// Reads files that decide what passes, and so refuses files that somebody else could have written.
struct FileReading {
    /// The most octets a file may have.
    let bytesMax: Int
    /// Accept files that others may write to.
    let insecurePermissions: Bool

    /// Opens, checks and reads a file through one descriptor.
    ///
    /// `O_NONBLOCK` keeps a FIFO from holding the caller (F-10); every check is of the descriptor,
    /// so that what was checked is what is read (F-06, F-07). Symbolic links are followed, because
    /// Kubernetes mounts files that way.
    func read(_ path: String) throws(Diagnostic) -> FileContent {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            throw Self.fault(.fileUnreadable, path, "cannot open the file: \(Self.reason(errno))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Self.fault(
                .fileUnreadable,
                path,
                "cannot examine the file: \(Self.reason(errno))"
            )
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw Self.fault(.notARegularFile, path, "this is not a regular file")
        }
        try checkSize(Int64(status.st_size), path)
        try checkPermissions(status, of: descriptor, path)
        let bytes = try readAll(descriptor, path: path, expected: Int(status.st_size))
        var hasher = Hasher()
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let stamp = FileStamp(
            path: path,
            resolvedPath: Self.resolved(path),
            device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino),
            bytes: Int64(status.st_size),
            modifiedNanoseconds: Int64(status.st_mtim.tv_sec) &* 1_000_000_000
                &+ Int64(status.st_mtim.tv_nsec),
            mode: status.st_mode,
            owner: status.st_uid,
            contentHash: hasher.finalize()
        )
        return FileContent(bytes: bytes, stamp: stamp)
    }

    /// Checks that nobody else may put files into a folder.
    ///
    /// A folder that others may write to is accepted if it is sticky (they cannot replace our
    /// files, and their own are refused) or on a file system mounted read-only, as Kubernetes' are.
    func checkFolder(_ path: String) throws(Diagnostic) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw Self.fault(
                .folderUnreadable,
                path,
                "cannot open the folder: \(Self.reason(errno))"
            )
        }
        defer { close(descriptor) }
        guard !insecurePermissions else { return }
        var status = stat()
        var system = statvfs()
        guard unsafe fstat(descriptor, &status) == 0, unsafe fstatvfs(descriptor, &system) == 0
        else {
            throw Self.fault(
                .folderUnreadable,
                path,
                "cannot examine the folder: \(Self.reason(errno))"
            )
        }
        let isReadOnly = system.f_flag & UInt(ST_RDONLY) != 0
        let isSticky = status.st_mode & S_ISVTX != 0
        guard status.st_mode & 0o022 != 0, !isSticky, !isReadOnly else { return }
        throw Self.fault(
            .insecurePermissions,
            path,
            "others may put policies into this folder",
            hint: "chmod go-w \(path)"
        )
    }

    private func checkSize(_ size: Int64, _ path: String) throws(Diagnostic) {
        guard size > Int64(bytesMax) else { return }
        let message = "the file has \(size) octets; the limit is \(bytesMax)"
        throw Self.fault(.fileTooLarge, path, message, hint: "split it into several policies")
    }

    private func checkPermissions(
        _ status: stat,
        of descriptor: CInt,
        _ path: String
    ) throws(Diagnostic) {
        guard !insecurePermissions else { return }
        var system = statvfs()
        guard unsafe fstatvfs(descriptor, &system) == 0 else {
            throw Self.fault(
                .fileUnreadable,
                path,
                "cannot examine the file: \(Self.reason(errno))"
            )
        }
        let isReadOnly = system.f_flag & UInt(ST_RDONLY) != 0
        try Self.checkOwnership(
            path,
            mode: status.st_mode,
            owner: status.st_uid,
            isOnReadOnlyMount: isReadOnly
        )
    }

    /// Checks that nobody else may write to a file.
    ///
    /// Whose file it is does not matter on a file system mounted read-only: container images and
    /// ConfigMaps hold files of users that do not exist here, and nobody here can change them.
    static func checkOwnership(
        _ path: String,
        mode: mode_t,
        owner: uid_t,
        isOnReadOnlyMount: Bool
    ) throws(Diagnostic) {
        if mode & 0o022 != 0 {
            throw fault(
                .insecurePermissions,
                path,
                "others may write to this file",
                hint: "chmod go-w \(path)"
            )
        }
        guard owner != 0, owner != geteuid(), !isOnReadOnlyMount else { return }
        throw fault(
            .insecurePermissions,
            path,
            "the file belongs to user \(owner), neither root nor the user running this",
            hint: "chown root \(path)"
        )
    }

    private func readAll(
        _ descriptor: CInt,
        path: String,
        expected: Int
    ) throws(Diagnostic) -> [UInt8] {
        // One octet more than there should be, so that a growing file is noticed.
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(max(expected, 0) + 1, 1 << 20))
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0 {
                if errno == EINTR { continue }
                throw Self.fault(
                    .fileUnreadable,
                    path,
                    "cannot read the file: \(Self.reason(errno))"
                )
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            try checkSize(Int64(bytes.count), path)
        }
    }

    /// The path with every symbolic link followed, or empty.
    static func resolved(_ path: String) -> String {
        guard let text = unsafe realpath(path, nil) else { return "" }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// The operating system's words for an error number.
    static func reason(_ number: CInt) -> String {
        guard let text = unsafe strerror(number) else { return "error \(number)" }
        return unsafe String(cString: text)
    }

    static func fault(
        _ code: Diagnostic.Code,
        _ path: String,
        _ message: String,
        hint: String? = nil
    ) -> Diagnostic {
        Diagnostic(
            code: code.rawValue,
            message: message,
            hint: hint,
            location: PolicyLoad.place(path)
        )
    }
}
