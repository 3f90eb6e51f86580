import Foundation
import Testing

/// One rule on a source file.
///
/// It returns a complaint for each place that breaks it.
struct Rule: Sendable, CustomTestStringConvertible {
    let name: String
    /// A file that breaks the rule, so that a test can see it fire.
    let bad: (path: String, text: String)
    /// A file that looks alike and keeps the rule.
    let good: (path: String, text: String)
    let check: @Sendable (SourceFile) -> [String]

    var testDescription: String { name }
}

extension Rule {
    static let fileLinesMax = 400
    static let functionLinesMax = 70
    static let columnsMax = 100

    static let all: [Rule] = [
        fileLength, functionLength, lineLength, unsafeWords, notes, caseMapping, foreignImports,
        oldParser, pureModules,
    ]

    static let fileLength = Rule(
        name: "a file has at most 400 lines",
        bad: ("Sources/A/A.swift", String(repeating: "x\n", count: 400) + "x\n"),
        good: ("Sources/A/A.swift", String(repeating: "x\n", count: 400))
    ) { file in
        let count = file.lines.last == "" ? file.lines.count - 1 : file.lines.count
        guard count > fileLinesMax else { return [] }
        return ["\(file.path): \(count) lines; one type a file, or Type+Aspect.swift"]
    }

    static let functionLength = Rule(
        name: "a function has at most 70 lines",
        bad: ("Sources/A/A.swift", "func a() {\n" + String(repeating: "b()\n", count: 69) + "}\n"),
        good: ("Sources/A/A.swift", "func a() {\n" + String(repeating: "b()\n", count: 68) + "}\n")
    ) { file in
        Functions.lengths(file.code).filter { $0.length > functionLinesMax }.map {
            "\(file.path):\($0.line): \($0.length) lines; keep the switch here, move leaf work out"
        }
    }

    static let lineLength = Rule(
        name: "a line has at most 100 columns",
        bad: ("Tests/A/A.swift", String(repeating: "x", count: 101)),
        good: ("Tests/A/A.swift", String(repeating: "é", count: 100))
    ) { file in
        numbered(file.lines).filter { $0.text.count > columnsMax }.map {
            "\(file.path):\($0.line): \($0.text.count) columns; wrap it"
        }
    }

    static let unsafeWords = Rule(
        name: "what can trap or lie to the compiler has a proof above it",
        bad: ("Sources/A/A.swift", "final class A: @unchecked Sendable {\n}\n"),
        good: (
            "Sources/A/A.swift",
            "// Proof: only the owner's loop touches it.\nfinal class A: @unchecked Sendable {}\n"
                + "let text = \"try! as! fatalError(\"\n"
        )
    ) { file in
        let words = ["try!", "as!", "fatalError(", "@unchecked Sendable", "nonisolated(unsafe)"]
        return numbered(file.code).flatMap { line, text in
            words.filter { text.contains($0) && !hasProof(file, above: line) }.map {
                "\(file.path):\(line): \($0) without a comment that begins with Proof:"
            }
        }
    }

    static let notes = Rule(
        name: "no notes to self",
        bad: ("Sources/A/A.swift", "// TO" + "DO: later\n"),
        good: ("Sources/A/A.swift", "// Method tokens are compared as octets.\n")
    ) { file in
        let words = ["TO" + "DO", "FIX" + "ME"]
        return numbered(file.lines).filter { line in words.contains { line.text.contains($0) } }
            .map { "\(file.path):\($0.line): finish it, or describe the limit" }
    }

    static let caseMapping = Rule(
        name: "methods and fields are never mapped in case as strings",
        bad: ("Sources/MethodPolicy/A.swift", "let a = b.uppercased()\n"),
        good: ("Sources/PolicyFile/A.swift", "let a = b.uppercased()\n")
    ) { file in
        guard ["MethodPolicy", "Gateway", "HTTPMessage"].contains(file.module) else { return [] }
        return numbered(file.code)
            .filter { $0.text.contains(".uppercased()") || $0.text.contains(".lowercased()") }
            .map { "\(file.path):\($0.line): compare octets (RFC 9110 section 9.1)" }
    }

    static let foreignImports = Rule(
        name: "libcurl and Yams have one module that imports them, NIO has two",
        bad: ("Sources/methodwall/A.swift", "internal import NIOCore\n"),
        good: ("Sources/Gateway/A.swift", "public import NIOCore\n")
    ) { file in
        guard let module = file.module else { return [] }
        return imports(file).compactMap { line, name in
            let home =
                switch name {
                case "CCurl": "Curl"
                case "Yams": "PolicyFile"
                // The admin listener knows nothing of the gateway, but it is a server too.
                case _ where name.hasPrefix("NIO"): module == "Admin" ? "Admin" : "Gateway"
                default: module
                }
            return home == module ? nil : "\(file.path):\(line): import \(name) belongs in \(home)"
        }
    }

    static let oldParser = Rule(
        name: "the gateway parses HTTP itself",
        bad: ("Sources/Gateway/A.swift", "import NIOHTTP1\n"),
        good: ("Tests/HTTPMessageTests/A.swift", "import NIOHTTP1\n")
    ) { file in
        // What operators ask of the admin listener is judged by nobody.
        guard file.module != nil, file.module != "Admin" else { return [] }
        return imports(file).filter { $0.name == "NIOHTTP1" }
            .map { "\(file.path):\($0.line): NIOHTTP1 is the tests' oracle; use HTTPMessage" }
    }

    static let pureModules = Rule(
        name: "the pure modules import nothing but pure modules",
        bad: ("Sources/HTTPMessage/A.swift", "import Foundation\n"),
        good: ("Sources/PolicyFile/A.swift", "import Foundation\n")
    ) { file in
        guard ["MethodPolicy", "HTTPMessage", "Judgement"].contains(file.module) else { return [] }
        let pure = ["HTTPMessage", "MethodPolicy", "Synchronization"]
        return imports(file).filter { !pure.contains($0.name) }
            .map { "\(file.path):\($0.line): import \($0.name) in a module without I/O" }
    }

    private static func numbered(_ lines: [String]) -> [(line: Int, text: String)] {
        zip(1..., lines).map { (line: $0, text: $1) }
    }

    /// The modules that the file imports, with the lines that say so.
    private static func imports(_ file: SourceFile) -> [(line: Int, name: String)] {
        numbered(file.code).compactMap { line, text in
            let words = text.split(separator: " ")
            guard let index = words.firstIndex(of: "import"), index + 1 < words.count else {
                return nil
            }
            // `import struct Module.Name` names the module last.
            return words.last.map { (line, String($0.prefix { $0 != "." })) }
        }
    }

    /// Whether a comment with the word Proof: stands at the line or in the ten lines above.
    private static func hasProof(_ file: SourceFile, above line: Int) -> Bool {
        file.lines[max(0, line - 11)..<line].contains { $0.contains("Proof:") }
    }
}

/// Finds functions by their braces.
enum Functions {
    /// The first line and the number of lines of each `func`, `init` and `deinit` with a body.
    static func lengths(_ code: [String]) -> [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        // Functions whose end is still to come, with the depth outside of them.
        var open: [(line: Int, depth: Int)] = []
        var begun: Int?
        var depth = 0
        for (number, text) in zip(1..., code) {
            if begun == nil, declaresFunction(text) { begun = number }
            for character in text {
                if character == "{" {
                    if let line = begun { open.append((line, depth)) }
                    begun = nil
                    depth += 1
                } else if character == "}" {
                    depth -= 1
                    if let last = open.last, last.depth == depth {
                        found.append((last.line, number - last.line + 1))
                        open.removeLast()
                    }
                }
            }
        }
        return found
    }

    private static func declaresFunction(_ text: String) -> Bool {
        let words = text.split { $0 == " " || $0 == "(" || $0 == "<" || $0 == "?" }
        let modifiers: Set<Substring> = [
            "public", "private", "fileprivate", "internal", "package", "static", "final",
            "mutating",
            "consuming", "borrowing", "override", "required", "convenience", "nonisolated",
            "@inlinable", "@Test", "@concurrent", "class",
        ]
        let first = words.first { !modifiers.contains($0) && !$0.hasPrefix("@") }
        return first == "func" || first == "init" || first == "deinit"
    }
}
