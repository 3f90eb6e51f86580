import Foundation
import TestKit

/// The table of known ways round, as the documentation has it.
struct Catalogue {
    /// One way round.
    struct Row {
        let id: String
        /// The tests it names, as `Suite/function`.
        let tests: [String]
        /// Why there is none.
        let reason: String?
    }

    static let page = "Sources/methodwall/Documentation.docc/Bypasses.md"

    /// Every number that was given.
    static let identifiers: [String] = {
        let ranges: [(String, ClosedRange<Int>)] = [
            ("B", 1...6), ("B", 10...15), ("B", 20...36), ("B", 40...46), ("B", 50...57),
            ("B", 60...69), ("F", 1...10), ("L", 1...32), ("N", 1...9),
        ]
        return ranges.flatMap { letter, numbers in
            numbers.map { "\(letter)-" + ($0 < 10 ? "0" : "") + "\($0)" }
        }
    }()

    let rows: [Row]

    /// Reads the rows of every table in `text` whose first cell is a number.
    init(_ text: String) {
        rows = text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("| ") else { return nil }
            let cells = line.dropFirst(2).components(separatedBy: " | ")
            guard cells.count == 4, cells[0].wholeMatch(of: /[BFLN]-\d\d/) != nil else {
                return nil
            }
            let proof = cells[3].replacing(/\s*\|\s*$/, with: "")
            let tests = proof.matches(of: /`(\w+\/\w+)`/).map { String($0.1) }
            return Row(id: cells[0], tests: tests, reason: tests.isEmpty ? proof : nil)
        }
    }

    /// What is wrong with the table, given the tests that the sources have.
    func complaints(_ tests: [String: [String]]) -> [String] {
        var found: [String] = []
        let counts = Dictionary(grouping: rows, by: \.id).mapValues(\.count)
        for id in Self.identifiers where counts[id] != 1 {
            found.append("\(id) has \(counts[id] ?? 0) rows")
        }
        for row in rows {
            if !Self.identifiers.contains(row.id) { found.append("\(row.id) was never given") }
            for test in row.tests where tests[test] == nil {
                found.append("\(row.id): no test \(test)")
            }
            if let reason = row.reason, !reason.hasPrefix("does not apply: ") || reason.count < 30 {
                found.append("\(row.id): neither a test nor a reason")
            }
            // What a request or a file can do has a test that is called after it.
            let names = row.tests.flatMap { tests[$0] ?? [] }
            let isNamed = names.contains { $0.contains(row.id) }
            if "BF".contains(row.id.prefix(1)), row.reason == nil, !isNamed {
                found.append("\(row.id): none of its tests has the number in its name")
            }
        }
        return found
    }
}

/// Finds the tests of a source file.
enum TestFunctions {
    /// What stands between `@Test` and `func`, by `Suite/function`.
    static func find(_ file: SourceFile) -> [(name: String, attribute: String)] {
        var found: [(name: String, attribute: String)] = []
        var suite = ""
        var attribute: String?
        for line in file.lines {
            // Types stand at the left edge, tests are indented; most lines need no more than that.
            if let first = line.utf8.first, first != 0x20, first != 0x2F,
                let type = line.firstMatch(
                    of: /^(?:@Suite(?:\(.*\))? )?(?:final )?(?:struct|class|enum|extension) (\w+)/
                )
            {
                suite = String(type.1)
                attribute = nil
            }
            if line.hasPrefix("    @Test") { attribute = "" }
            guard let before = attribute else { continue }
            attribute = before + line
            guard let function = line.firstMatch(of: /\bfunc (\w+)/) else { continue }
            found.append((name: "\(suite)/\(function.1)", attribute: before + line))
            attribute = nil
        }
        return found
    }
}
