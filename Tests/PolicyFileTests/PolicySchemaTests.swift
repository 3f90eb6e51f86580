import Foundation
import Testing

@testable import PolicyFile

/// The schema that editors use agrees with the code that reads.
@Suite struct PolicySchemaTests {
    private static let folder = ShippedPoliciesTests.folder

    @Test("the shipped schema is the one the code generates")
    func isUpToDate() throws {
        let shipped = try String(
            contentsOfFile: Self.folder + "/methodwall.schema.json",
            encoding: .utf8
        )
        #expect(
            shipped == PolicySchema.json(),
            "run: methodwall schema > policies/methodwall.schema.json"
        )
    }

    @Test("the schema is JSON of the draft that it names, and knows every key")
    func isWellFormed() throws {
        for text in [PolicySchema.json(), PolicySchema.configurationJSON()] {
            let parsed = try JSONSerialization.jsonObject(with: Data(text.utf8))
            let schema = try #require(parsed as? [String: Any])
            #expect(schema["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
            #expect(schema["additionalProperties"] as? Bool == false)
        }
        let schema = SchemaChecker(PolicySchema.json())
        #expect(
            schema.properties == [
                "methodwall", "policy", "hosts", "upstream", "mode", "unlisted", "methods", "cors",
                "case", "trailing_slash", "paths", "override", "tolerate", "silence", "tests",
            ]
        )
    }

    @Test("every shipped policy follows the schema")
    func acceptsShippedPolicies() throws {
        let schema = SchemaChecker(PolicySchema.json())
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        let policies = names.filter { $0.hasSuffix(".yaml") }
        #expect(policies.count == 5)
        for name in policies {
            let text = try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
            #expect(try schema.faults(in: text) == [], "\(name)")
        }
    }

    @Test(
        "what the reader refuses for its form, the schema refuses as well",
        arguments: [
            "policy: a b", "hosts: []", "unlisted: maybe", "mode: off", "tests: []", "path: {}",
            "methods: [\"(a)\"]", "cors: { headers: [A] }",
            "cors: { origins: a, credentials: yes }",
            "cors: { origins: a, max_age: 10 }", "cors: on", "case: upper", "methodwall: 2",
            "paths: { a: GET }", "paths: { /a: { options: local } }", "paths: {}",
            "paths: { /a: \"GET, POST\" }", "paths: { /a: { allow: GET, only: x } }",
            "paths: { /a: { allow: GET, reason: [a] } }", "tests: GET /a -> forward",
            "tests: [GET /a]", "tests: [GET a -> forward]", "override: off",
            "override: { mode: no }", "override: { fields: [] }", "override: [judge]",
            "override: {}", "tolerate: [dots]", "tolerate: []", "silence: [A B]",
            "only: { GET: { clients: 10.0.0.1 } }",
            "paths: { /a: { allow: GET, override: { mode: judge } } }",
            "paths: { /a: { allow: GET, tolerate: semicolon } }",
            "paths: { /a: { allow: GET, tests: [GET /a -> forward] } }",
            "paths: { /a: { allow: GET, only: {} } }",
            "paths: { /a: { allow: GET, only: { GET: 10.0.0.1 } } }",
            "paths: { /a: { allow: GET, only: { GET: {} } } }",
            "paths: { /a: { allow: GET, only: { \"(GET)\": { clients: 10.0.0.1 } } } }",
            "paths: { /a: { allow: GET, only: { GET: { certificates: CN=a } } } }",
        ]
    )
    func refusesWhatTheReaderRefuses(_ line: String) throws {
        var lines = ["methodwall: 1", "paths: { /a: GET }"]
        lines.removeAll { $0.prefix { $0 != ":" } == line.prefix { $0 != ":" } }
        let text = (lines + [line]).joined(separator: "\n")
        #expect(try !diagnostics(of: text).isEmpty)
        #expect(try !SchemaChecker(PolicySchema.json()).faults(in: text).isEmpty)
    }
}

/// As much of JSON Schema as the generated schemas use.
struct SchemaChecker {
    private let root: [String: Any]

    init(_ text: String) {
        let parsed = try? JSONSerialization.jsonObject(with: Data(text.utf8))
        root = parsed as? [String: Any] ?? [:]
    }

    var properties: Set<String> {
        Set((root["properties"] as? [String: Any] ?? [:]).keys)
    }

    /// What is wrong with a YAML text, in any words.
    func faults(in text: String) throws -> [String] {
        let checked = SourceText.checked(file: "test.yaml", bytes: Array(text.utf8))
        var reader = YAMLReader(checked.source)
        guard let node = reader.read() else { return reader.diagnostics.map(\.message) }
        return faults(node, root, "")
    }

    private func faults(_ node: YAMLNode, _ schema: [String: Any], _ path: String) -> [String] {
        var found: [String] = []
        for (keyword, value) in schema {
            switch (keyword, value) {
            case ("$ref", let name as String):
                let definitions = root["$defs"] as? [String: [String: Any]] ?? [:]
                let key = name.split(separator: "/").last.map(String.init) ?? ""
                guard let definition = definitions[key] else { return ["\(path): no \(name)"] }
                found += faults(node, definition, path)
            case ("anyOf", let choices as [[String: Any]]):
                if choices.allSatisfy({ !faults(node, $0, path).isEmpty }) {
                    found.append("\(path): fits no choice")
                }
            case ("type", let type as String):
                if !isOf(type, node) { found.append("\(path): not \(type)") }
            case ("enum", let words as [String]):
                if !words.contains(text(node) ?? "") { found.append("\(path): not in \(words)") }
            case ("const", let number as Int):
                if text(node) != String(number) { found.append("\(path): not \(number)") }
            case ("minimum", let least as Int):
                if let number = text(node).flatMap({ Int($0) }), number < least {
                    found.append("\(path): below \(least)")
                }
            case ("pattern", let pattern as String):
                if let text = text(node), !matches(text, pattern) {
                    found.append("\(path): not like \(pattern)")
                }
            default: found += containerFaults(node, schema, keyword, path)
            }
        }
        return found
    }

    private func containerFaults(
        _ node: YAMLNode,
        _ schema: [String: Any],
        _ keyword: String,
        _ path: String
    ) -> [String] {
        switch (keyword, node.content) {
        case ("items", .list(let elements)):
            guard let items = schema["items"] as? [String: Any] else { return ["\(path): items"] }
            return elements.flatMap { faults($0, items, path + "[]") }
        case ("minItems", .list(let elements)): return elements.isEmpty ? ["\(path): empty"] : []
        case ("minProperties", .mapping(let entries)):
            return entries.isEmpty ? ["\(path): empty"] : []
        case ("required", .mapping(let entries)):
            let required = schema["required"] as? [String] ?? []
            let missing = Set(required).subtracting(entries.map(\.key))
            return missing.map { "\(path): no \($0)" }
        case ("propertyNames", .mapping(let entries)):
            let names = schema["propertyNames"] as? [String: String] ?? [:]
            return entries.filter { !matches($0.key, names["pattern"] ?? "") }.map {
                "\(path): \($0.key)"
            }
        case ("additionalProperties", .mapping(let entries)):
            let known = schema["properties"] as? [String: [String: Any]] ?? [:]
            return entries.flatMap { entry -> [String] in
                let name = "\(path).\(entry.key)"
                if let property = known[entry.key] { return faults(entry.value, property, name) }
                if let others = schema["additionalProperties"] as? [String: Any] {
                    return faults(entry.value, others, name)
                }
                return ["\(name): unknown"]
            }
        default: return []
        }
    }

    private func text(_ node: YAMLNode) -> String? {
        guard case .text(let text) = node.content else { return nil }
        return text
    }

    private func isOf(_ type: String, _ node: YAMLNode) -> Bool {
        switch (type, node.content) {
        case ("object", .mapping), ("array", .list): true
        case ("string", .text): !node.isMissing
        case ("boolean", .text(let text)): text == "true" || text == "false"
        case ("integer", .text(let text)): Int(text) != nil
        default: false
        }
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        text.range(of: pattern, options: .regularExpression) != nil
    }
}
