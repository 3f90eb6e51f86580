import Glibc

/// Finds the folders in which a change can make a path mean another file.
enum SymbolicLinks {
    /// The most links that are followed, as in the kernel.
    private static let hopsMax = 40

    /// The folders to watch for a path: the one that holds the file, and each that holds a symbolic
    /// link on the way to it.
    ///
    /// A Kubernetes volume shows `demo.yaml` as a link to `..data/demo.yaml`, and `..data` as a
    /// link that is replaced by rename; a release folder is often a link itself. Where the path
    /// ends early because something is missing, the last folder that exists is watched for it.
    static func folders(leadingTo path: String) -> Set<String> {
        var folders: Set<String> = []
        var pending = components(path)
        var current = path.hasPrefix("/") ? "/" : FileReading.resolved(".")
        var hops = 0
        while let component = pending.popLast() {
            if component == "." { continue }
            if component == ".." {
                current = parent(of: current)
                continue
            }
            let candidate = current == "/" ? "/" + component : current + "/" + component
            switch target(of: candidate) {
            case .link(let target):
                folders.insert(current)
                hops += 1
                guard hops <= hopsMax else { return folders }
                if target.hasPrefix("/") { current = "/" }
                pending += components(target)
            case .notALink:
                if pending.isEmpty { folders.insert(current) }
                current = candidate
            case .missing:
                folders.insert(current)
                return folders
            }
        }
        return folders
    }

    private enum Target {
        case link(String), notALink, missing
    }

    private static func target(of path: String) -> Target {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let length = unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return -1 }
            return unsafe readlink(path, start, bytes.count)
        }
        if length >= 0 { return .link(String(decoding: buffer.prefix(length), as: UTF8.self)) }
        return errno == EINVAL ? .notALink : .missing
    }

    /// The components of a path, last one first.
    private static func components(_ path: String) -> [String] {
        path.split(separator: "/").reversed().map(String.init)
    }

    private static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }
}
