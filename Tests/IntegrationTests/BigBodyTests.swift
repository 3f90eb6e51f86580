import Foundation
import TestKit
import Testing

/// `METHODWALL_BIG_BYTES` sets the size; the release stage of `Tests/run.sh` uses 2 GiB.
@Suite("Big bodies", .serialized, .blocking)
struct BigBodyTests {
    static let size =
        ProcessInfo.processInfo.environment["METHODWALL_BIG_BYTES"].flatMap { Int($0) } ?? 256 << 20
    static let limit: Duration = .seconds(300)
    /// A sanitizer's own memory grows with every page that is touched, so its runs have no bound.
    static let growthMax =
        ProcessInfo.processInfo.environment["METHODWALL_SANITIZER"] == nil ? 32 << 20 : Int.max

    /// Watches resident memory while `body` runs.
    private func growth(_ gateway: RunningGateway, during body: () throws -> Void) throws -> Int {
        // The first exchange pays for what every process loads once.
        let pid = gateway.process.pid
        let before = try ProcessStatus.residentBytes(pid: pid)
        let watcher = MemoryWatcher(pid: pid)
        try body()
        return watcher.stop() - before
    }

    @Test("A big upload passes byte-identical in bounded memory", arguments: [true, false])
    func uploads(isChunked: Bool) throws {
        let fixture = try Fixture { connection in
            while let head = try connection.readHead() {
                var pattern = Pattern()
                var isSame = true
                let trailers = try connection.readContent(of: head, within: Self.limit) { piece in
                    isSame = pattern.matches(piece) && isSame
                }
                _ = trailers
                let text = "\(pattern.position) \(isSame)"
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
                )
            }
        }
        let client = try fixture.gateway.connect()
        #expect(try client.exchange(request("PUT", "/upload", body: "")).status == 200)
        let growth = try growth(fixture.gateway) {
            let framing =
                isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.size)"
            try client.send(request("PUT", "/upload", [framing]))
            var pattern = Pattern()
            while pattern.position < Self.size {
                let piece = pattern.next(Self.size - pattern.position)
                if isChunked { try client.send("\(String(piece.count, radix: 16))\r\n") }
                try client.send(piece, within: Self.limit)
                if isChunked { try client.send("\r\n") }
            }
            if isChunked { try client.send("0\r\n\r\n") }
            let response = try client.readResponse(within: Self.limit)
            #expect(response.text == "\(Self.size) true")
        }
        #expect(growth < Self.growthMax, "grew by \(growth) octets")
    }

    @Test("A big download passes byte-identical in bounded memory", arguments: [true, false])
    func downloads(isChunked: Bool) throws {
        let fixture = try Fixture { connection in
            while let request = try connection.readRequest() {
                let size = request.target.hasSuffix("big") ? Self.size : 0
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
                try connection.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n")
                var pattern = Pattern()
                while pattern.position < size {
                    let piece = pattern.next(size - pattern.position)
                    if isChunked { try connection.send("\(String(piece.count, radix: 16))\r\n") }
                    try connection.send(piece, within: Self.limit)
                    if isChunked { try connection.send("\r\n") }
                }
                if isChunked { try connection.send("0\r\n\r\n") }
            }
        }
        let client = try fixture.gateway.connect()
        #expect(try client.exchange(request("GET", "/assets/small")).status == 200)
        let growth = try growth(fixture.gateway) {
            try client.send(request("GET", "/assets/big"))
            let head = try client.readHead()
            #expect(head.startLine.hasPrefix("HTTP/1.1 200"))
            #expect(head["Content-Length"] == (isChunked ? nil : "\(Self.size)"))
            var pattern = Pattern()
            var isSame = true
            try client.readContent(length: isChunked ? nil : Self.size, within: Self.limit) {
                isSame = pattern.matches($0) && isSame
            }
            #expect(isSame)
            #expect(pattern.position == Self.size)
        }
        #expect(growth < Self.growthMax, "grew by \(growth) octets")
        #expect(try client.exchange(request("GET", "/assets/small")).status == 200)
    }

    @Test("A slow reader slows the origin")
    func slowsTheOriginDown() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect(receiveBufferBytes: 16 * 1024)
        try client.send(request("GET", "/assets/big"))
        let connection = try fixture.origin.accept()
        _ = try connection.expectRequest()
        let size = 256 << 20
        try connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
        let sent = try connection.sendUntilBlocked(
            [UInt8](repeating: 0x61, count: 256 * 1024),
            countMax: size,
            patience: .seconds(1)
        )
        // What fits into the kernel's buffers on two connections, and a bounded buffer of ours.
        #expect(sent < 32 << 20, "the origin could send \(sent) octets to a client that reads none")
    }

    @Test("A slow origin slows the client")
    func slowsTheClientDown() throws {
        let fixture = try Fixture()
        let client = try fixture.gateway.connect()
        let size = 256 << 20
        try client.send(request("PUT", "/upload", ["Content-Length: \(size)"]))
        let connection = try fixture.origin.accept()
        _ = try connection.readHead()
        let sent = try client.sendRepeatedly(
            [UInt8](repeating: 0x61, count: 256 * 1024),
            count: 1024,
            patience: .seconds(1)
        )
        #expect(
            sent < 32 << 20,
            "the client could send \(sent) octets to an origin that reads none"
        )
    }
}
