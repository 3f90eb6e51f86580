import Foundation
import TestKit
import Testing

@Suite("Clients that end their side early or read slowly (RFC 9112 section 9.6)", .blocking)
struct ClosingClientTests {
    /// A fixture whose origin answers each request with so many octets of the pattern.
    private func fixture(size: Int, head: String) throws -> Fixture {
        try Fixture { connection in
            while try connection.readRequest() != nil {
                try connection.send("HTTP/1.1 200 OK\r\n\(head)\r\n")
                var pattern = Pattern()
                while pattern.position < size {
                    let piece = pattern.next(size - pattern.position)
                    try connection.send(piece, within: .seconds(60))
                }
                if head.contains("close") { return }
            }
        }
    }

    @Test(
        "A client that half-closes behind its request, or in the response, gets all of it",
        arguments: [true, false]
    )
    func answersHalfClosedClients(isBeforeResponse: Bool) throws {
        let size = 1 << 20
        let fixture = try fixture(size: size, head: "Content-Length: \(size)\r\n")
        // A small buffer keeps most of the response on its way while the client half-closes.
        let client = try fixture.gateway.connect(receiveBufferBytes: 16 * 1024)
        try client.send(request("GET", "/assets/big"))
        if isBeforeResponse { client.finishSending() }
        #expect(try client.readHead().startLine.hasPrefix("HTTP/1.1 200"))
        if !isBeforeResponse { client.finishSending() }
        var pattern = Pattern()
        var isSame = true
        try client.readContent(length: size, within: .seconds(30)) {
            isSame = pattern.matches($0) && isSame
        }
        #expect(isSame)
        #expect(pattern.position == size)
    }

    @Test("A refusal reaches a client that has half-closed")
    func refusesHalfClosedClients() throws {
        let gateway = try Fixture.echoing().gateway
        let client = try gateway.connect()
        try client.send(request("DELETE", "/status"))
        client.finishSending()
        #expect(try client.readResponse().status == 405)
        #expect(client.isClosedByPeer())
    }

    @Test(
        "A half-closed client's connection ends behind its answer, not at the idle time-out",
        arguments: [true, false]
    )
    func endsBehindTheAnswer(isBeforeOrigin: Bool) throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        if isBeforeOrigin { client.finishSending() }
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        if !isBeforeOrigin { client.finishSending() }
        // The gateway learns of the end before the origin answers.
        #expect(client.staysSilent(for: .milliseconds(100)))
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")
        #expect(try client.readResponse().text == "fine")
        #expect(client.isClosedByPeer(within: .seconds(5)))
    }

    @Test("Pipelined requests before a half-close are all answered (R-42)")
    func answersPipelinedHalfClosedClients() throws {
        let gateway = try Fixture.echoing().gateway
        let client = try gateway.connect()
        try client.send((0..<10).map { request("GET", "/assets/\($0)") }.joined())
        client.finishSending()
        for number in 0..<10 {
            #expect(try client.readResponse().text == "origin saw GET /assets/\(number)")
        }
        #expect(client.isClosedByPeer(within: .seconds(5)))
    }

    @Test(
        "A slow reader gets all of a response behind which the connection closes",
        arguments: [true, false]
    )
    func servesSlowReaders(closesByClient: Bool) throws {
        let size = 4 << 20
        let fixture = try fixture(
            size: size,
            head: closesByClient ? "Content-Length: \(size)\r\n" : "Connection: close\r\n"
        )
        let client = try fixture.gateway.connect(receiveBufferBytes: 16 * 1024)
        try client.send(
            request("GET", "/assets/big", closesByClient ? ["Connection: close"] : [])
        )
        let head = try client.readHead()
        #expect(head.startLine.hasPrefix("HTTP/1.1 200"))
        if closesByClient { #expect(head.members("Connection").contains("close")) }
        // The origin and the gateway are done with it long before the client is.
        pause(.seconds(1))
        var pattern = Pattern()
        var isSame = true
        var pieces = 0
        let length = head["Content-Length"].flatMap { Int($0) }
        try client.readContent(length: length, within: .seconds(60)) {
            isSame = pattern.matches($0) && isSame
            pieces += 1
            if pieces % 4 == 0 { pause(.milliseconds(1)) }
        }
        #expect(isSame)
        #expect(pattern.position == size)
        if closesByClient { #expect(client.isClosedByPeer()) }
    }
}
