import Foundation
import TestKit
import Testing

/// A running `methodwall demo`.
final class RunningDemo: Sendable {
    let process: ChildProcess
    let port: Int

    init() throws {
        process = try ChildProcess(
            try Programs.methodwall(),
            ["demo", "--listen", "127.0.0.1:0"]
        )
        port = try RunningGateway.port(of: process)
    }
}

@Suite("The demo and the shipped policies", .blocking)
struct DemoTests {
    private struct Row {
        let method: String
        let target: String
        let status: Int
        var allow: String?
    }

    private static let rows: [Row] = [
        .init(method: "GET", target: "/status", status: 200),
        .init(method: "HEAD", target: "/status", status: 200),
        .init(method: "GET", target: "/users", status: 200),
        .init(method: "GET", target: "/users/7", status: 200),
        .init(method: "GET", target: "/assets/app.css", status: 200),
        .init(method: "DELETE", target: "/users", status: 405, allow: "GET, HEAD, POST, OPTIONS"),
        .init(
            method: "POST",
            target: "/users/7",
            status: 405,
            allow: "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
        ),
        .init(method: "DELETE", target: "/orders/1", status: 405, allow: "GET, HEAD, OPTIONS"),
        .init(method: "BREW", target: "/users", status: 501),
        .init(method: "GET", target: "/nowhere", status: 404),
        .init(method: "OPTIONS", target: "/users", status: 204, allow: "GET, HEAD, POST, OPTIONS"),
    ]

    @Test("serves its policy")
    func servesItsPolicy() throws {
        let demo = try RunningDemo()
        let client = try RawClient(port: demo.port)
        for row in Self.rows {
            let response = try client.exchange(request(row.method, row.target))
            #expect(response.status == row.status, "\(row.method) \(row.target)")
            #expect(response["Allow"] == row.allow, "\(row.method) \(row.target)")
        }
        let preflight = try client.exchange(
            request(
                "OPTIONS",
                "/users/7",
                ["Origin: https://app.example.com", "Access-Control-Request-Method: PUT"]
            )
        )
        #expect(preflight.status == 204)
        #expect(preflight["Access-Control-Allow-Origin"] == "https://app.example.com")
        #expect(preflight.members("Access-Control-Allow-Methods").contains("PUT"))
    }

    @Test("prints the curl lines to try, and stops on SIGTERM")
    func printsCurlLines() throws {
        let demo = try RunningDemo()
        let hasLines = eventually {
            let text =
                demo.process.text(.standardOutput) + demo.process.text(.standardError)
            return text.contains("curl ") && text.contains(":\(demo.port)/users")
        }
        #expect(hasLines)
        demo.process.signal(SIGTERM)
        #expect(try demo.process.wait() == 0)
    }

    @Test("Every shipped policy passes check and runs")
    func shippedPoliciesAreValid() throws {
        let folder = Programs.repository() + "/policies"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".yaml") }
        #expect(files.count >= 5)
        for file in files {
            let result = try ChildProcess.run(
                try Programs.methodwall(),
                ["check", "\(folder)/\(file)"]
            )
            #expect(result.status == 0, "\(file): \(result.output)\(result.error)")
        }
    }

    @Test("The sample configuration in deploy/ is accepted")
    func sampleConfigurationIsValid() throws {
        let folder = try TemporaryFolder()
        let sample = Programs.repository() + "/deploy/methodwall.yaml"
        var text = try String(contentsOfFile: sample, encoding: .utf8)
        text = text.replacingOccurrences(of: "0.0.0.0:8080", with: "127.0.0.1:0")
        text = text.replacingOccurrences(
            of: "/etc/methodwall/policies",
            with: folder.path("policies")
        )
        try folder.write(Policies.shop, to: "policies/shop.yaml")
        let file = try folder.write(text, to: "methodwall.yaml")
        let process = try ChildProcess(
            try Programs.methodwall(),
            ["run", "--config", file],
            folder: folder.path
        )
        let client = try RawClient(port: try RunningGateway.port(of: process))
        #expect(try client.exchange(request("DELETE", "/status")).status == 405)
    }
}
