import Foundation
import TestKit
import Testing

@Suite("Answers to clients that do not read them yet (decision record 15)", .blocking)
struct DirectSendTests {
    /// The refused requests of these numbers, one behind the other.
    private func refused(_ numbers: Range<Int>) -> String {
        numbers.map { request("DELETE", "/assets/\($0)") }.joined()
    }

    /// Reads the answer to the refused request of this number, which must come next.
    private func readRefusal(
        _ number: Int,
        _ client: RawClient
    ) throws -> (identifier: String, octets: Int) {
        let response = try client.readResponse(to: "DELETE", within: .seconds(30))
        let members = try problem(response)
        let detail = try #require(members["detail"] as? String)
        let isMeant =
            response.status == 405 && response["Content-Length"] == "\(response.body.count)"
            && detail.hasPrefix("DELETE is not allowed on /assets/\(number). ")
        try #require(isMeant, "answer \(number): \(response.head.startLine), \(detail)")
        let identifier = try #require(members["request_id"] as? String)
        return (identifier, response.head.octets.count + response.body.count)
    }

    /// Reads so many refusals in their order, behind which nothing may come.
    ///
    /// - Returns: how many octets they had.
    private func readRefusals(_ count: Int, _ client: RawClient) throws -> Int {
        var identifiers: Set<String> = []
        var octets = 0
        for number in 0..<count {
            let refusal = try readRefusal(number, client)
            identifiers.insert(refusal.identifier)
            octets += refusal.octets
        }
        #expect(identifiers.count == count)
        #expect(client.staysSilent(for: .milliseconds(50)))
        return octets
    }

    @Test("2,000 refused requests before the first answer is read get 2,000 answers in order")
    func answersLongPipelines() throws {
        let fixture = try Fixture.echoing()
        let client = try fixture.gateway.connect()
        try client.send(refused(0..<2_000))
        #expect(try readRefusals(2_000, client) > 2_000 * 200)
        let response = try client.exchange(request("GET", "/assets/after"))
        #expect(response.text == "origin saw GET /assets/after")
    }

    /// A policy whose refusals are long: Allow stands in them three times.
    private static var longAnswers: String {
        let methods = [
            "GET POST PUT PATCH ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT LABEL LINK LOCK MERGE",
            "MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE ORDERPATCH PROPFIND PROPPATCH",
            "QUERY REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF",
            "VERSION-CONTROL",
        ]
        return """
            methodwall: 1
            paths:
              /assets/**:
                allow: \(methods.joined(separator: " "))
                reason: "\(String(repeating: "assets are for ever ", count: 24))"
            """
    }

    @Test("A client with a small buffer gets every answer, though the socket took them in parts")
    func answersClientsWithSmallBuffers() throws {
        let fixture = try Fixture.echoing(policy: Self.longAnswers)
        let client = try fixture.gateway.connect(receiveBufferBytes: 16 * 1024)
        // Each by itself, so that its answer is the only one of its turn and sent directly.
        for number in 0..<3_000 {
            try client.send(refused(number..<(number + 1)), within: .seconds(30))
        }
        // More than the kernel keeps for one connection (tcp_wmem), so that a send took a part.
        #expect(try readRefusals(3_000, client) > 5_000_000)
        let response = try client.exchange(request("GET", "/assets/after"))
        #expect(response.text == "origin saw GET /assets/after")
    }

    private static let contentBytes = 64 * 1024

    /// Twice the pattern's period.
    private static let block: [UInt8] = {
        var pattern = Pattern()
        let (first, second) = (pattern.next(contentBytes), pattern.next(contentBytes))
        return first + second
    }()

    /// The content of the resource of this number, which is no other's.
    private static func content(_ number: Int) -> [UInt8] {
        Array(block[number..<(number + contentBytes)])
    }

    @Test("Refusals and responses, in turn in one pipeline, come in order and octet for octet")
    func keepsTheOrderOfAnswers() throws {
        let fixture = try Fixture { connection in
            while let seen = try connection.readRequest() {
                let number = seen.target.split(separator: "/").last.flatMap { Int($0) } ?? 0
                let length = "Content-Length: \(Self.contentBytes)\r\n"
                let head = Array("HTTP/1.1 200 OK\r\n\(length)\r\n".utf8)
                try connection.send(head + Self.content(number), within: .seconds(60))
            }
        }
        let client = try fixture.gateway.connect()
        let pairs = (0..<200).map { refused($0..<($0 + 1)) + request("GET", "/assets/\($0)") }
        try client.send(pairs.joined())
        var identifiers: Set<String> = []
        for number in 0..<200 {
            identifiers.insert(try readRefusal(number, client).identifier)
            let response = try client.readResponse(within: .seconds(30))
            let isSame = response.status == 200 && response.body == Self.content(number)
            try #require(isSame, "response \(number): \(response.head.startLine)")
        }
        #expect(identifiers.count == 200)
        #expect(client.staysSilent(for: .milliseconds(50)))
    }

    @Test(
        "A client that leaves before it has its answers does not disturb another",
        arguments: [false, true]
    )
    func keepsClientsApart(resets: Bool) throws {
        let fixture = try Fixture.echoing()
        let steady = try fixture.gateway.connect()
        let requests = refused(0..<200)
        for round in 0..<20 {
            let leaving = try fixture.gateway.connect()
            try leaving.send(requests)
            let target = "/assets/\(round)"
            try steady.send(request("GET", target) + refused(round..<(round + 1)))
            if resets { leaving.reset() } else { leaving.close() }
            let response = try steady.readResponse()
            #expect(response.text == "origin saw GET \(target)")
            _ = try readRefusal(round, steady)
        }
        #expect(steady.staysSilent(for: .milliseconds(50)))
        // Who comes after them is served as well.
        let next = try fixture.gateway.connect()
        try next.send(requests)
        #expect(try readRefusals(200, next) > 0)
    }
}
