import MethodPolicy

/// Loads policy files: finds, reads, parses and compiles them, and reports all that is wrong.
///
/// A loader holds no state, so the same one serves the first load and every reload. Loading blocks
/// on the file system and is meant for the control plane only.
public struct PolicyLoader: Sendable {
    /// The folders and files to load, in order.
    public let paths: [String]
    /// What loading depends on beside the files.
    public let options: LoadOptions

    /// A loader of every `.yaml` and `.yml` file of a folder, or of one file.
    public init(path: String, options: LoadOptions = LoadOptions()) {
        self.init(paths: [path], options: options)
    }

    /// A loader of several folders and files as one set of policies.
    public init(paths: [String], options: LoadOptions = LoadOptions()) {
        self.paths = paths
        self.options = options
    }

    /// Loads everything once.
    ///
    /// One error anywhere means no snapshot: a policy that is missing because its file is broken
    /// would answer 421 or 404 for a service that is up.
    ///
    /// - Parameter linting: Whether to look for what is sound and yet probably not meant.
    /// - Returns: The snapshot with what was found, or every reason why there is none.
    public func load(linting: Bool = false) -> PolicyLoad {
        let found = find()
        var documents: [PolicyDocument] = []
        var sources: [String: SourceText] = [:]
        var diagnostics = found.diagnostics
        var digest = Digest()
        for file in found.files {
            guard case .success(let content) = file.content else { continue }
            digest.update(file.name.utf8.count)
            digest.update(Array(file.name.utf8))
            digest.update(content.bytes.count)
            digest.update(content.bytes)
            let (source, faults) = SourceText.checked(file: file.path, bytes: content.bytes)
            sources[file.path] = source
            diagnostics += faults
            guard faults.isEmpty else { continue }
            let document = PolicyDocument(source, options: options)
            documents.append(document)
            diagnostics += document.diagnostics
        }
        let version = String(digest.hexadecimal().prefix(12))
        let definitions = documents.compactMap(\.definition)
        diagnostics += duplicateNames(definitions, sources)
        diagnostics += excessiveTests(documents)
        let snapshot = compile(definitions, version, sources, &diagnostics)
        var tests: [PolicyTestResult] = []
        // What is tested is what will be in force: not the half of a policy that could be read.
        if let snapshot, Self.isSound(diagnostics) {
            tests = run(documents, on: snapshot)
            diagnostics += tests.compactMap { result in
                let location = result.location
                return result.diagnostic(
                    sourceLine: sources[location.file]?.line(location.line)
                )
            }
        }
        var findings: [Diagnostic] = []
        if linting, let snapshot {
            findings = PolicyLint.findings(in: snapshot).map { finding in
                let location = finding.location
                return finding.diagnostic.quoting(
                    sources[location.file]?.line(location.line)
                )
            }
        }
        return PolicyLoad(
            snapshot: Self.isSound(diagnostics) ? snapshot : nil,
            diagnostics: ordered(diagnostics, files: found.files.map(\.path)),
            findings: ordered(findings, files: found.files.map(\.path)),
            tests: tests,
            files: found.files.map(\.path),
            fingerprint: found.fingerprint,
            version: version
        )
    }

    private static func isSound(_ diagnostics: [Diagnostic]) -> Bool {
        !diagnostics.contains { $0.severity == .error }
    }

    /// The state the files are in, without parsing them.
    public func fingerprint() -> PolicyFingerprint {
        find().fingerprint
    }

    private func compile(
        _ definitions: [PolicyDefinition],
        _ version: String,
        _ sources: [String: SourceText],
        _ diagnostics: inout [Diagnostic]
    ) -> PolicySnapshot? {
        guard !definitions.isEmpty else { return nil }
        let result = PolicySnapshot.compile(
            definitions,
            version: version,
            defaultUpstream: options.defaultUpstream
        )
        switch result {
        case .success(let snapshot): return snapshot
        case .failure(let faults):
            diagnostics += faults.faults.map { fault in
                Diagnostic(
                    code: fault.code.rawValue,
                    message: fault.message,
                    hint: fault.hint,
                    location: fault.location,
                    sourceLine: sources[fault.location.file]?.line(fault.location.line),
                    related: fault.related
                )
            }
            return nil
        }
    }

    /// Runs the tests of every document; the snapshot's policies stand in the documents' order.
    private func run(
        _ documents: [PolicyDocument],
        on snapshot: PolicySnapshot
    ) -> [PolicyTestResult] {
        var run = PolicyTestRun(snapshot)
        var results: [PolicyTestResult] = []
        for (document, policy) in zip(documents, snapshot.policies) {
            run.begin(policy)
            for test in document.tests { results.append(run.result(of: test)) }
        }
        return results
    }

    private func excessiveTests(_ documents: [PolicyDocument]) -> [Diagnostic] {
        var count = 0
        for document in documents {
            let rest = options.testsMax - count
            count += document.tests.count
            guard count > options.testsMax, document.tests.indices.contains(rest) else { continue }
            return [
                Diagnostic(
                    code: Diagnostic.Code.tooManyTests.rawValue,
                    message: "more than \(options.testsMax) tests in all files together",
                    hint: "test one path of each kind",
                    location: document.tests[rest].location
                )
            ]
        }
        return []
    }

    private func duplicateNames(
        _ definitions: [PolicyDefinition],
        _ sources: [String: SourceText]
    ) -> [Diagnostic] {
        var first: [String: PolicyDefinition] = [:]
        var diagnostics: [Diagnostic] = []
        for definition in definitions {
            guard let other = first[definition.name] else {
                first[definition.name] = definition
                continue
            }
            diagnostics.append(
                Diagnostic(
                    code: Diagnostic.Code.duplicatePolicyName.rawValue,
                    message: "another file's policy is named \(definition.name) as well",
                    hint: "give each policy its own name with `policy:`",
                    location: definition.location,
                    sourceLine: sources[definition.file]?.line(definition.location.line),
                    related: [other.location]
                )
            )
        }
        return diagnostics
    }

    /// Sorted by place, without repetitions, and no more than a person can use.
    private func ordered(_ diagnostics: [Diagnostic], files: [String]) -> [Diagnostic] {
        var rank: [String: Int] = [:]
        for file in files { rank[file] = rank[file] ?? rank.count + 1 }
        // What concerns a folder as a whole comes first.
        func key(_ diagnostic: Diagnostic) -> (Int, Int, Int) {
            let location = diagnostic.location
            return (rank[location.file] ?? 0, location.line, location.column)
        }
        let sorted = diagnostics.enumerated().sorted { left, right in
            let (a, b) = (key(left.element), key(right.element))
            return a == b ? left.offset < right.offset : a < b
        }.map(\.element)
        var seen: Set<String> = []
        let unique = sorted.filter {
            seen.insert("\($0.code) \($0.location) \($0.message)").inserted
        }
        guard unique.count > options.diagnosticsMax else { return unique }
        let rest = unique.count - options.diagnosticsMax
        let last = Diagnostic(
            code: Diagnostic.Code.tooManyDiagnostics.rawValue,
            message: "\(rest) more are not shown",
            location: PolicyLoad.place(paths.first ?? "")
        )
        return Array(unique.prefix(options.diagnosticsMax)) + [last]
    }
}

// MARK: - Finding and reading

extension PolicyLoader {
    private struct FoundFile {
        var path: String
        /// The last component, which is what the version is made of: it is the same on every host.
        var name: String
        var content: Result<FileContent, Diagnostic>
    }

    private struct Found {
        var files: [FoundFile] = []
        var diagnostics: [Diagnostic] = []
        var fingerprint = PolicyFingerprint(stamps: [], folderFaults: [])
    }

    private func find() -> Found {
        let reading = FileReading(
            bytesMax: options.fileBytesMax,
            insecurePermissions: options.insecurePermissions
        )
        var found = Found()
        for path in paths {
            let folder = PolicyFolder(path: path, options: options)
            found.diagnostics += folder.diagnostics
            found.fingerprint.folderFaults += folder.diagnostics.map(\.message)
            for file in folder.files {
                let name = file.split(separator: "/").last.map(String.init) ?? file
                do {
                    let content = try reading.read(file)
                    found.fingerprint.stamps.append(content.stamp)
                    found.files.append(
                        FoundFile(path: file, name: name, content: .success(content))
                    )
                } catch {
                    found.diagnostics.append(error)
                    found.fingerprint.stamps.append(Self.stamp(of: error, path: file))
                    found.files.append(FoundFile(path: file, name: name, content: .failure(error)))
                }
            }
        }
        return found
    }

    /// A file that cannot be read is a state too: it changes when the reason goes away.
    private static func stamp(of fault: Diagnostic, path: String) -> FileStamp {
        var hasher = Hasher()
        hasher.combine(fault.code)
        hasher.combine(fault.message)
        return FileStamp(
            path: path,
            resolvedPath: FileReading.resolved(path),
            device: 0,
            inode: 0,
            bytes: 0,
            modifiedNanoseconds: 0,
            mode: 0,
            owner: 0,
            contentHash: hasher.finalize()
        )
    }
}

extension PolicyLoader {
    /// The folders in which a change can make a difference to what is loaded.
    func watchedFolders() -> WatchedFolders {
        var folders = WatchedFolders()
        for path in paths {
            let folder = PolicyFolder(path: path, options: options)
            let resolved = FileReading.resolved(path)
            if folder.files != [path], !resolved.isEmpty { folders.addFolder(resolved) }
            for file in folder.files {
                let resolved = FileReading.resolved(file)
                if !resolved.isEmpty { folders.addFile(resolved) }
            }
            for path in [path] + folder.files {
                folders.addWay(SymbolicLinks.folders(leadingTo: path))
            }
        }
        return folders
    }
}
