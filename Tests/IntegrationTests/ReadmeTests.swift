import Foundation
import TestKit
import Testing

/// Runs every curl line of README.md against the demo and compares what README prints.
///
/// README marks what it promises so that it can be checked: a `console` block whose lines begin
/// with `$ curl`, each followed by what it prints. A line of three dots stands for any lines.
@Suite("README", .blocking)
struct ReadmeTests {
    private struct Example {
        let command: String
        var printed: [String]
    }

    private static func examples() throws -> [Example] {
        let path = Programs.repository() + "/README.md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        var examples: [Example] = []
        var isInside = false
        for line in text.components(separatedBy: "\n") {
            if line.hasPrefix("```") {
                isInside = line == "```console"
            } else if isInside, line.hasPrefix("$ ") {
                examples.append(Example(command: String(line.dropFirst(2)), printed: []))
            } else if isInside, !examples.isEmpty {
                examples[examples.count - 1].printed.append(line)
            }
        }
        return examples.filter { $0.command.hasPrefix("curl ") }
    }

    @Test("Every curl line prints what README says")
    func printsWhatItSays() throws {
        let demo = try RunningDemo()
        let examples = try Self.examples()
        #expect(examples.count >= 6)
        for example in examples {
            let command = example.command
                .replacingOccurrences(of: "127.0.0.1:8405", with: "127.0.0.1:\(demo.port)")
            let result = try ChildProcess.run("/bin/sh", ["-c", command + " --noproxy '*'"])
            #expect(result.status == 0, "\(command): \(result.error)")
            let seen = result.output.replacingOccurrences(of: "\r", with: "")
                .components(separatedBy: "\n")
            let expected = example.printed.drop { $0.isEmpty }
            #expect(
                Self.matches(Self.trimmed(seen), Self.trimmed(Array(expected))),
                """
                \(command)
                README says:
                \(expected.joined(separator: "\n"))
                printed:
                \(result.output)
                """
            )
        }
    }

    @Test("README shows each kind of answer")
    func showsEachKind() throws {
        let printed = try Self.examples().flatMap(\.printed).joined(separator: "\n")
        for status in ["200", "204", "404", "405", "501"] {
            #expect(printed.contains(status), "\(status)")
        }
        #expect(printed.contains("Allow: GET, HEAD, POST, OPTIONS"))
        #expect(printed.contains("Access-Control-Allow-Methods: "))
    }

    @Test("nginx answers as README's comparison says")
    func nginxAnswersAsCompared() throws {
        let origin = try RawOrigin { connection in
            while try connection.readRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            }
        }
        let port = try freePort()
        let server = try Self.block("nginx")
            .replacingOccurrences(of: "listen 8080", with: "listen 127.0.0.1:\(port)")
            .replacingOccurrences(of: "127.0.0.1:9000", with: "127.0.0.1:\(origin.port)")
        let nginx = try RealOrigin.startNginx(port: port, server: server)
        defer { nginx.process.stop() }
        let client = { try RawClient(port: port) }
        for line in ["DELETE /users", "BREW /users", "OPTIONS /users"] {
            let parts = line.split(separator: " ").map(String.init)
            let response = try client().exchange(request(parts[0], parts[1]))
            #expect(response.status == 403, "\(line)")
            #expect(response["Allow"] == nil, "\(line)")
        }
        #expect(try client().exchange(request("PUT", "/users/7")).status == 200)
        #expect(try client().exchange(request("GET", "/nowhere")).status == 404)
        let big = try client()
        try big.send(request("POST", "/assets/x", ["Content-Length: 2000000"]))
        #expect(try big.readResponse().status == 413)
    }

    @Test("The ten lines of policy are ten lines, and valid")
    func policyIsValid() throws {
        let policy = try Self.block("yaml")
        #expect(policy.split(separator: "\n").count == 10)
        let folder = try TemporaryFolder()
        let file = try folder.write(policy, to: "demo.yaml")
        let result = try ChildProcess.run(try Programs.methodwall(), ["check", file])
        #expect(result.status == 0, "\(result.output)\(result.error)")
    }

    /// The first block of README in that language.
    private static func block(_ language: String) throws -> String {
        let path = Programs.repository() + "/README.md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let parts = text.components(separatedBy: "```\(language)\n")
        let body = try #require(parts.dropFirst().first)
        return try #require(body.components(separatedBy: "```").first)
    }

    @Test("The comparison notices a difference")
    func noticesDifferences() {
        #expect(Self.matches(["a", "b", "c"][...], ["a", "...", "c"][...]))
        #expect(Self.matches(["a"][...], ["a", "..."][...]))
        #expect(!Self.matches(["a", "b"][...], ["a", "c"][...]))
        #expect(!Self.matches(["a", "b"][...], ["a"][...]))
        #expect(!Self.matches(["a"][...], ["a", "b"][...]))
    }

    private static func trimmed(_ lines: [String]) -> ArraySlice<String> {
        let end = lines.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
        return lines[..<end]
    }

    /// Compares line by line; `...` in `expected` stands for any lines.
    private static func matches(_ seen: ArraySlice<String>, _ expected: ArraySlice<String>) -> Bool
    {
        guard let first = expected.first else { return seen.isEmpty }
        if first == "..." {
            let rest = expected.dropFirst()
            return (seen.startIndex...seen.endIndex).contains { matches(seen[$0...], rest) }
        }
        return seen.first == first && matches(seen.dropFirst(), expected.dropFirst())
    }
}
