import Foundation

/// Finds the policy files that a path stands for.
struct PolicyFolder {
    /// The files in the order they are loaded, which is by name.
    private(set) var files: [String] = []
    /// What is wrong with the folder or path itself.
    private(set) var diagnostics: [Diagnostic] = []

    /// Looks at a folder, or takes a file as it is.
    init(path: String, options: LoadOptions) {
        let reading = FileReading(
            bytesMax: options.fileBytesMax,
            insecurePermissions: options.insecurePermissions
        )
        let shown = Self.withoutTrailingSlash(path)
        var isFolder = ObjCBool(false)
        guard unsafe FileManager.default.fileExists(atPath: shown, isDirectory: &isFolder) else {
            diagnostics = [
                FileReading.fault(.folderUnreadable, shown, "there is no such file or folder")
            ]
            return
        }
        guard isFolder.boolValue else {
            files = [shown]
            return
        }
        do {
            try reading.checkFolder(shown)
        } catch {
            diagnostics = [error]
            return
        }
        list(shown, options)
    }

    private mutating func list(_ folder: String, _ options: LoadOptions) {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            diagnostics = [
                FileReading.fault(.folderUnreadable, folder, "the folder cannot be listed")
            ]
            return
        }
        let policies = names.filter(Self.isPolicyFile).sorted()
        guard !policies.isEmpty else {
            diagnostics = [
                FileReading.fault(
                    .noPolicyFiles,
                    folder,
                    "the folder holds no policy",
                    hint: "a policy's file name ends in .yaml or .yml"
                )
            ]
            return
        }
        guard policies.count <= options.filesMax else {
            let message =
                "the folder holds \(policies.count) policies; the limit is \(options.filesMax)"
            diagnostics = [FileReading.fault(.folderUnreadable, folder, message)]
            return
        }
        let prefix = folder == "/" ? "/" : folder + "/"
        files = policies.map { prefix + $0 }
    }

    /// Whether a file of this name is a policy, and not hidden or an editor's leftover.
    static func isPolicyFile(_ name: String) -> Bool {
        guard let first = name.first, first != ".", first != "#" else { return false }
        let lowered = name.lowercased()
        return lowered.hasSuffix(".yaml") || lowered.hasSuffix(".yml")
    }

    private static func withoutTrailingSlash(_ path: String) -> String {
        var shown = Substring(path)
        while shown.count > 1, shown.hasSuffix("/") { shown = shown.dropLast() }
        return String(shown)
    }
}
