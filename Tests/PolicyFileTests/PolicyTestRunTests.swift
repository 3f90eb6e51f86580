import Foundation
import MethodPolicy
import TestKit
import Testing

@testable import PolicyFile

/// The tests inside policy files, run as a load runs them.
@Suite struct PolicyTestRunTests {
    private static let policy = """
        methodwall: 1
        policy: shop
        hosts: ["*.shop.example.com", shop.example.com]
        upstream: legacy
        cors:
          origins: ["https://app.example.com"]
          headers: [Content-Type]
        paths:
          /users: GET POST
          /users/{id}: GET PUT PATCH DELETE
          /plain: { allow: GET, cors: off }
          /crm: { allow: GET, upstream: crm }
          /admin/**:
            allow: GET POST DELETE
            only: { DELETE: { clients: [10.0.0.0/8, "fd00::/8"] } }
          /soft: { allow: GET, mode: report }
          /dav/**: { allow: GET PUT MOVE COPY, options: forward }
          /read/**: GET
          /strict: { allow: GET POST DELETE, override: refuse }
          /lax: { allow: POST, override: ignore }

        """

    @Test(
        "what the policy decides holds",
        arguments: [
            "GET /users/7 -> forward", "GET /users/7 -> forward to legacy",
            "GET /crm -> forward to crm", "HEAD /users -> forward",
            "DELETE /users -> 405, Allow GET HEAD OPTIONS POST",
            "DELETE /users -> 405, Allow OPTIONS, POST, HEAD, GET, reason method_not_allowed",
            "BREW /users -> 501", "BREW /users -> 501, reason unknown_method",
            "GET /nothing -> 404, reason no_rule_for_path",
            "GET /users at other.example.com -> 421", "GET /users at a.shop.example.com -> forward",
            "GET /users at SHOP.example.com:8080 -> forward",
            "GET /users at shop.example.com:99999 -> 400",
            "GET /users/../admin -> 400, reason dot_segment",
            "GET /users/../admin -> 400, reason malformed_request",
            "GET /%75sers -> forward", "OPTIONS * -> 204",
            "OPTIONS /users -> 204, Allow GET HEAD POST OPTIONS",
            "OPTIONS /users/7 from https://app.example.com asking PUT -> 204",
            "OPTIONS /users/7 from https://app.example.com asking PUT asking-fields Content-Type"
                + " -> 204",
            "OPTIONS /users from https://app.example.com asking PUT -> 204,"
                + " reason cors_method_not_allowed",
            "OPTIONS /users/7 from https://evil.example asking PUT -> 204,"
                + " reason cors_origin_not_allowed",
            "OPTIONS /users/7 from https://app.example.com asking PUT asking-fields X-A -> 204,"
                + " reason cors_field_not_allowed",
            "OPTIONS /plain from https://app.example.com asking GET -> 204,"
                + " reason cors_not_configured",
            "DELETE /admin/x by 10.1.2.3 -> forward", "DELETE /admin/x by fd00::1 -> forward",
            "DELETE /admin/x by 192.0.2.1 -> 403, reason client_not_allowed",
            "DELETE /admin/x -> 403, Allow GET HEAD POST OPTIONS",
            "OPTIONS /admin/x by 10.1.2.3 -> 204, Allow GET HEAD POST DELETE OPTIONS",
            "OPTIONS /admin/x by 192.0.2.1 -> 204, Allow GET HEAD POST OPTIONS",
            "OPTIONS /admin/x from https://app.example.com asking DELETE by 10.0.0.1 -> 204",
            "OPTIONS /admin/x from https://app.example.com asking DELETE -> 204,"
                + " reason cors_method_not_allowed",
            "PUT /soft -> report 405, Allow GET HEAD OPTIONS", "GET /soft -> forward",
            "PUT /soft -> report 405, reason method_not_allowed", "BREW /soft -> report 501",
            "POST /users/7?_method=DELETE -> 405, reason method_not_allowed",
            "POST /users?_method=DELETE -> 405, reason override_not_allowed",
            "POST /users overriding DELETE -> 405, reason override_not_allowed",
            "POST /users overriding GET -> forward",
            "PUT /users/7 overriding DELETE -> forward",
            "POST /strict overriding GET -> 405, reason override_not_allowed",
            "POST /lax overriding DELETE -> forward",
            "MOVE /dav/a to /dav/b -> forward",
            "MOVE /dav/a to /read/b -> 403, reason destination_not_allowed",
            "MOVE /dav/a to http://shop.example.com/read/b at shop.example.com -> 403",
            "MOVE /dav/a to http://other.example.com/dav/b -> 403,"
                + " reason destination_not_allowed",
            "MOVE /dav/a to /dav/../read -> 400, reason dot_segment",
        ]
    )
    func holds(_ test: String) throws {
        let load = try load([test])
        #expect(load.tests.map(\.passed) == [true], "\(load.report())")
        #expect(load.isValid && load.diagnostics == [])
    }

    @Test(
        "what it does not decide fails, with what came out instead",
        arguments: [
            ("DELETE /users -> forward", "405, Allow GET HEAD POST OPTIONS"),
            ("DELETE /users -> 404", "405, Allow GET HEAD POST OPTIONS"),
            ("DELETE /users -> 405, Allow GET", "405, Allow GET HEAD POST OPTIONS"),
            ("DELETE /users -> 405, reason unknown_method", "reason method_not_allowed"),
            ("GET /users -> 405", "forward to legacy, by the rule /users at "),
            ("GET /users -> forward to crm", "forward to legacy"),
            ("GET /users -> report 405", "forward to legacy"),
            ("PUT /soft -> forward", "report 405, Allow GET HEAD OPTIONS"),
            ("PUT /soft -> 405", "report 405"), ("PUT /soft -> report 404", "report 405"),
            ("GET /nothing -> forward", "404, reason no_rule_for_path"),
            ("GET /users at other.example.com -> forward", "421, reason no_policy_for_host"),
            (
                "OPTIONS /users from https://app.example.com asking PUT -> 204",
                "204, reason cors_method_not_allowed"
            ),
            (
                "OPTIONS /plain from https://app.example.com asking GET -> 204",
                "204, Allow GET HEAD OPTIONS, reason cors_not_configured"
            ),
            (
                "OPTIONS /users/7 from https://app.example.com asking PUT -> 204,"
                    + " reason cors_method_not_allowed", "204, by the rule /users/{id}"
            ),
            ("DELETE /admin/x by 192.0.2.1 -> forward", "403, Allow GET HEAD POST OPTIONS"),
            (
                "POST /users overriding DELETE -> forward",
                "reason override_not_allowed (x-http-method-override claims DELETE)"
            ),
            ("GET /a/../b -> forward", "400, reason dot_segment"),
        ]
    )
    func fails(_ test: String, _ outcome: String) throws {
        let load = try load([test])
        #expect(!load.isValid)
        #expect(load.tests.map(\.passed) == [false])
        #expect(load.diagnostics.map(\.code) == ["test-failed"])
        let found = try #require(load.diagnostics.first)
        #expect(found.message.contains("got ") && found.message.contains(outcome), "\(found)")
        #expect(load.tests.first?.outcome.contains(outcome) == true)
        #expect(found.location.line == 22 && found.location.column == 3)
        #expect(found.sourceLine?.contains(test) == true)
    }

    @Test("every failing test is reported, and one that fails keeps a reload from happening")
    func reportsEveryFailure() throws {
        let load = try load(["GET /users -> 404", "GET /users -> forward", "GET /users -> 405"])
        #expect(load.snapshot == nil)
        #expect(load.tests.map(\.passed) == [false, true, false])
        #expect(load.diagnostics.map(\.location.line) == [22, 24])
        #expect(load.diagnostics.first?.related.map(\.line) == [9])
    }

    @Test("tests are not run on what is broken in another way")
    func waitsForASoundPolicy() throws {
        let fixture = try PolicyFixture(
            "methodwall: 1\npaths: { /a: GETT }\ntests: [GET /a -> forward]\n"
        )
        let load = fixture.loadAll()
        #expect(load.diagnostics.map(\.code) == ["unknown-method"])
        #expect(load.tests == [])
    }

    @Test("a test without a host is of its own policy, whatever other files claim")
    func findsAHost() throws {
        let fixture = try PolicyFixture()
        let texts = [
            "a.yaml": ("hosts: [\"*.example.com\"]", "/a"),
            "b.yaml": ("hosts: [host.example.com, host-1.example.com, localhost]", "/b"),
            "c.yaml": ("policy: c", "/c"), "d.yaml": ("hosts: [\"[::1]\"]", "/d"),
            "e.yaml": ("hosts: [\"*.host-2.example.com\"]", "/e"),
        ]
        for (file, text) in texts {
            try fixture.folder.write(
                "methodwall: 1\n\(text.0)\npaths: { \(text.1): GET }\n"
                    + "tests: [\"GET \(text.1) -> forward\"]\n",
                to: file
            )
        }
        let load = fixture.loadAll()
        #expect(load.isValid, "\(load.report())")
        #expect(load.tests.count == 5)
        #expect(load.tests.map(\.policy) == ["a", "b", "c", "d", "e"])
    }

    @Test("a failing test keeps the old policy in force when a file changes")
    func keepsTheOldPolicy() throws {
        let fixture = try PolicyFixture(
            "methodwall: 1\npaths: { /a: GET }\ntests: [PUT /a -> 405]\n"
        )
        #expect(fixture.loadAll().isValid)
        try fixture.folder.write(
            "methodwall: 1\npaths: { /a: GET PUT }\ntests: [PUT /a -> 405]\n",
            to: "shop.yaml"
        )
        let load = fixture.loadAll()
        #expect(load.snapshot == nil)
        #expect(load.diagnostics.map(\.code) == ["test-failed"])
    }

    private func load(_ tests: [String]) throws -> PolicyLoad {
        let lines = tests.map { "- '\($0)'\n" }.joined()
        let text = Self.policy + "tests:\n" + lines
        return try PolicyFixture(text).loadAll()
    }
}
