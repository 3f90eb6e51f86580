import Foundation
import TestKit
import Testing

/// What wears a server of HTTP/2 down ends its connection, RFC 9113 section 10.5.
@Suite("Floods of HTTP/2", .blocking)
struct HTTP2FloodTests {
    /// What a client sends at once.
    enum Flood: CaseIterable {
        /// Requests that are reset at once (CVE-2023-44487).
        case resets
        /// Requests that we have to reset (CVE-2025-8671).
        case faults
        /// A block of fields that does not end, in tiny frames (CVE-2024-27316).
        case continuations
        /// SETTINGS that want an acknowledgement (CVE-2019-9515).
        case settings
        /// PING frames that want an answer (CVE-2019-9512).
        case pings
        /// The same, and a little content now and then.
        case pingsAmongContent
        /// Priorities that nobody wants to know.
        case priorities
        /// DATA frames with nothing in them (CVE-2019-9518).
        case emptyContent
        /// Fields without end, in large frames.
        case fields
        /// A large field in HPACK's table, and thousands of references to it.
        case references
        /// The same, in more frames than one.
        case moreReferences
        /// Changes of the size of HPACK's table, one after the other (RFC 7541 section 4.2).
        case tableSizes
    }

    /// Far less than the references stand for, and more than a debug build needs for a connection.
    ///
    /// A sanitizer keeps what is freed, so its runs have no bound.
    private static let memoryBytesMax =
        ProcessInfo.processInfo.environment["METHODWALL_SANITIZER"] == nil ? 32 << 20 : Int.max

    @Test(
        "A flood ends its connection, takes no memory, and nobody else notices",
        arguments: Flood.allCases
    )
    func endsFloods(_ flood: Flood) throws {
        let clear = try ClearGateway()
        // What the first request takes is not the flood's.
        try clear.expectService()
        let before = try ProcessStatus.residentBytes(pid: clear.pid)
        let client = try clear.connect()
        // The gateway may end the connection before all of it is sent.
        do { try client.send(flood.octets) } catch WireError.reset {}
        let frames = try client.readToEnd()
        // What is sent past the end makes the kernel throw a goodbye away.
        #expect(!frames.compactMap(\.goAwayCode).contains(0), "a goodbye without an error")
        try clear.expectService()
        let growth = try ProcessStatus.peakResidentBytes(pid: clear.pid) - before
        #expect(growth < Self.memoryBytesMax)
        clear.gateway.process.signal(SIGTERM)
        #expect(try clear.gateway.process.wait() == 0)
        let lines = clear.gateway.process.text(.standardError).split(separator: "\n")
            .filter { $0.contains("an HTTP/2 connection was closed") }
        #expect(lines.count == 1, "\(lines)")
        #expect(lines.allSatisfy { $0.contains(/times=1\b/) }, "\(lines)")
    }
}

extension HTTP2FloodTests.Flood {
    private typealias Kind = HTTP2RawClient.Kind

    private static let block = HTTP2RawClient.block(ClearGateway.get)
    private static let large = String(repeating: "a", count: 4_000)
    /// As much as a frame takes.
    private static let frameBytes = 16_384

    /// What is sent.
    var octets: [UInt8] {
        switch self {
        case .resets: Self.requestsAndResets
        case .faults: Self.faultyRequests
        case .continuations:
            Self.openHead(Self.block)
                + Self.repeated(200, Kind.continuation, stream: 1, [0, 1, 0x61, 0])
        case .settings: Self.repeated(5_000, Kind.settings)
        case .pings: Self.pings(5_000)
        case .pingsAmongContent:
            HTTP2RawClient.frame(Kind.headers, flags: 4, stream: 1, Self.block)
                + (0..<8).flatMap { _ in
                    Self.pings(500) + HTTP2RawClient.frame(Kind.data, stream: 1, [0x61])
                }
        case .priorities: Self.repeated(5_000, Kind.priority, stream: 1, [0, 0, 0, 0, 16])
        case .emptyContent:
            HTTP2RawClient.frame(Kind.headers, flags: 4, stream: 1, Self.block)
                + Self.repeated(2_000, Kind.data, stream: 1)
        case .fields: Self.framesOfFields
        case .references:
            HTTP2RawClient.frame(Kind.headers, flags: 5, stream: 1, Self.referringBlock)
        case .moreReferences:
            Self.openHead(Self.referringBlock)
                + Self.repeated(4, Kind.continuation, stream: 1, Self.reference(Self.frameBytes))
        case .tableSizes:
            // To 4,096 octets, a thousand times.
            HTTP2RawClient.frame(
                Kind.headers,
                flags: 5,
                stream: 1,
                Self.changesOfTable + Self.block
            )
        }
    }

    private static var requestsAndResets: [UInt8] {
        (0..<1_200).flatMap { index -> [UInt8] in
            let stream = UInt32(index * 2 + 1)
            return HTTP2RawClient.frame(Kind.headers, flags: 5, stream: stream, block)
                + HTTP2RawClient.frame(Kind.reset, stream: stream, [0, 0, 0, 8])
        }
    }

    /// Requests with more content than they say.
    private static var faultyRequests: [UInt8] {
        let head = block + HTTP2RawClient.block([("content-length", "1")])
        return (0..<1_200).flatMap { index -> [UInt8] in
            let stream = UInt32(index * 2 + 1)
            return HTTP2RawClient.frame(Kind.headers, flags: 4, stream: stream, head)
                + HTTP2RawClient.frame(Kind.data, stream: stream, [0x61, 0x62])
        }
    }

    private static var framesOfFields: [UInt8] {
        let lines = HTTP2RawClient.block([("a", large), ("b", large), ("c", large), ("d", large)])
        return openHead(block) + repeated(8, Kind.continuation, stream: 1, lines)
    }

    /// A head with a large field that goes into HPACK's table, and as many references to that as
    /// fit into the frame.
    private static var referringBlock: [UInt8] {
        // Literal with incremental indexing (RFC 7541 section 6.2.1): 0x40 in place of 0.
        let field: [UInt8] = [0x40] + HTTP2RawClient.block([("x-bomb", large)]).dropFirst()
        let head = block + field
        return head + reference(frameBytes - head.count)
    }

    /// References to the newest entry, which is the 62nd (RFC 7541 section 2.3.3).
    private static func reference(_ count: Int) -> [UInt8] {
        [UInt8](repeating: 0x80 | 62, count: count)
    }

    private static var changesOfTable: [UInt8] {
        let change: [UInt8] = [0x3F, 0xE1, 0x1F]
        return [[UInt8]](repeating: change, count: 1_000).flatMap(\.self)
    }

    private static func pings(_ count: Int) -> [UInt8] {
        repeated(count, Kind.ping, [UInt8](repeating: 7, count: 8))
    }

    /// A block of fields that another frame has to end.
    private static func openHead(_ block: [UInt8]) -> [UInt8] {
        HTTP2RawClient.frame(Kind.headers, flags: 1, stream: 1, block)
    }

    private static func repeated(
        _ count: Int,
        _ type: UInt8,
        stream: UInt32 = 0,
        _ payload: [UInt8] = []
    ) -> [UInt8] {
        let frame = HTTP2RawClient.frame(type, stream: stream, payload)
        return [[UInt8]](repeating: frame, count: count).flatMap(\.self)
    }
}
