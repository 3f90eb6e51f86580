import NIOCore
import TestKit
import Testing

@testable import Admin

@Suite("The stream of refusals", .blocking)
struct RefusalStreamTests {
    /// A connection that follows, with everything that came after the head.
    final class Follower {
        let client: RawClient
        private(set) var text = ""
        /// How many refusals came.
        private(set) var events = 0
        /// How many were said to be lost.
        private(set) var lost = 0
        private var partialLine: ArraySlice<UInt8> = []

        init(_ admin: RunningAdmin, receiveBufferBytes: Int32? = nil) throws {
            client = try admin.client(receiveBufferBytes: receiveBufferBytes)
            try client.send(RunningAdmin.request("GET /refusals"))
            let head = try client.readHead()
            #expect(head.startLine == "HTTP/1.1 200 OK")
            #expect(head["Content-Type"] == "text/event-stream")
            // From here on the listener has the stream in its books.
            try read { $0.contains(": refused attempts") }
        }

        /// Reads until `isEnough` is content with all that came.
        func read(_ isEnough: (String) -> Bool) throws {
            while !isEnough(text) { try readSome() }
        }

        /// Reads until so many refusals have come or were said to be lost.
        func read(count: Int) throws {
            while events + lost < count { try readSome() }
        }

        private func readSome() throws {
            let octets = try client.readSome()
            if octets.isEmpty { throw WireError.closedEarly("events after \(events) of them") }
            text += String(latin1: octets)
            partialLine += octets
            while let end = partialLine.firstIndex(of: 0x0A) {
                count(String(latin1: partialLine[..<end]))
                partialLine = partialLine[(end + 1)...]
            }
        }

        private func count(_ line: String) {
            if line == "event: refusal" { events += 1 }
            if let match = line.wholeMatch(of: /data: \{"lost":(\d+)\}/) {
                lost += Int(match.output.1) ?? 0
            }
        }
    }

    private static func line(_ number: Int, padding: Int = 0) -> String {
        let filler = String(repeating: "x", count: padding)
        return #"{"number":\#(number),"filler":"\#(filler)"}"# + "\n"
    }

    @Test("Each line of the log is an event, to every follower")
    func streamsLines() async throws {
        try await RunningAdmin.run { admin throws in
            let followers = [try Follower(admin), try Follower(admin)]
            admin.feed.publish(Array((Self.line(1) + Self.line(2)).utf8))
            admin.feed.publish(Array(Self.line(3).utf8))
            for follower in followers {
                try follower.read { $0.contains(#""number":3"#) }
                for number in 1...3 {
                    let event = "event: refusal\ndata: \(Self.line(number))\n"
                    #expect(follower.text.contains(event))
                }
                #expect(follower.events == 3)
                #expect(follower.lost == 0)
            }
        }
    }

    @Test("A quiet stream has a comment now and then")
    func keepsAlive() async throws {
        try await RunningAdmin.run(TestSource(), { $0.limits.heartbeat = .milliseconds(20) }) {
            admin throws in
            let follower = try Follower(admin)
            // Each in a chunk of its own.
            try follower.read { $0.ranges(of: "3\r\n:\n\n\r\n").count >= 3 }
        }
    }

    @Test("When the last follower is gone, nothing is kept any more")
    func forgetsFollowers() async throws {
        try await RunningAdmin.run { admin throws in
            #expect(!admin.feed.isFollowed)
            let first = try Follower(admin)
            let second = try Follower(admin)
            #expect(admin.feed.isFollowed)
            first.client.close()
            admin.feed.publish(Array(Self.line(1).utf8))
            try second.read { $0.contains(#""number":1"#) }
            second.client.reset()
            #expect(eventually { !admin.feed.isFollowed })
            // And then again for somebody new.
            let third = try Follower(admin)
            admin.feed.publish(Array(Self.line(2).utf8))
            try third.read { $0.contains(#""number":2"#) }
            #expect(!third.text.contains(#""number":1"#))
        }
    }

    @Test("A slow reader loses events, is told how many, and holds up nobody")
    func boundsSlowReader() async throws {
        try await RunningAdmin.run(TestSource(), { $0.limits.gatherTime = .milliseconds(1) }) {
            admin throws in
            let slow = try Follower(admin, receiveBufferBytes: 4096)
            let quick = try Follower(admin)
            let (batches, batchLines) = (40, 100)
            for batch in 0..<batches {
                let lines = (0..<batchLines).map { Self.line(batch * 1000 + $0, padding: 1000) }
                admin.feed.publish(Array(lines.joined().utf8))
                // At the pace of the quick one.
                try quick.read(count: (batch + 1) * batchLines)
            }
            let total = batches * batchLines
            try slow.read(count: total)
            #expect(slow.events + slow.lost == total)
            #expect(slow.lost > 0)
            #expect(slow.events > 0)
            // What comes after the loss arrives again.
            admin.feed.publish(Array(Self.line(-1).utf8))
            try slow.read(count: total + 1)
            #expect(slow.text.suffix(200).contains(#""number":-1"#))
        }
    }

    @Test("A reader that takes nothing at all is given up")
    func givesUpStalledReader() async throws {
        let change: (inout AdminConfiguration) -> Void = { configuration in
            configuration.limits.heartbeat = .milliseconds(50)
            configuration.limits.gatherTime = .milliseconds(1)
        }
        try await RunningAdmin.run(TestSource(), change) { admin throws in
            let stalled = try Follower(admin, receiveBufferBytes: 4096)
            let lines = (0..<100).map { Self.line($0, padding: 1000) }
            let batch = Array(lines.joined().utf8)
            let isGivenUp = eventually {
                admin.feed.publish(batch)
                return !admin.feed.isFollowed
            }
            #expect(isGivenUp)
            withExtendedLifetime(stalled) {}
        }
    }

    @Test("Streams beyond the bound are answered 503, until one goes")
    func boundsStreams() async throws {
        try await RunningAdmin.run(TestSource(), { $0.limits.streamsMax = 1 }) { admin throws in
            let first = try Follower(admin)
            let refused = try admin.exchange("GET /refusals")
            #expect(refused.status == 503)
            // Other requests are not held up by it.
            #expect(try admin.exchange("GET /healthz").status == 200)
            first.client.close()
            let isFollowing = try eventually {
                let client = try admin.client()
                try client.send(RunningAdmin.request("GET /refusals"))
                return try client.readHead().startLine == "HTTP/1.1 200 OK"
            }
            #expect(isFollowing)
        }
    }

    @Test("Stopping ends the streams")
    func endsWithServer() async throws {
        let admin = try await RunningAdmin.start()
        let port = admin.port
        let client = try RawClient(port: port)
        try client.send(RunningAdmin.request("GET /refusals"))
        _ = try client.readHead()
        await admin.server.stop()
        #expect(!admin.feed.isFollowed)
        // Nothing to come but what was under way, and the end.
        let rest = String(latin1: (try? client.readToEnd()) ?? [])
        #expect(!rest.contains("event:"))
    }
}

@Suite("The feed of refusals")
struct RefusalFeedTests {
    private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("Without a follower nothing is kept")
    func keepsNothingUnfollowed() {
        let feed = RefusalFeed()
        feed.publish(octets("a\n"))
        #expect(!feed.isFollowed)
        #expect(feed.take() == ([], 0))
    }

    @Test("One wake is enough for all lines until they are taken")
    func wakesOnce() {
        let feed = RefusalFeed()
        let wakes = RuleCounter()
        feed.follow { wakes.add() }
        feed.publish(octets("a\n"))
        feed.publish(octets("b"))
        feed.publish([])
        #expect(wakes.value == 1)
        #expect(feed.take() == (octets("a\nb\n"), 0))
        feed.publish(octets("c\n"))
        #expect(wakes.value == 2)
        feed.unfollow()
        feed.publish(octets("d\n"))
        #expect(wakes.value == 2)
        #expect(feed.take() == ([], 0))
    }

    @Test("What there is no room for is counted in lines")
    func countsLost() {
        let feed = RefusalFeed(bytesMax: 8)
        feed.follow {}
        feed.publish(octets("abc\nde\n"))
        feed.publish(octets("f\ng"))
        feed.publish(octets("\n"))
        #expect(feed.take() == (octets("abc\nde\n\n"), 2))
        feed.publish(octets("0123456\n"))
        feed.publish(octets("9\n"))
        #expect(feed.take() == (octets("0123456\n"), 1))
    }

    @Test("Events are cut into pieces that know how many they are")
    func cutsPieces() {
        let line = String(repeating: "x", count: 999) + "\n"
        let pieces = EventText.pieces(of: octets(String(repeating: line, count: 100)))
        #expect(pieces.reduce(0) { $0 + $1.count } == 100)
        #expect(pieces.count > 1)
        #expect(pieces.allSatisfy { $0.octets.readableBytes < 18 * 1024 })
        let split = EventText.pieces(of: octets("a\rb\n\nc\n"))
        let text = split.map { String(buffer: $0.octets) }.joined()
        #expect(text == "event: refusal\ndata: ab\n\nevent: refusal\ndata: c\n\n")
    }
}
