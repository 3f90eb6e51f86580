import Foundation

/// Where the programs are that tests start.
public enum Programs {
    private static var named: String? {
        let name = ProcessInfo.processInfo.environment["METHODWALL_BIN"] ?? ""
        return name.isEmpty ? nil : name
    }

    /// Whether ``methodwall()`` is a debug build; the one that is named is none.
    public static var isDebug: Bool { named == nil }

    /// The `methodwall` that this build made, or the one that `METHODWALL_BIN` names.
    public static func methodwall() throws -> String {
        if let named { return named }
        let candidates = CommandLine.arguments.prefix(1) + Bundle.allBundles.map(\.bundlePath)
        for candidate in candidates + [Bundle.main.bundlePath] {
            var folder = URL(fileURLWithPath: candidate)
            // The test bundle lies beside the program, or a few folders below.
            for _ in 0..<4 {
                folder.deleteLastPathComponent()
                let program = folder.appendingPathComponent("methodwall").path
                if isProgram(program) { return program }
            }
        }
        throw Missing(name: "methodwall", places: Array(candidates))
    }

    /// The path of an installed program, looked for in `PATH` and the system folders.
    public static func installed(_ name: String) throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init)
        for folder in folders + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin"] {
            if isProgram("\(folder)/\(name)") { return "\(folder)/\(name)" }
        }
        throw Missing(name: name, places: folders)
    }

    private static func isProgram(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: path)
    }

    /// The top of the repository, seen from a source file two folders below `Tests`.
    public static func repository(from file: String = #filePath) -> String {
        var folder = URL(fileURLWithPath: file).resolvingSymlinksInPath()
            .deletingLastPathComponent()
        while folder.path != "/" {
            let manifest = folder.appendingPathComponent("LICENSE").path
            if FileManager.default.fileExists(atPath: manifest) { return folder.path }
            folder.deleteLastPathComponent()
        }
        return FileManager.default.currentDirectoryPath
    }

    /// A program that is not installed.
    public struct Missing: Error, CustomStringConvertible {
        let name: String
        let places: [String]

        /// What is missing and where it was looked for.
        public var description: String {
            "\(name) not found in \(places.joined(separator: ", ")); run Tests/run.sh"
        }
    }
}

/// What the kernel says about a process, from `/proc`.
public enum ProcessStatus {
    /// Resident memory in octets.
    public static func residentBytes(pid: Int32) throws -> Int { try bytes("VmRSS:", pid) }

    /// The most resident memory that there ever was, in octets.
    public static func peakResidentBytes(pid: Int32) throws -> Int { try bytes("VmHWM:", pid) }

    private static func bytes(_ key: String, _ pid: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        guard let kibibytes = line?.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { throw WireError.malformed("/proc/\(pid)/status") }
        return kibibytes * 1024
    }

    /// How many file descriptors the process holds.
    public static func openDescriptors(pid: Int32) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }
}
