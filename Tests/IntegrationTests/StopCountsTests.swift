import Foundation
import TestKit
import Testing

@Suite("What a gateway did is said when it stops", .blocking)
struct StopCountsTests {
    @Test("What would be refused is counted apart from what was")
    func countsByDecision() throws {
        let fixture = try Fixture.echoing(
            policy: """
                methodwall: 1
                paths:
                  /open: GET POST
                  /trial: { allow: GET, mode: report }
                """
        )
        let form = ["Content-Type: application/x-www-form-urlencoded"]
        for (method, target, fields, body, status) in [
            ("GET", "/open", [], nil, 200), ("DELETE", "/open", [], nil, 405),
            ("DELETE", "/trial", [], nil, 200), ("GET", "/trial", form, "_method=PUT", 200),
        ] as [(String, String, [String], String?, Int)] {
            let text = request(method, target, fields, body: body)
            #expect(try fixture.gateway.exchange(text).status == status, "\(method) \(target)")
        }
        fixture.gateway.process.signal(SIGTERM)
        #expect(try fixture.gateway.process.wait() == 0)
        let text = fixture.gateway.process.text(.standardError)
        let line = try #require(text.split(separator: "\n").last { $0.hasSuffix("served") })
        for count in ["requests=4", "forwarded=3", " refused=1", "would_refuse=2"] {
            #expect(line.contains(count), "\(line)")
        }
    }
}
