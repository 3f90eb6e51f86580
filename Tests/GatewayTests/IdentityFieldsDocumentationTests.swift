import Foundation
import Testing

@testable import Gateway

@Suite("The page on identity fields")
struct IdentityFieldsDocumentationTests {
    private static let page = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/methodwall/Documentation.docc/ThreatModel.md")

    @Test("The threat model lists the default fields, all of them and no other")
    func listsDefaults() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let heading = try #require(text.range(of: "\n## Identity fields"))
        let section = text[heading.upperBound...]
        let fence = try #require(section.range(of: "```text\n"))
        let list = section[fence.upperBound...]
        let end = try #require(list.range(of: "```")).lowerBound
        let names = list[..<end].split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(names.sorted() == IdentityFields.standard.sorted())
    }
}
