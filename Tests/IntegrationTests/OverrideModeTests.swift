import TestKit
import Testing

@Suite("Modes and names of method override (B-01 B-03 B-04)", .blocking)
struct OverrideModeTests {
    /// The file refuses, and each rule says something else.
    private static let ruled = """
        methodwall: 1
        policy: shop
        override: refuse
        paths:
          /file: GET POST PUT
          /judge:
            allow: GET POST PUT
            override: judge
          /strip:
            allow: GET POST PUT
            override: strip
          /ignore:
            allow: GET POST
            override: ignore
        """
    static let shared = SharedWitness(ruled)

    static let named = SharedWitness(
        """
        methodwall: 1
        policy: shop
        override: { mode: judge, fields: [X-Do, x-verb], parameters: [do, "http.verb"] }
        paths:
          /items: GET POST PUT
        """
    )

    private func send(
        _ target: String,
        field: String? = nil,
        form: String? = nil
    ) throws -> WitnessedGateway.Outcome {
        var fields = ["Content-Type: application/x-www-form-urlencoded"]
        if let field { fields.append(field) }
        return try Self.shared.get().send("POST", target, fields, body: form ?? "")
    }

    @Test("B-01 B-03 B-04: refuse lets no claim through, not even of what is allowed")
    func refuses() throws {
        for method in ["PUT", "POST", "DELETE", "get"] {
            let field = try send("/file", field: "X-HTTP-Method: \(method)")
            #expect(field.status == 405)
            #expect(!field.hasReachedOrigin)
            #expect(field.allow == "GET, HEAD, POST, PUT, OPTIONS")
            let query = try send("/file?_method=\(method)")
            #expect(query.status == 405)
            #expect(!query.hasReachedOrigin)
            let form = try send("/file", form: "_method=\(method)")
            #expect(form.status == 405)
            #expect(form.seen == nil)
            #expect(try problem(form.response)["reason"] as? String == "override_not_allowed")
        }
        #expect(try send("/file?_method=", field: "X-HTTP-Method:", form: "_method=").isForwarded)
        #expect(try send("/file", form: "a=b").isForwarded)
    }

    @Test("B-01: a rule's mode stands before the file's")
    func rulesDecide() throws {
        #expect(try send("/judge", field: "X-HTTP-Method: PUT").isForwarded)
        #expect(try send("/judge", field: "X-HTTP-Method: DELETE").status == 405)
        #expect(try send("/judge?_method=PUT", form: "_method=PUT").isForwarded)
        #expect(try send("/judge", form: "_method=DELETE").status == 405)
    }

    @Test(
        "B-01: strip takes the fields away in every spelling",
        arguments: [
            "X-HTTP-Method-Override: DELETE", "x-http-method: PUT", "X_Method_Override: DELETE",
            "X.Tunneled.Method: DELETE", "X-Original-Method: BREW", "X-Requested-Method:",
        ]
    )
    func stripsFields(_ line: String) throws {
        let outcome = try send("/strip?a=b", field: line)
        #expect(outcome.isForwarded)
        let seen = try #require(outcome.seen)
        #expect(seen[String(line.prefix { $0 != ":" })] == nil)
        #expect(seen.target == "/strip?a=b")
        #expect(!seen.head.fields.contains { $0.name.lowercased().contains("method") })
    }

    @Test(
        "B-03: strip takes the parameters out of the query and leaves the rest as sent",
        arguments: [
            ("_method=DELETE", "/strip"), ("_method=DELETE&a=b", "/strip?a=b"),
            ("a=b&_method=DELETE", "/strip?a=b"), ("a=b;%5FMethod=x&c=%zz", "/strip?a=b&c=%zz"),
            ("_method=PUT&_method=DELETE", "/strip"), ("a&_method[]=x&b", "/strip?a&b"),
            ("a=b&&_methods=c", "/strip?a=b&&_methods=c"), ("", "/strip?"),
            ("x-http-method=DELETE&a", "/strip?a"),
        ]
    )
    func stripsParameters(query: String, expected: String) throws {
        let outcome = try send("/strip?\(query)")
        #expect(outcome.isForwarded)
        #expect(outcome.seen?.target == expected)
    }

    @Test("B-04: content cannot be stripped, so it is judged")
    func judgesContentWhereItStrips() throws {
        let refused = try send("/strip", form: "_method=DELETE")
        #expect(refused.status == 405)
        #expect(refused.seen == nil)
        let allowed = try send("/strip", form: "a=b&_method=PUT")
        #expect(allowed.isForwarded)
        #expect(allowed.seen?.body == Array("a=b&_method=PUT".utf8))
    }

    @Test("B-01 B-03 B-04: ignore lets every claim through as sent")
    func ignores() throws {
        let outcome = try send(
            "/ignore?_method=DELETE",
            field: "X-HTTP-Method-Override: DELETE",
            form: "_method=DELETE"
        )
        #expect(outcome.isForwarded)
        #expect(outcome.seen?.target == "/ignore?_method=DELETE")
        #expect(outcome.seen?["X-HTTP-Method-Override"] == "DELETE")
        #expect(outcome.seen?.body == Array("_method=DELETE".utf8))
        // What is not judged need not be readable either.
        let unreadable = try Self.shared.get().send(
            "POST",
            "/ignore",
            ["Content-Type: application/x-www-form-urlencoded", "Content-Encoding: gzip"],
            body: "zz"
        )
        #expect(unreadable.isForwarded)
        #expect(try send("/ignore").isForwarded)
        let method = try Self.shared.get().send("DELETE", "/ignore")
        #expect(method.status == 405)
    }

    @Test(
        "B-01: a file's own field names count beside the usual ones, in every spelling",
        arguments: [
            ("X-Do", "x-do"), ("x_do", "x-do"), ("X.DO", "x-do"), ("X-Verb", "x-verb"),
            ("X_VERB", "x-verb"), ("X-HTTP-Method-Override", "x-http-method-override"),
        ]
    )
    func judgesOwnFields(name: String, logged: String) throws {
        let named = try Self.named.get()
        let outcome = try named.send("POST", "/items", ["\(name): DELETE"])
        #expect(outcome.status == 405)
        #expect(!outcome.hasReachedOrigin)
        let entry = try named.gateway.waitForLogEntry {
            $0["methodwall.override_carrier"] == "field \(logged)"
        }
        #expect(entry["methodwall.effective_method"] == "DELETE")
        #expect(try named.send("POST", "/items", ["\(name): PUT"], body: "").isForwarded)
    }

    @Test(
        "B-03 B-04: a file's own parameters count beside the usual ones, in queries and forms",
        arguments: [
            "do=DELETE", "DO=delete", "%64o=DELETE", "http_verb=DELETE", "http.verb=DELETE",
            "HTTP%2Everb[]=DELETE", "_method=DELETE", "a;do=DELETE",
        ]
    )
    func judgesOwnParameters(_ pair: String) throws {
        let named = try Self.named.get()
        let query = try named.send("POST", "/items?\(pair)")
        #expect(query.status == 405)
        #expect(!query.hasReachedOrigin)
        let form = try named.send("POST", "/items", body: pair)
        #expect(form.status == 405)
        #expect(form.seen == nil)
        #expect(try named.send("POST", "/items?undo=DELETE", body: "redo=DELETE").isForwarded)
    }

    @Test("B-01: another file's names do not count here")
    func keepsNamesApart() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            methodwall: 1
            hosts: [own.test]
            override: { fields: [X-Do] }
            paths:
              /items: GET POST
            """,
            to: "policies/own.yaml"
        )
        let origin = try RawOrigin.answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        let gateway = try RunningGateway(
            policy: "methodwall: 1\npaths:\n  /items: GET POST\n",
            upstream: "http://127.0.0.1:\(origin.port)",
            folder: folder,
            keeping: origin
        )
        let text = request("POST", "/items", ["X-Do: DELETE"], body: "", host: "own.test")
        #expect(try gateway.exchange(text).status == 405)
        let other = request("POST", "/items", ["X-Do: DELETE"], body: "", host: "other.test")
        #expect(try gateway.exchange(other).status == 200)
        let usual = request("POST", "/items?_method=DELETE", body: "", host: "own.test")
        #expect(try gateway.exchange(usual).status == 405)
    }
}
