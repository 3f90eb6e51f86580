import TestKit
import Testing

/// Each attack works when it is sent to the server, and does not work through methodwall.
@Suite("Real frameworks: a path that is read as another", .frameworkStage, .blocking)
struct PathAttackTests {
    @Test(
        "B-20, B-21, B-22, B-23, B-33, B-34: Tomcat does not get a forbidden path in disguise",
        arguments: Attempt.all(Attack.onTomcat)
    )
    func refusesOnTomcat(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test(
        "B-30, B-34: PHP's front controller does not get a forbidden path in disguise",
        arguments: Attempt.all(Attack.onPHP)
    )
    func refusesOnPHP(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test(
        "B-32: a field that names another path does not reach the framework",
        arguments: Attempt.all(Attack.inPathFields)
    )
    func removesPathFields(_ attempt: Attempt) throws {
        try attempt.showBothHalves()
    }

    @Test("B-28: routes without case are protected by case: insensitive")
    func refusesOtherCases() throws {
        let shared = try WalledService.shared(.wsgi)
        let walled = try WalledService(
            shared.service,
            policy: """
                methodwall: 1
                case: insensitive
                paths:
                  /**: GET POST PUT DELETE
                  /admin/**: GET
                """
        )
        for attempt in Attempt.all(Attack.inAnotherCase) {
            try attempt.showBothHalves(by: walled)
        }
    }

    @Test(
        "R-78: mod_dav does not write to a path that the policy protects",
        arguments: Attempt.all(Attack.onDAV)
    )
    func refusesOnDAV(_ attempt: Attempt) throws {
        let folder = try WalledService.shared(.dav).service.folder
        try attempt.showBothHalves()
        #expect(try folder.read("content/secret/kept") == "a secret file\n")
    }

    @Test("R-78: COPY and MOVE to a path that may be written pass", arguments: ["COPY", "MOVE"])
    func letsAllowedDestinationsPass(_ method: String) throws {
        let walled = try WalledService.shared(.dav)
        let number = nextNumber()
        let from = "/public/from-\(number)"
        let put = "PUT \(from) HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 2\r\n\r\nhi"
        #expect(try walled.exchange(put).status == 201)
        let move = Attack(
            name: method,
            method: method,
            target: from,
            fields: ["Destination: http://shop.test/public/to-{n}"],
            content: nil,
            works: []
        )
        let answer = try walled.exchange(move.request(number))
        #expect(answer.status == 201, "\(answer.text)")
        #expect(walled.service.hasDone("/public/to-\(number)"))
        #expect(walled.service.hasDone(from) == (method == "COPY"))
    }
}
