import Foundation
import TestKit
import Testing

@Suite("Soundness")
struct SoundnessTests {
    @Test("The repository keeps the rule", arguments: Rule.all)
    func holds(_ rule: Rule) throws {
        let files = try SourceFile.all()
        #expect(files.count > 20)
        let complaints = files.flatMap(rule.check)
        #expect(complaints.isEmpty, "\(complaints.joined(separator: "\n"))")
    }

    @Test("The rule fires on a bad sample and not on a good one", arguments: Rule.all)
    func fires(_ rule: Rule) {
        #expect(!rule.check(SourceFile(path: rule.bad.path, text: rule.bad.text)).isEmpty)
        let complaints = rule.check(SourceFile(path: rule.good.path, text: rule.good.text))
        #expect(complaints.isEmpty, "\(complaints)")
    }

    @Test("Each dangerous word is found alone", arguments: ["try!", "as!", "fatalError("])
    func findsEachWord(_ word: String) {
        let file = SourceFile(path: "Sources/A/A.swift", text: "let a = b \(word) c\n")
        #expect(Rule.unsafeWords.check(file).count == 1)
    }

    @Test(
        "Imports are found however they are written",
        arguments: ["import CCurl", "public import CCurl", "@_spi(A) import struct CCurl.CURL"]
    )
    func findsImports(_ line: String) {
        let file = SourceFile(path: "Sources/Gateway/A.swift", text: "\(line)\n")
        #expect(Rule.foreignImports.check(file).count == 1)
    }

    @Test("Comments and literals are not code")
    func stripsCommentsAndLiterals() {
        let text = #"""
            a /* { /* { */ */ b // {
            let c = "{ \" {" + #"{ " {"# + d
            let e = """
                { } "
                """
            f
            """#
        let code = SourceFile(path: "A.swift", text: text).code
        #expect(code[0] == "a  b ")
        #expect(code[1] == "let c = \"\" + \"\" + d")
        #expect(!code.joined().contains("{"))
        #expect(code[5] == "f")
    }

    @Test("Nested functions and one-line functions are measured")
    func measuresFunctions() {
        let code = ["func a() {", "  func b() { c() }", "  d { e }", "}", "init?(x: Int) { }"]
        let lengths = Functions.lengths(code).sorted { $0.line < $1.line }
        #expect(lengths.map(\.line) == [1, 2, 5])
        #expect(lengths.map(\.length) == [4, 1, 1])
    }
}

@Suite("Project pages")
struct ProjectPageTests {
    static let catalog = "Sources/methodwall/Documentation.docc"
    static let decisions = "\(catalog)/Decisions"

    private func read(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Programs.repository())/\(path)", encoding: .utf8)
    }

    @Test("Decision records are numbered without a gap, and each says what it must")
    func numbersDecisions() throws {
        let folder = "\(Programs.repository())/\(Self.decisions)"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(Self.gap(in: names) == nil)
        #expect(names.count >= 6)
        for name in names {
            let text = try read("\(Self.decisions)/\(name)")
            for heading in ["## Context", "## Decision", "## Consequences", "## Rejected"] {
                #expect(text.contains(heading), "\(name) lacks \(heading)")
            }
        }
    }

    @Test("A gap in the numbers is found")
    func findsGaps() {
        #expect(Self.gap(in: ["0001-a.md", "0003-b.md"]) == 2)
        #expect(Self.gap(in: ["0001-a.md", "0001-b.md"]) == 2)
        #expect(Self.gap(in: ["a.md"]) == 1)
        #expect(Self.gap(in: ["0001-a.md", "0002-b.md"]) == nil)
    }

    private static func gap(in names: [String]) -> Int? {
        zip(1..., names).first { number, name in Int(name.prefix(4)) != number }?.0
    }

    @Test("Each page of the documentation is listed, and what pages refer to is there")
    func listsPages() throws {
        let files = try FileManager.default.subpathsOfDirectory(
            atPath: "\(Programs.repository())/\(Self.catalog)"
        )
        let pages = files.filter { $0.hasSuffix(".md") }
        let names = Set(
            pages.map { page in
                URL(fileURLWithPath: page).deletingPathExtension().lastPathComponent
            }
        )
        let root = "methodwall"
        let listed = Self.references(in: try read("\(Self.catalog)/\(root).md"))
        #expect(names.subtracting(listed) == [root])
        for page in pages {
            let dead = Self.references(in: try read("\(Self.catalog)/\(page)")).subtracting(names)
            #expect(dead.isEmpty, "\(page): \(dead)")
        }
    }

    /// The names of pages in `<doc:name>`.
    private static func references(in text: String) -> Set<String> {
        Set(text.matches(of: /<doc:([^>]+)>/).map { String($0.1) })
    }

    @Test("CHANGELOG has an Unreleased section")
    func keepsChangelog() throws {
        #expect(try read("CHANGELOG.md").contains("\n## [Unreleased]\n"))
    }

    @Test(
        "The pages do not link to files that are not there",
        arguments: ["README.md", "CHANGELOG.md", "policies/README.md"]
    )
    func linksExist(_ page: String) throws {
        let folder = URL(fileURLWithPath: Programs.repository()).appendingPathComponent(page)
            .deletingLastPathComponent()
        let dead = Self.links(in: try read(page)).filter {
            !FileManager.default.fileExists(atPath: folder.appendingPathComponent($0).path)
        }
        #expect(dead.isEmpty, "\(dead)")
    }

    @Test("Links are found")
    func findsLinks() {
        let text = "[a](b.md) [c](https://d.test) [e](#f) [g](h/i.yaml#j)"
        #expect(Self.links(in: text) == ["b.md", "h/i.yaml"])
    }

    /// The targets of links to files, without fragments.
    private static func links(in text: String) -> [String] {
        text.components(separatedBy: "](").dropFirst().compactMap { rest in
            let target = rest.prefix { $0 != ")" }.prefix { $0 != "#" }
            return target.isEmpty || target.contains("://") ? nil : String(target)
        }
    }
}
