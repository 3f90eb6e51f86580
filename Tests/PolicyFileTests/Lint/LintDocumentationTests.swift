import Foundation
import PolicyFile
import Testing

@Suite("The page on findings")
struct LintDocumentationTests {
    private static let page = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Sources/methodwall/Documentation.docc/PolicyLanguage.md")

    @Test("the policy language's page has a row for each code, once, and for nothing else")
    func listsEveryCode() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let heading = try #require(text.range(of: "\n## Findings that are meant to be"))
        let section = text[heading.upperBound...]
        let end = section.range(of: "\n## ")?.lowerBound ?? section.endIndex
        let rows = section[..<end].split(separator: "\n").filter { $0.hasPrefix("| `") }
        let codes = rows.map { String($0.dropFirst(3).prefix { $0 != "`" }) }
        #expect(codes.sorted() == LintCode.allCases.map(\.rawValue).sorted())
        for row in rows {
            let cells = row.split(separator: "|")
            #expect(cells.count == 2 && cells[1].count > 10, "\(row)")
        }
    }
}
