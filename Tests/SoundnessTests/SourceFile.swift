import Foundation
import TestKit

/// A Swift file of the repository, by lines.
struct SourceFile {
    /// The path below the top of the repository.
    let path: String
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        lines = text.components(separatedBy: "\n")
    }

    /// The module under `Sources` that the file belongs to.
    var module: String? {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
    }

    /// Each line without comments and without the inside of string literals.
    var code: [String] {
        var state = CodeState.code
        return lines.map { CodeState.strip($0, &state) }
    }

    /// Every Swift file below `folders`.
    static func all(below folders: [String] = ["Sources", "Tests"]) throws -> [SourceFile] {
        let top = Programs.repository()
        var files: [SourceFile] = []
        for folder in folders {
            let names = FileManager.default.enumerator(atPath: "\(top)/\(folder)")
            while let name = names?.nextObject() as? String {
                guard name.hasSuffix(".swift"), !name.contains(".build/") else { continue }
                let path = "\(folder)/\(name)"
                let text = try String(contentsOfFile: "\(top)/\(path)", encoding: .utf8)
                files.append(SourceFile(path: path, text: text))
            }
        }
        return files.sorted { $0.path < $1.path }
    }
}

/// Where a scan stands between two lines: in code, in a block comment, in a long literal.
enum CodeState: Equatable {
    case code
    case comment(depth: Int)
    /// A literal of several lines, with the number signs of its delimiter.
    case text(signs: Int)

    /// The line without comments, and with literals emptied.
    static func strip(_ line: String, _ state: inout CodeState) -> String {
        var kept = ""
        var rest = Array(line)[...]
        while let first = rest.first {
            switch state {
            case .comment(let depth):
                if rest.starts(with: Array("*/")) {
                    state = depth == 1 ? .code : .comment(depth: depth - 1)
                    rest = rest.dropFirst(2)
                } else if rest.starts(with: Array("/*")) {
                    state = .comment(depth: depth + 1)
                    rest = rest.dropFirst(2)
                } else {
                    rest = rest.dropFirst()
                }
            case .text(let signs):
                let end = Array("\"\"\"" + String(repeating: "#", count: signs))
                let isEnd = rest.starts(with: end)
                if isEnd { state = .code }
                rest = rest.dropFirst(isEnd ? end.count : (first == "\\" ? 2 : 1))
            case .code:
                if rest.starts(with: Array("//")) { return kept }
                if rest.starts(with: Array("/*")) {
                    state = .comment(depth: 1)
                    rest = rest.dropFirst(2)
                } else if first == "\"" || first == "#" {
                    kept += skipLiteral(&rest, &state)
                } else {
                    kept.append(first)
                    rest = rest.dropFirst()
                }
            }
        }
        return kept
    }

    /// Skips a literal that begins here, and returns what stands for it.
    private static func skipLiteral(
        _ rest: inout ArraySlice<Character>,
        _ state: inout CodeState
    ) -> String {
        let signs = rest.prefix { $0 == "#" }.count
        let after = rest.dropFirst(signs)
        guard after.first == "\"" else {
            rest = after.isEmpty && signs == 0 ? rest.dropFirst() : after
            return String(repeating: "#", count: signs)
        }
        if after.starts(with: Array("\"\"\"")) {
            state = .text(signs: signs)
            rest = after.dropFirst(3)
            return "\"\""
        }
        let end = Array("\"" + String(repeating: "#", count: signs))
        var inside = after.dropFirst()
        while !inside.isEmpty, !inside.starts(with: end) {
            let isEscape = inside.first == "\\" && signs == 0
            inside = inside.dropFirst(isEscape ? 2 : 1)
        }
        rest = inside.dropFirst(end.count)
        return "\"\""
    }
}
