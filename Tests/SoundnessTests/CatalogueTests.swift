import Foundation
import TestKit
import Testing

@Suite("The catalogue of known ways round")
struct CatalogueTests {
    private static let row = "| B-01 | an attack | a defence | `ATests/refuses` |\n"

    @Test("Each number has one row, each row a test that exists or a reason")
    func isTrue() throws {
        let text = try String(
            contentsOfFile: "\(Programs.repository())/\(Catalogue.page)",
            encoding: .utf8
        )
        var tests: [String: [String]] = [:]
        for file in try SourceFile.all(below: ["Tests"]) {
            for test in TestFunctions.find(file) {
                tests[test.name, default: []].append(test.attribute)
            }
        }
        #expect(tests.count > 500)
        let complaints = Catalogue(text).complaints(tests)
        #expect(complaints.isEmpty, "\(complaints.joined(separator: "\n"))")
    }

    @Test("The page on threats leads to it")
    func isLinked() throws {
        let folder = "\(Programs.repository())/Sources/methodwall/Documentation.docc"
        for page in ["ThreatModel.md", "methodwall.md"] {
            let text = try String(contentsOfFile: "\(folder)/\(page)", encoding: .utf8)
            #expect(text.contains("<doc:Bypasses>"), "\(page)")
        }
    }

    @Test("There are 105 numbers")
    func countsIdentifiers() {
        #expect(Catalogue.identifiers.count == 105)
        #expect(Set(Catalogue.identifiers).count == 105)
    }

    @Test(
        "A wrong row is found",
        arguments: [
            ("", "B-01 has 0 rows"), (row + row, "B-01 has 2 rows"),
            ("| B-07 | a | b | `ATests/refuses` |", "B-07 was never given"),
            ("| B-01 | a | b | `ATests/gone` |", "B-01: no test ATests/gone"),
            ("| B-01 | a | b | |", "B-01: neither a test nor a reason"),
            ("| L-01 | a | b | soon |", "L-01: neither a test nor a reason"),
            ("| F-01 | a | b | `ATests/refuses` |", "F-01: none of its tests has the number"),
        ]
    )
    func complains(text: String, complaint: String) {
        let tests = ["ATests/refuses": ["@Test(\"B-01: refuses\")"]]
        let found = Catalogue(text).complaints(tests)
        #expect(found.contains { $0.hasPrefix(complaint) }, "\(found.prefix(3))")
    }

    @Test("A right row is not complained of")
    func accepts() {
        let tests = ["ATests/refuses": ["@Test(\"B-01: refuses\")"]]
        let text = Self.row + "| L-27 | a | b | does not apply: origins speak HTTP/1.1 alone |\n"
        let found = Catalogue(text).complaints(tests)
        #expect(!found.contains { $0.hasPrefix("B-01") || $0.hasPrefix("L-27") }, "\(found)")
    }

    @Test("Tests are found with what they are called")
    func findsTests() {
        let file = SourceFile(
            path: "Tests/A/A.swift",
            text: """
                @Suite("A")
                struct ATests {
                    @Test("B-01: one") func one() {}
                    @Test(
                        "B-02: two",
                        arguments: [1]
                    )
                    func two(_ number: Int) {}
                    private func none() {}
                }
                @Suite struct BTests {
                    @Test func three() {}
                }
                """
        )
        let found = TestFunctions.find(file)
        #expect(found.map(\.name) == ["ATests/one", "ATests/two", "BTests/three"])
        #expect(found.first.map { $0.attribute.contains("B-01") } == true)
        #expect(found.dropFirst().first.map { $0.attribute.contains("B-02") } == true)
    }
}
