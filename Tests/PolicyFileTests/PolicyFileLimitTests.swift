import Foundation
import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// Files that try to cost more than they are worth (F-02).
@Suite struct PolicyFileLimitTests {
    @Test("F-02: ten thousand tests run, and one more is an error at its place")
    func boundsTests() throws {
        let tests = (0..<10_000).map { "- GET /a/\($0) -> forward\n" }.joined()
        let text = "methodwall: 1\npaths: { \"/a/{n}\": GET }\ntests:\n" + tests
        let clock = ContinuousClock()
        let start = clock.now
        let load = try PolicyFixture(text).loadAll()
        #expect(load.isValid, "\(load.report())")
        #expect(load.tests.count == 10_000)
        let more = try PolicyFixture(text + "- GET /a/x -> forward\n").load()
        #expect(more.map(\.code) == ["too-many-tests"])
        #expect(more.map(\.location.line) == [10_004])
        #expect(clock.now - start < .seconds(60))
    }

    @Test("F-02: ten thousand failing tests are reported by two hundred lines")
    func boundsFailures() throws {
        let tests = (0..<10_000).map { "- PUT /a/\($0) -> forward\n" }.joined()
        let load = try PolicyFixture(
            "methodwall: 1\npaths: { \"/a/{n}\": GET }\ntests:\n" + tests
        ).loadAll()
        #expect(load.diagnostics.count == 201)
        #expect(load.diagnostics.last?.code == "too-many-diagnostics")
        #expect(load.tests.count { !$0.passed } == 10_000)
    }

    @Test("F-02: `only` that nests without end, or names everybody, is an error in bounded time")
    func boundsRestrictions() throws {
        let deep =
            String(repeating: "{ GET: ", count: 40) + "x" + String(repeating: " }", count: 40)
        let nested = try diagnostics(
            of: "methodwall: 1\npaths:\n  /a: { allow: GET, only: \(deep) }\n"
        )
        #expect(nested.contains { $0.code == "yaml-too-deep" })
        func address(_ number: Int) -> String { "10.0.\(number / 250).\(number % 250)" }
        func rule(_ number: Int, _ clients: String) -> String {
            "  /\(number): { allow: GET, only: { GET: { clients: [\(clients)] } } }\n"
        }
        let rules = (0..<2_000).map { rule($0, address($0)) }.joined()
        let many = try diagnostics(of: "methodwall: 1\npaths:\n" + rules)
        #expect(many.map(\.code) == ["too-many-client-sets"])
        let clients = (0..<20_000).map(address).joined(separator: ", ")
        #expect(try diagnostics(of: "methodwall: 1\npaths:\n" + rule(0, clients)) == [])
    }

    @Test("F-02: huge words are quoted in part")
    func boundsMessages() throws {
        let huge = String(repeating: "x", count: 200_000)
        let lines = [
            "mode: \(huge)", "override: \(huge)", "tolerate: [\(huge)]", "silence: \"\(huge)!\"",
            "tests: [\(huge)]", "override: { fields: [\(huge)] }",
            "override: { parameters: [\(huge)] }",
            "paths: { /a: { allow: GET, only: { \(huge): { clients: 10.0.0.1 } } } }",
            "paths: { /a: { allow: GET, only: { GET: { clients: \(huge) } } } }",
            "paths: { /a: { allow: GET, only: { GET: { certificates: \(huge) } } } }",
        ]
        for line in lines {
            let paths = line.hasPrefix("paths") ? "" : "paths: { /a: GET }\n"
            let found = try diagnostics(of: "methodwall: 1\n\(line)\n\(paths)")
            #expect(!found.isEmpty)
            for diagnostic in found {
                #expect(diagnostic.message.utf8.count < 400, "\(line.prefix(40))")
                #expect((diagnostic.hint ?? "").utf8.count < 600, "\(line.prefix(40))")
            }
        }
    }
}
