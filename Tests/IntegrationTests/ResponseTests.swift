import Foundation
import TestKit
import Testing

@Suite("Forwarding responses (R-04 R-15 R-18 R-40 R-42)", .blocking)
struct ResponseTests {
    /// Sends `text`; the origin answers with `response` and closes if told so.
    private func exchange(
        _ text: String = request("GET", "/status"),
        _ response: String,
        closing: Bool = false
    ) throws -> RawResponse {
        let fixture = try Fixture { connection in
            guard try connection.readRequest() != nil else { return }
            try connection.send(response)
            if !closing { _ = connection.isClosedByPeer(within: .seconds(20)) }
        }
        return try fixture.gateway.exchange(text)
    }

    @Test("Status, reason, field order, duplicates and Set-Cookie lines survive")
    func keepsTheResponse() throws {
        let response = try exchange(
            request("GET", "/status"),
            "HTTP/1.1 299 Odd Reason\r\nX-b: 1\r\nSet-Cookie: a=1; Path=/\r\nx-A: 2\r\n"
                + "Set-Cookie: b=2\r\nContent-Length: 2\r\nServer: legacy/1\r\n\r\nhi"
        )
        #expect(response.head.startLine == "HTTP/1.1 299 Odd Reason")
        #expect(response.head.values("Set-Cookie") == ["a=1; Path=/", "b=2"])
        let kept = response.head.fields.map(\.name).filter { ["X-b", "x-A"].contains($0) }
        #expect(kept == ["X-b", "x-A"])
        #expect(response["Server"] == "legacy/1")
        #expect(response["Content-Length"] == "2")
        #expect(response.text == "hi")
    }

    @Test("Hop-by-hop fields of a response end here (R-15)")
    func removesHopByHopFields() throws {
        let response = try exchange(
            request("GET", "/status"),
            "HTTP/1.1 200 OK\r\nConnection: X-Gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\n"
                + "Proxy-Authenticate: Basic\r\nContent-Length: 0\r\nX-Kept: 1\r\n\r\n"
        )
        #expect(response["X-Gone"] == nil)
        #expect(response["Proxy-Authenticate"] == nil)
        #expect(response["Keep-Alive"] != "timeout=5")
        #expect(response["X-Kept"] == "1")
    }

    @Test("A chunked response stays chunked, its trailers stay trailers (R-18)")
    func keepsChunksAndTrailers() throws {
        let response = try exchange(
            request("GET", "/status", ["TE: trailers", "Connection: TE"]),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                + "5\r\nhello\r\n6;e=1\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n"
        )
        #expect(response.text == "hello world")
        #expect(response["Transfer-Encoding"] == "chunked")
        #expect(response.trailers.map(\.description) == ["X-Sum: 11"])
    }

    @Test("A response that ends with its connection reaches the client with an end")
    func relaysCloseDelimitedResponse() throws {
        let response = try exchange(
            request("GET", "/status"),
            "HTTP/1.1 200 OK\r\n\r\nup to the end",
            closing: true
        )
        #expect(response.text == "up to the end")
    }

    @Test("An HTTP/1.0 client gets no chunks and an end by close")
    func speaksToOldClients() throws {
        let response = try exchange(
            "GET /status HTTP/1.0\r\nHost: shop.test\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
        )
        #expect(response["Transfer-Encoding"] == nil)
        #expect(response.text == "hi")
    }

    @Test("An HTTP/1.0 origin's response reaches the client as HTTP/1.1")
    func speaksToOldOrigins() throws {
        let response = try exchange(
            request("GET", "/status"),
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            closing: true
        )
        #expect(response.head.startLine.hasPrefix("HTTP/1.1 200"))
        #expect(response.text == "hi")
    }

    @Test("HEAD, 204 and 304 end at the head, whatever it says", arguments: [200, 204, 304])
    func endsAtTheHead(_ status: Int) throws {
        let fixture = try Fixture { connection in
            while let request = try connection.readRequest() {
                let isHead = request.method == "HEAD" || status != 200
                let length = status == 204 ? "" : "Content-Length: 5\r\n"
                try connection.send("HTTP/1.1 \(status) X\r\n\(length)\r\n\(isHead ? "" : "hello")")
            }
        }
        let client = try fixture.gateway.connect()
        let method = status == 200 ? "HEAD" : "GET"
        for _ in 0..<3 {
            let response = try client.exchange(request(method, "/status"))
            #expect(response.status == status)
            if method == "HEAD" { #expect(response["Content-Length"] == "5") }
        }
    }

    @Test("Interim responses reach an HTTP/1.1 client in front of the final one")
    func relaysInterimResponses() throws {
        let response = try exchange(
            request("GET", "/status"),
            "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
                + "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        )
        #expect(response.status == 200)
        let first = response.interim.first
        #expect(first?.startLine.hasPrefix("HTTP/1.1 103") == true)
        #expect(first?["Link"] == "</a.css>")
    }

    @Test("The origin's own 405 and its Allow pass unchanged (R-04)")
    func passesTheOriginsOwnRefusal() throws {
        let response = try exchange(
            request("GET", "/status"),
            "HTTP/1.1 405 Not Here\r\nAllow: POST, LOCK\r\nContent-Length: 3\r\n\r\nno!"
        )
        #expect(response.status == 405)
        #expect(response["Allow"] == "POST, LOCK")
        #expect(response["Proxy-Status"] == nil)
        #expect(response.text == "no!")
    }

    @Test("An early response is delivered while the upload goes on")
    func deliversEarlyResponse() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("POST", "/users", ["Content-Length: 1000000"]) + "some")
        let connection = try fixture.origin.accept()
        _ = try connection.readHead()
        try connection.send("HTTP/1.1 413 Too Much\r\nContent-Length: 3\r\n\r\nno!")
        let response = try client.readResponse()
        #expect(response.status == 413)
        #expect(response.text == "no!")
        // The rest of the body never becomes a request, at either side.
        #expect(connection.isClosedByPeerAfterContent())
    }

    @Test("Pipelined requests are judged one by one and answered in order (R-42, B-56)")
    func answersPipelinedRequestsInOrder() throws {
        let fixture = try Fixture.echoing()
        let client = try fixture.gateway.connect()
        let targets = (0..<20).map { $0 % 3 == 1 ? "/nowhere/\($0)" : "/assets/\($0)" }
        try client.send(targets.map { request("GET", $0) }.joined())
        for target in targets {
            let response = try client.readResponse()
            if target.hasPrefix("/nowhere") {
                #expect(response.status == 404, "\(target)")
            } else {
                #expect(response.text == "origin saw GET \(target)")
            }
        }
        #expect(!fixture.origin.receivedText.contains("nowhere"))
    }

    @Test("Nothing is answered after Connection: close (R-42)")
    func stopsAfterClose() throws {
        let fixture = try Fixture.echoing()
        let client = try fixture.gateway.connect()
        try client.send(
            request("GET", "/assets/1", ["Connection: close"]) + request("GET", "/assets/evil")
        )
        let response = try client.readResponse()
        #expect(response.text == "origin saw GET /assets/1")
        #expect(response.head.members("Connection").contains("close"))
        #expect(client.isClosedByPeer())
        #expect(!fixture.origin.receivedText.contains("evil"))
    }

    @Test("Origin connections are used again")
    func reusesOriginConnections() throws {
        let fixture = try Fixture.echoing()
        let client = try fixture.gateway.connect()
        for number in 0..<20 {
            #expect(try client.exchange(request("GET", "/assets/\(number)")).status == 200)
        }
        #expect(fixture.origin.connectionCount == 1)
    }

    @Test("A client that goes away cancels the exchange at the origin (B-69)")
    func cancelsWhenTheClientLeaves() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(request("GET", "/status"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        client.reset()
        #expect(connection.isClosedByPeer())
    }

    @Test("A truncated upload is not completed towards the origin (B-51)")
    func cutsTheUploadWhenTheClientLeaves() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        try client.send(
            request("POST", "/users", ["Transfer-Encoding: chunked"]) + "5\r\nhello\r\n"
        )
        let connection = try fixture.origin.accept()
        _ = try connection.readHead()
        client.close()
        var rest: [UInt8] = []
        while let more = try? connection.readSome(), !more.isEmpty { rest += more }
        #expect(!String(latin1: rest).contains("0\r\n\r\n"))
    }
}

extension OriginConnection {
    /// Reads what is left of a cut upload and tells whether the connection then ended.
    fileprivate func isClosedByPeerAfterContent() -> Bool {
        do {
            while !(try readSome(within: .seconds(10)).isEmpty) {}
            return true
        } catch {
            return (error as? WireError) == .reset
        }
    }
}
