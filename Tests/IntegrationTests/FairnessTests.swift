import Foundation
import Locking
import TestKit
import Testing

@Suite("One client's haste is no other's wait", .blocking)
struct FairnessTests {
    private struct Reading {
        var octets = 0
        var mayEnd = false
        var hasEnded = false
    }

    /// Sends a response without end, as fast as it is taken.
    private static func stream(_ connection: OriginConnection) throws {
        let block = [UInt8](repeating: 0x61, count: 256 * 1024)
        while try connection.readRequest() != nil {
            try connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
            // Ends with the client, whose connection closes this one.
            while (try? connection.send(block)) != nil {}
        }
    }

    @Test("A worker that relays as fast as it can still refuses, accepts and forwards at once")
    func servesOthersBesideAStream() throws {
        let state = Lock(Reading())
        let fixture = try Fixture { try Self.stream($0) }
        Thread.detachNewThread {
            defer { state.withLock { $0.hasEnded = true } }
            guard let hasty = try? fixture.gateway.connect(),
                (try? hasty.send(request("GET", "/assets/endless"))) != nil
            else { return }
            while let piece = try? hasty.readSome(), !state.withLock({ $0.mayEnd }) {
                state.withLock { $0.octets += piece.count }
            }
        }
        defer {
            state.withLock { $0.mayEnd = true }
            #expect(eventually { state.withLock { $0.hasEnded } })
        }
        #expect(eventually { state.withLock { $0.octets } > 4 * 1024 * 1024 })
        for _ in 0..<50 {
            // Each on a connection of its own, so that it has to be accepted as well.
            let response = try fixture.gateway.exchange(
                request("DELETE", "/assets/x"),
                within: .seconds(2)
            )
            #expect(response.status == 405)
        }
    }
}
