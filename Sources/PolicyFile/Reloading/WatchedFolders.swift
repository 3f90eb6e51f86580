/// The folders in which a change can make a difference to what is loaded, each with what counts.
struct WatchedFolders: Sendable, Equatable {
    /// The folders that hold policies.
    private(set) var holding: [String: Content] = [:]
    /// The folders that only lead to policies, by a link or as their parent.
    ///
    /// What is written into other files there is nobody's business.
    private(set) var leading: Set<String> = []

    /// What a folder holds.
    struct Content: Sendable, Equatable {
        /// Whether every file whose name a policy can have is one.
        var takesPolicyNames = false
        /// The files that are policies whatever their name: those that links lead to, for example.
        var names: Set<String> = []

        /// Whether a file of this name can be a policy.
        func canHold(_ name: String) -> Bool {
            names.contains(name) || takesPolicyNames && PolicyFolder.isPolicyFile(name)
        }
    }

    /// Adds a policy folder itself.
    mutating func addFolder(_ path: String) {
        holding[path, default: Content()].takesPolicyNames = true
        leading.remove(path)
    }

    /// Adds a policy file by its path without links.
    mutating func addFile(_ path: String) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        let name = String(path[path.index(after: slash)...])
        holding[folder, default: Content()].names.insert(name)
        leading.remove(folder)
    }

    /// Adds folders on the way to a policy.
    mutating func addWay(_ folders: Set<String>) {
        leading.formUnion(folders.filter { holding[$0] == nil })
    }
}
