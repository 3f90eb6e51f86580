import MethodPolicy
import Testing

@Suite("CORS")
struct CORSTests {
    /// The block of a rule that allows GET, PUT, PATCH and an extension method.
    private func compiled(_ definition: CORSDefinition) throws -> CompiledCORS {
        let snapshot = try snapshot(
            policy([rule("/a", "GET PUT PATCH PURGE")], extensions: "PURGE", cors: definition)
        )
        return try #require(snapshot.policies.first?.rules.first?.cors)
    }

    private func grant(_ cors: CompiledCORS, _ origin: String) -> CompiledCORS.OriginGrant {
        let origin = Array(origin.utf8)
        return cors.grant(origin: origin.span)
    }

    private func preflight(
        _ cors: CompiledCORS,
        _ method: String,
        fields: String = "",
        origin: String = "https://app.test"
    ) -> PreflightVerdict {
        let (origin, method, fields) = (Array(origin.utf8), Array(method.utf8), Array(fields.utf8))
        return cors.preflight(
            origin: origin.span,
            requestMethod: method.span,
            requestFields: fields.span
        )
    }

    @Test(
        "R-86, B-60: an origin is compared whole",
        arguments: [
            ("https://app.test", true), ("https://app.test:8443", true),
            ("http://localhost:3000", true),
            ("https://a.example.com", true), ("https://a_b-1.example.com", true),
            ("https://x.dev.test:9443", true), ("http://[::1]:8080", true),
            ("app://local.host", true),
            ("https://APP.test", false), ("http://app.test", false),
            ("https://app.test:443", false),
            ("https://app.test:8444", false), ("https://app.test.evil.test", false),
            ("https://evilapp.test", false), ("https://app.test/", false),
            ("https://app.tes", false),
            ("https://app.test ", false), (" https://app.test", false),
            ("https://app.test\0", false),
            ("https://example.com", false), ("https://.example.com", false),
            ("https://a.b.example.com", false), ("https://aexample.com", false),
            ("https://a.example.com.evil.test", false), ("https://evil.test/.example.com", false),
            ("https://evil.test#.example.com", false), ("https://u@a.example.com", false),
            ("https://A.example.com", false), ("https://a.example.com:8443", false),
            ("http://a.example.com", false), ("https://x.dev.test", false), ("null", false),
            ("", false), ("*", false), ("https://*.example.com", false),
            ("https://app.test, https://app.test", false),
            ("https://app.test https://x.test", false),
        ]
    )
    func grantsOrigins(_ example: (origin: String, isAllowed: Bool)) throws {
        let cors = try compiled(
            cors([
                "https://app.test", "https://app.test:8443", "http://localhost:3000",
                "https://*.example.com", "https://*.dev.test:9443", "http://[::1]:8080",
                "app://local.host",
            ])
        )
        #expect(grant(cors, example.origin) == (example.isAllowed ? .echo : .denied))
    }

    @Test("R-87: null only where it is listed")
    func grantsNullOnlyWhereListed() throws {
        #expect(grant(try compiled(cors(["null"])), "null") == .echo)
        #expect(grant(try compiled(cors(["null"])), "NULL") == .denied)
        #expect(grant(try compiled(cors(["https://app.test"])), "null") == .denied)
    }

    @Test("R-90: answers vary by origin unless every origin is allowed")
    func variesByOrigin() throws {
        let any = try compiled(cors(["*"]))
        #expect(!any.variesByOrigin)
        #expect(grant(any, "https://anything.test") == .any)
        #expect(grant(any, "null") == .any)
        #expect(try compiled(cors(["https://app.test"])).variesByOrigin)
    }

    @Test(
        "R-82, R-84, B-62: the requested method is compared octet by octet",
        arguments: [
            ("GET", true), ("HEAD", true), ("PUT", true), ("PATCH", true), ("PURGE", true),
            ("OPTIONS", true), ("patch", false), ("Put", false), ("DELETE", false), ("POST", false),
            ("TRACE", false), ("CONNECT", false), ("TRACK", false), ("BREW", false), ("", false),
            ("PUT, DELETE", false), ("PUT ", false),
        ]
    )
    func judgesTheRequestedMethod(_ example: (method: String, isAllowed: Bool)) throws {
        let verdict = preflight(try compiled(cors(["https://app.test"])), example.method)
        #expect(verdict.methodAllowed == example.isAllowed)
        #expect(verdict.reason == (example.isAllowed ? nil : .corsMethodNotAllowed))
    }

    @Test(
        "R-88: requested fields are a list of names in any case",
        arguments: [
            ("", true), ("content-type", true), ("Content-Type", true), ("x-a,content-type", true),
            ("X-A , CONTENT-TYPE", true), (",x-a,,content-type,", true), (" \tx-a\t", true),
            (",", true),
            ("x-b", false), ("x-a, x-b", false), ("x-a x-a", false), ("x-a; x-a", false),
            ("content-type:", false), ("x-aa", false), ("x-", false), ("authorization", false),
            ("x-a,\u{0}", false), ("x-a\r\n", false), ("x-http-method-override", false),
        ]
    )
    func judgesTheRequestedFields(_ example: (fields: String, areAllowed: Bool)) throws {
        let cors = try compiled(cors(["https://app.test"], headers: ["Content-Type", "X-A"]))
        let verdict = preflight(cors, "PUT", fields: example.fields)
        #expect(verdict.fieldsAllowed == example.areAllowed)
        #expect(verdict.reason == (example.areAllowed ? nil : .corsFieldNotAllowed))
    }

    @Test("R-85: Authorization is never covered by *")
    func neverCoversAuthorization() throws {
        let any = try compiled(cors(["*"], headers: ["*"]))
        #expect(preflight(any, "PUT", fields: "x-anything, content-type").fieldsAllowed)
        #expect(!preflight(any, "PUT", fields: "x-anything, Authorization").fieldsAllowed)
        let named = try compiled(cors(["*"], headers: ["*", "authorization"]))
        #expect(preflight(named, "PUT", fields: "AUTHORIZATION").fieldsAllowed)
    }

    @Test("the origin is the first reason, then the method, then the fields")
    func ordersReasons() throws {
        let cors = try compiled(cors(["https://app.test"]))
        let all = preflight(cors, "DELETE", fields: "x-a", origin: "https://evil.test")
        #expect(all.reason == .corsOriginNotAllowed)
        #expect(all.grant == .denied)
        #expect(preflight(cors, "DELETE", fields: "x-a").reason == .corsMethodNotAllowed)
        #expect(preflight(cors, "PUT", fields: "x-a").reason == .corsFieldNotAllowed)
        #expect(preflight(cors, "PUT").reason == nil)
    }

    @Test("R-82, R-89, R-91: the field lines are the policy's and nothing of the request")
    func encodesFieldLines() throws {
        let full = try compiled(
            cors(
                ["https://app.test"],
                headers: ["Content-Type", "Authorization"],
                expose: ["X-Total-Count"],
                credentials: true,
                maxAgeSeconds: 300
            )
        )
        #expect(
            text(full.preflightLines) == """
                Access-Control-Allow-Methods: GET, HEAD, PUT, PATCH, OPTIONS, PURGE\r
                Access-Control-Allow-Headers: Content-Type, Authorization\r
                Access-Control-Max-Age: 300\r
                Access-Control-Allow-Credentials: true\r

                """
        )
        #expect(
            text(full.responseLines) == """
                Access-Control-Expose-Headers: X-Total-Count\r
                Access-Control-Allow-Credentials: true\r

                """
        )
        #expect(
            text(full.refusalLines) == """
                Access-Control-Expose-Headers: X-Total-Count, Allow\r
                Access-Control-Allow-Credentials: true\r

                """
        )
        #expect(full.credentials)
        let least = try compiled(cors(["*"], maxAgeSeconds: 0))
        #expect(
            text(least.preflightLines) == """
                Access-Control-Allow-Methods: GET, HEAD, PUT, PATCH, OPTIONS, PURGE\r
                Access-Control-Max-Age: 0\r

                """
        )
        #expect(least.responseLines == [])
        #expect(text(least.refusalLines) == "Access-Control-Expose-Headers: Allow\r\n")
        #expect(!least.credentials)
        let exposed = try compiled(cors(["*"], expose: ["allow", "ETag"]))
        #expect(text(exposed.refusalLines) == "Access-Control-Expose-Headers: allow, ETag\r\n")
    }

    @Test("R-83: a method that browsers never ask about is still refused when it is used")
    func refusesTheActualRequest() throws {
        let snapshot = try snapshot(policy([rule("/a", "GET")], cors: cors(["https://app.test"])))
        #expect(
            snapshot.outcome("POST", "/a")
                == .refuse(status: 405, .methodNotAllowed, allow: "GET, HEAD, OPTIONS")
        )
    }

    @Test("a rule takes the file's block, has its own, or none")
    func inheritsTheBlock() throws {
        let snapshot = try snapshot(
            policy(
                [
                    rule("/inherited", "GET"), rule("/off", "GET", cors: .off),
                    rule("/own", "PUT", cors: .defined(cors(["https://own.test"]))),
                    rule("/same", "GET"),
                ],
                cors: cors(["https://app.test"])
            )
        )
        let policy = try #require(snapshot.policies.first)
        let blocks = policy.rules.map(\.cors)
        #expect(grant(try #require(blocks[0]), "https://app.test") == .echo)
        #expect(blocks[1] == nil)
        #expect(grant(try #require(blocks[2]), "https://app.test") == .denied)
        #expect(grant(try #require(blocks[2]), "https://own.test") == .echo)
        #expect(blocks[3] === blocks[0])
        #expect(
            snapshot.outcome("OPTIONS", "/off", isPreflight: true)
                == .options(allow: "GET, HEAD, OPTIONS")
        )
        #expect(
            snapshot.outcome("OPTIONS", "/own", isPreflight: true) == .preflight(pattern: "/own")
        )
        // Answers that no rule decides have the file's block, with every method that works
        // somewhere.
        let lines = text(try #require(policy.cors).preflightLines)
        #expect(lines.hasPrefix("Access-Control-Allow-Methods: GET, HEAD, PUT, OPTIONS\r\n"))
    }

    @Test(
        "an origin that no browser sends is a fault that says so",
        arguments: [
            ("https://app.test/", "write https://app.test"),
            ("https://app.test/x", "write https://app.test"),
            ("https://App.test", "write https://app.test"),
            ("HTTPS://app.test", "write https://app.test"),
            ("https://app.test:443", "leave out :443"), ("http://app.test:80", "leave out :80"),
            ("https://app.test?x", "scheme://host"), ("https://u@app.test", "scheme://host"),
            ("https://app.test#x", "scheme://host"), ("app.test", "scheme://host"),
            ("//app.test", "scheme://host"), ("https:app.test", "scheme://host"),
            ("1https://app.test", "scheme://host"),
            ("https://b\u{FC}cher.test", "xn--"), ("https://app.test\r\n", "xn--"), ("a b", "xn--"),
            ("https://*.com", "https://*.example.com"),
            ("https://a.*.test", "https://*.example.com"),
            ("https://*app.test", "https://*.example.com"), ("https://*", "https://*.example.com"),
            ("https://", nil), ("https://:80", nil), ("https://.test", nil),
            ("https://a..test", nil),
            ("https://app.test:", nil), ("https://app.test:0", nil),
            ("https://app.test:65536", nil),
            ("https://app.test:99999999999999999999", nil), ("https://app.test:8x", nil),
            ("https://app.test.", nil), ("https://[::1", nil), ("https://[1]", nil),
            ("", "scheme://host"),
            ("NULL", "scheme://host"), ("https://*.*.test", "https://*.example.com"),
        ] as [(String, String?)]
    )
    func refusesOrigins(_ example: (origin: String, hint: String?)) throws {
        let found = faults([policy([rule("/")], cors: cors([example.origin]))])
        #expect(found.map(\.code) == [.invalidOrigin])
        let hint = found.first?.hint
        if let part = example.hint {
            #expect(hint?.contains(part) == true, "\(hint ?? "no hint")")
        } else {
            #expect(hint == nil)
        }
    }
}
