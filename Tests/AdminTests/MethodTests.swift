import TestKit
import Testing

@testable import Admin

@Suite("Methods of the admin listener")
struct MethodTests {
    /// One request, and what it is answered.
    struct Case: Sendable, CustomTestStringConvertible {
        let requestLine: String
        let status: Int
        let allow: String?

        init(_ requestLine: String, _ status: Int, _ allow: String? = nil) {
            self.requestLine = requestLine
            self.status = status
            self.allow = allow
        }

        var testDescription: String { requestLine }
    }

    private static let reading = "GET, HEAD, OPTIONS"
    private static let changing = "POST, OPTIONS"
    private static let any = "GET, HEAD, POST, OPTIONS"

    static let cases = [
        Case("DELETE /healthz", 405, reading), Case("POST /", 405, reading),
        Case("PUT /policy", 405, reading), Case("TRACE /status", 405, reading),
        Case("M-SEARCH /status", 405, reading), Case("GET /reload", 405, changing),
        Case("HEAD /reload", 405, changing), Case("OPTIONS /reload", 204, changing),
        Case("OPTIONS /", 204, reading), Case("OPTIONS /refusals", 204, reading),
        Case("OPTIONS *", 204, any), Case("CONNECT localhost:1", 405, any),
        Case("GET /nothing", 404), Case("DELETE /nothing", 404), Case("OPTIONS /nothing", 404),
        Case("GET /healthz/", 404), Case("GET //healthz", 404), Case("GET /%68ealthz", 404),
        Case("GET *", 404), Case("BREW /healthz", 501), Case("get /healthz", 501),
    ]

    @Test("Allow has exactly the methods that work", arguments: cases)
    func answers(_ testCase: Case) async throws {
        try await RunningAdmin.run { admin throws in
            let response = try admin.exchange(testCase.requestLine)
            #expect(response.status == testCase.status)
            #expect(response["Allow"] == testCase.allow)
            if testCase.status == 204 { #expect(response["Content-Length"] == nil) }
        }
    }

    @Test("What Allow has works, and what it has not does not", arguments: AdminRoute.allCases)
    func allowIsTrue(_ route: AdminRoute) async throws {
        try await RunningAdmin.run { admin throws in
            let allowed = try admin.exchange("OPTIONS \(route.rawValue)").members("Allow")
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                let client = try admin.client()
                try client.send(RunningAdmin.request("\(method) \(route.rawValue)"))
                let head = try client.readHead()
                #expect(head.startLine.contains(" 405 ") != allowed.contains(method), "\(method)")
            }
        }
    }

    @Test(
        "HEAD is GET without content, and the connection serves on",
        arguments: AdminRoute.allCases.filter { $0 != .reload }
    )
    func answersHead(_ route: AdminRoute) async throws {
        try await RunningAdmin.run { admin throws in
            let client = try admin.client()
            let head = try client.exchange(RunningAdmin.request("HEAD \(route.rawValue)"))
            #expect(head["Transfer-Encoding"] == nil)
            #expect(head.status == (route == .explain ? 400 : 200))
            let next = try client.exchange(RunningAdmin.request("GET /healthz"))
            #expect(next.text == "ok\n")
            if route == .pageScript {
                let get = try client.exchange(RunningAdmin.request("GET /page.js"))
                #expect(head["Content-Length"] == String(get.body.count))
            }
        }
    }
}
