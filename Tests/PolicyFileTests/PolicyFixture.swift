import MethodPolicy
import PolicyFile
import TestKit

/// Policies in a temporary folder, loaded as the gateway loads them.
struct PolicyFixture {
    let folder: TemporaryFolder
    /// What is loaded: the folder, if a test does not say otherwise.
    var path: String
    var options = LoadOptions(
        defaultUpstream: "http://127.0.0.1:9000",
        upstreamNames: ["legacy", "crm"]
    )

    /// An empty folder.
    init() throws {
        folder = try TemporaryFolder()
        path = folder.path
    }

    /// A folder with one policy, `shop.yaml`.
    init(_ text: String) throws {
        try self.init()
        try folder.write(text, to: "shop.yaml")
    }

    var loader: PolicyLoader { PolicyLoader(path: path, options: options) }

    /// Loads the folder.
    ///
    /// Paths in diagnostics lose the folder's, which is different every time.
    func load() -> [Diagnostic] {
        loader.load().diagnostics.map(relative)
    }

    /// Loads the folder, which is there until it is loaded.
    func loadAll() -> PolicyLoad {
        withExtendedLifetime(folder) { loader.load() }
    }

    func relative(_ diagnostic: Diagnostic) -> Diagnostic {
        func shortened(_ location: SourceLocation) -> SourceLocation {
            var location = location
            if location.file.hasPrefix(folder.path + "/") {
                location.file = String(location.file.dropFirst(folder.path.count + 1))
            } else if location.file == folder.path {
                location.file = "."
            }
            return location
        }
        return Diagnostic(
            severity: diagnostic.severity,
            code: diagnostic.code,
            message: diagnostic.message,
            hint: diagnostic.hint,
            location: shortened(diagnostic.location),
            sourceLine: diagnostic.sourceLine,
            related: diagnostic.related.map(shortened)
        )
    }
}

/// The diagnostics of one policy file with this text.
func diagnostics(of text: String) throws -> [Diagnostic] {
    try PolicyFixture(text).load()
}

/// `code line:column` of each diagnostic of one policy file with this text.
func places(of text: String) throws -> [String] {
    try diagnostics(of: text).map { "\($0.code) \($0.location.line):\($0.location.column)" }
}

/// The compiled policies of one file that must be sound.
func snapshot(of text: String) throws -> PolicySnapshot {
    let fixture = try PolicyFixture(text)
    let load = fixture.loader.load()
    guard let snapshot = load.snapshot else { throw UnexpectedDiagnostics(report: load.report()) }
    return snapshot
}

struct UnexpectedDiagnostics: Error, CustomStringConvertible {
    var report: String
    var description: String { report }
}

/// What a snapshot decides, in few words: `forward`, `options`, `preflight`, or a status and
/// reason.
func decision(
    _ snapshot: PolicySnapshot,
    _ method: String,
    _ path: String,
    host: String = "example.com",
    isPreflight: Bool = false
) -> String {
    let (method, path, host) = (Array(method.utf8), Array(path.utf8), Array(host.utf8))
    let decision = snapshot.decide(
        method: method.span,
        path: path.span,
        host: host.span,
        isPreflight: isPreflight
    )
    switch decision {
    case .forward: return "forward"
    case .options(let answer): return "options " + String(decoding: answer.allow, as: UTF8.self)
    case .preflight(let answer): return "preflight " + (answer.rule?.pattern ?? "unlisted")
    case .refuse(let refusal):
        let allow = refusal.allow.map { " " + String(decoding: $0, as: UTF8.self) } ?? ""
        return "\(refusal.status)\(allow)"
    }
}
