import TestKit
import Testing

/// Each attack works when it is sent to the framework, and does not work through methodwall.
@Suite("Real frameworks: a method beside the request line", .frameworkStage, .blocking)
struct OverrideAttackTests {
    @Test(
        "B-01, B-02, B-05: a field does not bring a forbidden method to the framework",
        arguments: Attempt.all(Attack.inFields)
    )
    func refusesFields(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test(
        "B-03: a query does not bring a forbidden method to the framework",
        arguments: Attempt.all(Attack.inQueries)
    )
    func refusesQueries(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test(
        "B-04: a urlencoded form does not bring a forbidden method to the framework",
        arguments: Attempt.all(Attack.inForms)
    )
    func refusesForms(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test(
        "B-04: a part of a multipart form does not bring a forbidden method to the framework",
        arguments: Attempt.all(Attack.inParts)
    )
    func refusesParts(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test(
        "B-04: an odd multipart form does not bring a forbidden method to the framework",
        arguments: Attempt.all(Attack.inFrames)
    )
    func refusesFrames(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test(
        "B-10: a method in another case does not reach a framework that maps it",
        arguments: Attempt.all(Attack.inRequestLines)
    )
    func refusesRequestLines(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test(
        "An allowed method beside the request line reaches the framework, which acts on it",
        arguments: Framework.overriding
    )
    func letsAllowedOverridesPass(_ framework: Framework) throws {
        let walled = try WalledService.shared(framework)
        let part = Attack.part("_method", "PUT") + "--X--\r\n"
        var allowed = [
            Attack(
                name: "form",
                fields: [Attack.urlencodedType],
                content: "a=b&_method=PUT",
                effect: "PUT /users/{n}",
                works: []
            ),
            Attack(
                name: "part",
                fields: ["Content-Type: multipart/form-data; boundary=X"],
                content: part,
                effect: "PUT /users/{n}",
                works: []
            ),
        ]
        if framework != .tomcat {
            let line = "X-HTTP-Method-Override: PUT"
            allowed.append(
                Attack(name: "field", fields: [line], effect: "PUT /users/{n}", works: [])
            )
        }
        if framework != .rack {
            let target = "/users/{n}?_method=put"
            allowed.append(
                Attack(name: "query", target: target, effect: "PUT /users/{n}", works: [])
            )
        }
        for request in allowed {
            let number = nextNumber()
            let answer = try walled.exchange(request.request(number))
            #expect(answer.status == 200, "\(request.name): \(answer.text)")
            #expect(walled.service.hasDone(request.effect(number)), "\(request.name)")
        }
    }

    /// What becomes of a method in a field, in the query and in a form, by mode.
    static let modes: [(mode: String, answers: [Int], acted: [String])] = [
        ("judge", [405, 405, 405], []),
        ("refuse", [405, 405, 405], []),
        ("strip", [200, 200, 405], ["POST", "POST"]),
        ("ignore", [200, 200, 200], ["DELETE", "DELETE", "DELETE"]),
    ]

    @Test("B-01: each mode does to a framework what it says", arguments: modes)
    func keepsModes(_ mode: String, _ answers: [Int], _ acted: [String]) throws {
        let service = try WalledService.shared(.wsgi).service
        let policy = "methodwall: 1\noverride: \(mode)\npaths:\n  /users/{id:int}: GET POST\n"
        let walled = try WalledService(service, policy: policy)
        let attacks = [Attack.inFields[0], Attack.inQueries[0], Attack.inForms[0]]
        let number = nextNumber()
        let seen = try attacks.map { try walled.exchange($0.request(number)).status }
        #expect(seen == answers)
        #expect(
            service.acted.filter { $0.hasSuffix("/\(number)") }
                == acted.map { "\($0) /users/\(number)" }
        )
    }
}
