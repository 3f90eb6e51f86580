import TestKit
import Testing

@Suite("CORS (R-80 R-81 R-82 R-84 R-85 R-86 R-88 R-90 R-91 R-93 B-60 B-61 B-62)", .blocking)
struct CORSTests {
    static let app = "https://app.example.com"
    static let shared = SharedFixture {
        try Fixture(policy: Policies.cors) { connection in
            while try connection.readRequest() != nil {
                try connection.send(
                    "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: https://origin.own\r\n"
                        + "Access-Control-Allow-Methods: DELETE\r\nVary: Accept\r\n"
                        + "X-Origin: raw\r\nContent-Length: 2\r\n\r\nok"
                )
            }
        }
    }

    private func preflight(
        _ target: String,
        origin: String = Self.app,
        method: String = "GET",
        asking fields: String? = nil
    ) throws -> RawResponse {
        var lines = ["Origin: \(origin)", "Access-Control-Request-Method: \(method)"]
        if let fields { lines.append("Access-Control-Request-Headers: \(fields)") }
        return try Self.shared.get().gateway.exchange(request("OPTIONS", target, lines))
    }

    private func expectLocal(_ response: RawResponse) {
        #expect(response.status == 204)
        #expect(response["X-Origin"] == nil)
        #expect(response["Content-Length"] == nil)
        let vary = Set(response.members("Vary").map { $0.lowercased() })
        let needed: Set = [
            "origin", "access-control-request-method", "access-control-request-headers",
        ]
        #expect(vary.isSuperset(of: needed), "\(vary)")
    }

    @Test("A preflight that may pass gets everything the browser needs")
    func answersPreflight() throws {
        let response = try preflight("/users/7", method: "PUT", asking: "content-type")
        expectLocal(response)
        #expect(response.head.values("Access-Control-Allow-Origin") == [Self.app])
        let methods = response.members("Access-Control-Allow-Methods")
        #expect(Set(methods).isSuperset(of: ["GET", "PUT", "DELETE"]))
        #expect(!methods.contains("POST"))
        #expect(response["Access-Control-Allow-Credentials"] == "true")
        #expect(response["Access-Control-Max-Age"] == "600")
        let fields = response.members("Access-Control-Allow-Headers").map { $0.lowercased() }
        #expect(Set(fields) == ["content-type", "authorization"])
    }

    @Test(
        "A preflight from an origin that is not allowed gets no CORS field at all",
        arguments: [
            "https://evil.example", "https://app.example.com.evil.example", "null",
            "http://app.example.com", "https://app.example.com:8443", "https://example.org",
            "https://evilexample.org", "https://a.b.example.org", "https://app.example.com/",
            "https://APP.example.com.", "https://app.example.com https://evil.example",
        ]
    )
    func deniesOtherOrigins(_ origin: String) throws {
        let response = try preflight("/users", origin: origin)
        expectLocal(response)
        for field in ["Origin", "Methods", "Headers", "Credentials", "Max-Age"] {
            #expect(response["Access-Control-Allow-\(field)"] == nil, "\(field)")
        }
        let entry = try Self.shared.get().gateway.waitForLogEntry {
            $0.reason == "cors_origin_not_allowed"
        }
        #expect(entry.status == 204)
    }

    @Test("A wildcard origin covers exactly one label")
    func allowsWildcardOrigin() throws {
        let origin = "https://team.example.org"
        #expect(try preflight("/users", origin: origin)["Access-Control-Allow-Origin"] == origin)
    }

    @Test("A method that the rule lacks is truthfully not listed", arguments: ["PATCH", "patch"])
    func tellsTheTruthAboutMethods(_ method: String) throws {
        let response = try preflight("/users", method: method)
        expectLocal(response)
        #expect(!response.members("Access-Control-Allow-Methods").contains(method))
        _ = try Self.shared.get().gateway.waitForLogEntry { $0.reason == "cors_method_not_allowed" }
    }

    @Test("A field that is not allowed is not reflected")
    func reflectsNoFields() throws {
        let response = try preflight("/users", asking: "x-evil, content-type")
        expectLocal(response)
        #expect(!String(latin1: response.head.octets).lowercased().contains("x-evil"))
        _ = try Self.shared.get().gateway.waitForLogEntry { $0.reason == "cors_field_not_allowed" }
    }

    @Test("OPTIONS without Access-Control-Request-Method is a plain OPTIONS (R-80)")
    func tellsPreflightFromOptions() throws {
        let response = try Self.shared.get().gateway.exchange(
            request("OPTIONS", "/users", ["Origin: \(Self.app)"])
        )
        #expect(response.status == 204)
        #expect(response.members("Allow") == ["GET", "HEAD", "POST", "OPTIONS"])
        #expect(response["Access-Control-Allow-Methods"] == nil)
    }

    @Test("An actual response carries our CORS fields in place of the origin's (R-86, B-61)")
    func replacesTheOriginsFields() throws {
        let response = try Self.shared.get().gateway.exchange(
            request("GET", "/users", ["Origin: \(Self.app)"])
        )
        #expect(response["X-Origin"] == "raw")
        #expect(response.head.values("Access-Control-Allow-Origin") == [Self.app])
        #expect(response["Access-Control-Allow-Methods"] == nil)
        #expect(response["Access-Control-Allow-Credentials"] == "true")
        #expect(response.members("Access-Control-Expose-Headers") == ["X-Total-Count"])
        let vary = Set(response.members("Vary").map { $0.lowercased() })
        #expect(vary == ["accept", "origin"])
    }

    @Test("Vary: Origin is there without an Origin, too (R-90)")
    func variesWithoutOrigin() throws {
        let response = try Self.shared.get().gateway.exchange(request("GET", "/users"))
        #expect(response.members("Vary").map { $0.lowercased() }.contains("origin"))
        #expect(response["Access-Control-Allow-Origin"] == nil)
    }

    @Test("A request from a foreign origin is forwarded, without CORS fields (R-93)")
    func forwardsForeignOrigins() throws {
        let response = try Self.shared.get().gateway.exchange(
            request("GET", "/users", ["Origin: https://evil.example"])
        )
        #expect(response["X-Origin"] == "raw")
        #expect(response["Access-Control-Allow-Origin"] == nil)
    }

    @Test("A refusal can be read by the browser's script, Allow included (R-91)")
    func exposesAllowOnRefusals() throws {
        let response = try Self.shared.get().gateway.exchange(
            request("DELETE", "/users", ["Origin: \(Self.app)"])
        )
        #expect(response.status == 405)
        #expect(response["Access-Control-Allow-Origin"] == Self.app)
        #expect(response.members("Access-Control-Expose-Headers").contains("Allow"))
        #expect(response.members("Vary").map { $0.lowercased() }.contains("origin"))
        #expect(response.members("Allow") == ["GET", "HEAD", "POST", "OPTIONS"])
    }

    @Test("Our own 502 carries the CORS fields, too (R-91)")
    func carriesFieldsOnFailures() throws {
        let fixture = try Fixture(policy: Policies.cors)
        fixture.origin.stop()
        let response = try fixture.gateway.exchange(
            request("GET", "/users", ["Origin: \(Self.app)"])
        )
        #expect(response.status == 502)
        #expect(response["Access-Control-Allow-Origin"] == Self.app)
    }

    @Test("With cors: off the origin's own fields pass")
    func leavesTheOriginsFieldsWhenOff() throws {
        let response = try Self.shared.get().gateway.exchange(
            request("GET", "/plain", ["Origin: \(Self.app)"])
        )
        #expect(response["Access-Control-Allow-Origin"] == "https://origin.own")
        let preflight = try preflight("/plain", method: "PUT")
        #expect(preflight.status == 204)
        #expect(preflight["Access-Control-Allow-Origin"] == nil)
        #expect(preflight["X-Origin"] == nil)
        _ = try Self.shared.get().gateway.waitForLogEntry { $0.reason == "cors_not_configured" }
    }

    @Test("A static * does not vary and never goes with credentials (R-85, R-90)")
    func allowsAnyOrigin() throws {
        let response = try Self.shared.get().gateway.exchange(
            request("GET", "/public", ["Origin: https://anyone.example"])
        )
        #expect(response.head.values("Access-Control-Allow-Origin") == ["*"])
        #expect(response["Access-Control-Allow-Credentials"] == nil)
        #expect(!response.members("Vary").map { $0.lowercased() }.contains("origin"))
    }
}
