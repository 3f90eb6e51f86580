import Foundation
import MethodPolicy
import Testing

@testable import PolicyFile

/// The policies that come with the product say what their comments say.
@Suite struct ShippedPoliciesTests {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("policies").path

    private static func load(_ name: String) throws -> PolicySnapshot {
        // A clone may be writable by a group, which says nothing about an installation.
        let options = LoadOptions(
            defaultUpstream: "http://127.0.0.1:9000",
            insecurePermissions: true
        )
        let load = PolicyLoader(path: "\(folder)/\(name)", options: options).load()
        guard let snapshot = load.snapshot, load.diagnostics.isEmpty else {
            throw UnexpectedDiagnostics(report: load.report())
        }
        return snapshot
    }

    private static var names: [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
        return (names ?? []).filter { $0.hasSuffix(".yaml") }.sorted()
    }

    @Test("there are five, and they load together")
    func loadTogether() throws {
        #expect(
            Self.names == [
                "demo.yaml", "php-site.yaml", "read-only.yaml", "rest-api.yaml", "webdav.yaml",
            ]
        )
        #expect(try Self.load("").policies.count == 5)
    }

    @Test("each names its schema for editors", arguments: names)
    func namesItsSchema(_ name: String) throws {
        let text = try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
        #expect(text.hasPrefix("# yaml-language-server: $schema=methodwall.schema.json\n"))
    }

    @Test("each policy on the language's page is one")
    func loadsDocumentedPolicies() throws {
        let page = try String(contentsOfFile: Self.folder + "/README.md", encoding: .utf8)
        let blocks = page.components(separatedBy: "```yaml\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        #expect(blocks.count >= 3)
        for block in blocks {
            #expect(try diagnostics(of: block) == [], "\(block)")
        }
    }

    @Test("the language's page names every key")
    func documentsEveryKey() throws {
        let page = try String(contentsOfFile: Self.folder + "/README.md", encoding: .utf8)
        let tables = [
            PolicyKeys.file.keys.map(\.description), PolicyKeys.rule.keys.map(\.description),
            PolicyKeys.cors.keys.map(\.description),
        ]
        for key in tables.joined() {
            let row = key.isUsable ? "| `\(key.name)` |" : "`\(key.name)`"
            #expect(page.contains(row), "\(key.name)")
        }
        let inner = PolicyKeys.clients.usableNames + PolicyKeys.override.usableNames
        for name in inner { #expect(page.contains(name), "\(name)") }
    }

    @Test(
        "demo.yaml decides as it says",
        arguments: [
            ("GET", "/status", "forward"), ("HEAD", "/status", "forward"),
            ("POST", "/status", "405 GET, HEAD, OPTIONS"), ("POST", "/users", "forward"),
            ("DELETE", "/users", "405 GET, HEAD, POST, OPTIONS"),
            ("PATCH", "/users/7", "forward"), ("GET", "/users/me", "404"),
            ("GET", "/assets", "forward"), ("GET", "/assets/css/a.css", "forward"),
            ("PUT", "/assets/a.css", "405 GET, HEAD, OPTIONS"),
            ("DELETE", "/orders/12", "405 GET, HEAD, OPTIONS"), ("GET", "/nothing", "404"),
            ("BREW", "/users", "501"), ("TRACE", "/users", "405 GET, HEAD, POST, OPTIONS"),
            ("OPTIONS", "/users", "options GET, HEAD, POST, OPTIONS"),
        ]
    )
    func decidesDemo(_ method: String, _ path: String, _ expected: String) throws {
        #expect(decision(try Self.load("demo.yaml"), method, path) == expected)
    }

    @Test("demo.yaml answers preflights")
    func answersPreflights() throws {
        let snapshot = try Self.load("demo.yaml")
        #expect(
            decision(snapshot, "OPTIONS", "/users/7", isPreflight: true)
                == "preflight /users/{id:int}"
        )
    }

    @Test(
        "read-only.yaml lets nothing change",
        arguments: [
            ("GET", "/", "forward"), ("GET", "/a/b", "forward"), ("POST", "/search", "forward"),
            ("QUERY", "/search", "forward"), ("POST", "/a", "405 GET, HEAD, OPTIONS"),
            ("DELETE", "/search", "405 GET, HEAD, POST, OPTIONS, QUERY"),
            ("GET", "/internal/x", "405 OPTIONS"), ("GET", "/internal", "405 OPTIONS"),
        ]
    )
    func decidesReadOnly(_ method: String, _ path: String, _ expected: String) throws {
        let snapshot = try Self.load("read-only.yaml")
        #expect(decision(snapshot, method, path, host: "archive.example.com") == expected)
        #expect(decision(snapshot, "GET", path, host: "other.example.com") == "421")
    }

    @Test(
        "rest-api.yaml decides as it says",
        arguments: [
            ("PATCH", "/v1/users/me", "forward"),
            ("PUT", "/v1/users/me", "405 GET, HEAD, PATCH, OPTIONS"),
            ("PUT", "/v1/users/7", "forward"), ("GET", "/v1/users/x", "404"),
            ("DELETE", "/v1/orders/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "405 GET, HEAD, OPTIONS"),
            ("POST", "/v1/orders/3f2504e0-4f89-11d3-9a0c-0305e82c3301/refunds", "forward"),
            ("GET", "/v1/bulk", "405 POST, OPTIONS"), ("POST", "/v1/webhooks/pay", "forward"),
        ]
    )
    func decidesREST(_ method: String, _ path: String, _ expected: String) throws {
        let snapshot = try Self.load("rest-api.yaml")
        #expect(decision(snapshot, method, path, host: "api.example.com") == expected)
    }

    @Test("rest-api.yaml grants origins as it says")
    func grantsOrigins() throws {
        let policy = try #require(try Self.load("rest-api.yaml").policies.first)
        func grant(_ pattern: String, _ origin: String) throws -> CompiledCORS.OriginGrant? {
            let rule = try #require(policy.rules.first { $0.pattern == pattern })
            let origin = Array(origin.utf8)
            return rule.cors?.grant(origin: origin.span)
        }
        #expect(try grant("/v1/users", "https://app.example.com") == .echo)
        #expect(try grant("/v1/users", "https://pr-12.preview.example.com") == .echo)
        #expect(try grant("/v1/users", "https://a.b.preview.example.com") == .denied)
        #expect(try grant("/v1/users", "http://localhost:5173") == .echo)
        #expect(try grant("/v1/users", "https://app.example.com.evil.example") == .denied)
        #expect(try grant("/v1/rates", "https://anyone.example") == .any)
        #expect(try grant("/v1/webhooks/{name}", "https://app.example.com") == nil)
    }

    @Test(
        "webdav.yaml decides as it says",
        arguments: [
            ("PROPFIND", "/public/a", "forward"),
            ("PUT", "/public/a", "405 GET, HEAD, OPTIONS, PROPFIND"),
            ("LOCK", "/team/a/b", "forward"), ("OPTIONS", "/team/a", "forward"),
            ("OPTIONS", "/public/a", "options GET, HEAD, OPTIONS, PROPFIND"),
            ("DELETE", "/archive/a", "405 GET, HEAD, PUT, OPTIONS, MKCOL, PROPFIND"),
            ("MOVE", "/archive/a", "405 GET, HEAD, PUT, OPTIONS, MKCOL, PROPFIND"),
        ]
    )
    func decidesWebDAV(_ method: String, _ path: String, _ expected: String) throws {
        let snapshot = try Self.load("webdav.yaml")
        #expect(decision(snapshot, method, path, host: "files.example.com") == expected)
    }

    @Test(
        "php-site.yaml decides as it says",
        arguments: [
            ("POST", "/", "forward"), ("POST", "/index.php", "forward"),
            ("POST", "/other.php", "405 GET, HEAD, OPTIONS"), ("GET", "/other.php", "forward"),
            ("POST", "/admin/x", "403 OPTIONS"), ("DELETE", "/admin/", "405 OPTIONS"),
            ("GET", "/uploads/a.png", "forward"), ("GET", "/uploads/a.php", "405 OPTIONS"),
            ("POST", "/xmlrpc.php", "405 OPTIONS"), ("DELETE", "/blog/1", "405 GET, HEAD, OPTIONS"),
            ("GET", "/blog/", "forward"), ("DELETE", "/api/v1/x", "forward"),
        ]
    )
    func decidesPHP(_ method: String, _ path: String, _ expected: String) throws {
        let snapshot = try Self.load("php-site.yaml")
        #expect(decision(snapshot, method, path, host: "www.example.com") == expected)
    }
}
