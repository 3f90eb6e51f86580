import Foundation
import TestKit
import Testing

/// What an origin sends that answers no request.
struct LateOctets: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    var testDescription: String { name }

    static let all = [
        LateOctets(
            name: "a whole response",
            text: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
        ),
        LateOctets(
            name: "a time-out's response",
            text: "HTTP/1.1 408 evil\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        ),
        LateOctets(name: "an interim response", text: "HTTP/1.1 103 evil\r\nX: evil\r\n\r\n"),
        LateOctets(name: "the beginning of a response", text: "HTTP/1.1 200 OK\r\nX-Evil: evil"),
        LateOctets(name: "a line end", text: "\r\n"),
        LateOctets(name: "one octet", text: "H"),
    ]
}

/// When an origin sends them.
enum LateMoment: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case inTheSameSegment, rightBehindTheResponse, afterTheClientHasIt, inTwoParts

    var testDescription: String { rawValue }
}

@Suite("Origin connections used again (R-22 R-41 B-56 B-57 B-69)", .blocking)
struct ReuseTests {
    private func ok(_ text: String, closes: Bool = false) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n"
            + (closes ? "Connection: close\r\n" : "") + "\r\n\(text)"
    }

    /// A fixture whose origin names the target in each answer; `end` comes behind every response.
    private func naming(
        backlog: Int32 = 128,
        _ end: @escaping @Sendable (OriginConnection) -> Bool = { _ in true }
    ) throws -> (origin: RawOrigin, gateway: RunningGateway) {
        let origin = try RawOrigin(backlog: backlog) { connection in
            while let request = try connection.readRequest() {
                let text = "for \(request.method) \(request.target)"
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
                )
                if !end(connection) { return }
            }
        }
        let gateway = try RunningGateway(
            upstream: "http://127.0.0.1:\(origin.port)",
            arguments: ["--workers", "1"],
            keeping: origin
        )
        return (origin, gateway)
    }

    @Test(
        "Late octets on a connection are never the next client's response (R-41)",
        arguments: LateMoment.allCases
    )
    func keepsLateOctetsFromOthers(_ moment: LateMoment) throws {
        let fixture = try Fixture()
        let first = try fixture.gateway.connect()
        let second = try fixture.gateway.connect()
        for late in LateOctets.all {
            try first.send(request("GET", "/assets/first"))
            let connection = try fixture.origin.accept()
            #expect(try connection.expectRequest().target == "/assets/first")
            try answer(connection, first, moment, late.text)

            try second.send(request("GET", "/assets/second"))
            let fresh = try fixture.origin.accept()
            #expect(try fresh.expectRequest().target == "/assets/second", "\(late.name)")
            // The next round begins without a connection in the pool.
            try fresh.send(ok("second", closes: true))
            let response = try second.readResponse()
            #expect(response.status == 200, "\(late.name)")
            #expect(response.text == "second", "\(late.name)")
            #expect(response.interim.isEmpty, "\(late.name)")
            #expect(connection.isClosedByPeer(), "\(late.name)")
            fresh.close()
        }
        #expect(first.staysSilent(for: .milliseconds(100)))
        #expect(second.staysSilent(for: .milliseconds(100)))
    }

    /// Answers the first client's request, with octets behind it that nobody asked for.
    private func answer(
        _ connection: OriginConnection,
        _ client: RawClient,
        _ moment: LateMoment,
        _ late: String
    ) throws {
        let response = ok("first")
        let half = String(late.prefix(late.count / 2))
        switch moment {
        case .inTheSameSegment:
            try connection.send(response + late)
        case .rightBehindTheResponse:
            try connection.send(response)
            // The gateway may have closed the connection by now.
            try? connection.send(late)
        case .afterTheClientHasIt:
            try connection.send(response)
        case .inTwoParts:
            try connection.send(response + half)
        }
        #expect(try client.readResponse().text == "first")
        switch moment {
        case .inTheSameSegment, .rightBehindTheResponse: break
        case .afterTheClientHasIt: try connection.send(late)
        case .inTwoParts: try? connection.send(String(late.dropFirst(half.count)))
        }
    }

    @Test("News of octets that were already read closes no connection")
    func keepsConnectionsWhoseNewsIsOld() throws {
        let half = String(repeating: "x", count: 40_000)
        let origin = try RawOrigin { connection in
            while try connection.readRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 80000\r\n\r\n" + half)
                try connection.send(half)
            }
        }
        let gateway = try RunningGateway(
            upstream: "http://127.0.0.1:\(origin.port)",
            arguments: ["--workers", "1"],
            keeping: origin
        )
        let client = try gateway.connect()
        for _ in 0..<1000 {
            #expect(try client.exchange(request("GET", "/assets/large")).body.count == 80_000)
        }
        #expect(origin.connectionCount == 1)
    }

    @Test("An origin that closes behind each response, without a word, fails no GET (R-22)")
    func survivesClosingOrigins() throws {
        let (origin, gateway) = try naming { _ in false }
        let clients = try (0..<2).map { _ in try gateway.connect() }
        for number in 0..<100 {
            let target = "/assets/\(number)"
            let response = try clients[number % 2].exchange(request("GET", target))
            #expect(response.status == 200)
            #expect(response.text == "for GET \(target)")
        }
        #expect(origin.connectionCount >= 100)
    }

    @Test("An origin that closes behind each response never sees a POST twice (R-22)")
    func neverRepeatsPosts() throws {
        let (origin, gateway) = try naming { _ in false }
        let clients = try (0..<2).map { _ in try gateway.connect() }
        var answered = 0
        for number in 0..<100 {
            let target = "/anything?n\(number)n"
            let client = clients[number % 2]
            let response = try client.exchange(request("POST", target, body: "x"))
            // The end of the connection and the request may pass each other on the way.
            guard response.status == 200 else {
                #expect(response.status == 502)
                continue
            }
            answered += 1
            #expect(response.text == "for POST \(target)")
        }
        #expect(answered > 0)
        let seen = origin.receivedText
        for number in 0..<100 {
            let count = seen.components(separatedBy: "POST /anything?n\(number)n ").count - 1
            #expect(count <= 1, "POST \(number) came \(count) times")
        }
    }

    @Test("A POST never goes to a connection that the origin has closed (R-22)")
    func sendsPostsToLiveConnections() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        for number in 0..<5 {
            try client.send(request("POST", "/anything?\(number)", body: "x"))
            let connection = try fixture.origin.accept()
            #expect(try connection.expectRequest().target == "/anything?\(number)")
            try connection.send(ok("\(number)"))
            #expect(try client.readResponse(to: "POST").text == "\(number)")
            connection.close()
        }
    }

    @Test("A GET whose second try fails too is answered 502, not sent a third time (R-22)")
    func retriesOnce() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        let first = try fixture.origin.accept()
        _ = try first.expectRequest()
        try first.send(ok("once"))
        #expect(try client.readResponse().text == "once")
        try client.send(request("GET", "/assets/again"))
        #expect(try first.expectRequest().target == "/assets/again")
        first.close()
        let second = try fixture.origin.accept()
        #expect(try second.expectRequest().target == "/assets/again")
        second.close()
        #expect(try client.readResponse().status == 502)
        #expect(!(try fixture.origin.hasWaitingConnection(within: .milliseconds(300))))
    }

    @Test("A request with content is not sent again, whatever its method (R-22)")
    func keepsContentToOneTry() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        let first = try fixture.origin.accept()
        _ = try first.expectRequest()
        try first.send(ok("once"))
        #expect(try client.readResponse().text == "once")
        try client.send(request("PUT", "/users/7", body: "content"))
        #expect(try first.expectRequest().body == Array("content".utf8))
        first.close()
        #expect(try client.readResponse(to: "PUT").status == 502)
        #expect(!(try fixture.origin.hasWaitingConnection(within: .milliseconds(300))))
    }

    @Test("200 clients at once get their own answers, again and again (B-69)")
    func servesManyClients() throws {
        let (origin, gateway) = try naming(backlog: 512)
        let clients = try (0..<200).map { _ in try gateway.connect() }
        for round in 0..<5 {
            for (number, client) in clients.enumerated() {
                try client.send(request("GET", "/assets/\(round)-\(number)"))
            }
            // Answers are taken in another order than the requests were sent in.
            for (number, client) in clients.enumerated().reversed() {
                let response = try client.readResponse(within: .seconds(30))
                #expect(response.text == "for GET /assets/\(round)-\(number)")
            }
        }
        #expect(origin.connectionCount <= 200)
    }
}
