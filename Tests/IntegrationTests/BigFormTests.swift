import Foundation
import Locking
import TestKit
import Testing

/// Content of any size: some text, octets of a pattern, some text.
private struct Sandwich: Sendable {
    private let start: [UInt8]
    private let patternBytes: Int
    private let end: [UInt8]
    private var pattern = Pattern()
    /// How many octets were made or checked so far.
    private(set) var position = 0

    init(_ start: String, _ patternBytes: Int, _ end: String) {
        self.start = Array(start.utf8)
        self.patternBytes = patternBytes
        self.end = Array(end.utf8)
    }

    var count: Int { start.count + patternBytes + end.count }

    /// The next piece; empty when all are made.
    mutating func next() -> [UInt8] {
        let piece: [UInt8]
        if position == 0 {
            piece = start
        } else if pattern.position < patternBytes {
            piece = pattern.next(patternBytes - pattern.position)
        } else {
            piece = position < count ? end : []
        }
        position += piece.count
        return piece
    }

    /// Whether `piece` is what comes next.
    mutating func matches(_ piece: ArraySlice<UInt8>) -> Bool {
        var rest = piece
        while !rest.isEmpty {
            let isSame: Bool
            let length: Int
            if position < start.count {
                length = min(rest.count, start.count - position)
                isSame = rest.prefix(length).elementsEqual(start[position..<(position + length)])
            } else if pattern.position < patternBytes {
                length = min(rest.count, patternBytes - pattern.position)
                isSame = pattern.matches(rest.prefix(length))
            } else {
                let offset = position - start.count - patternBytes
                length = rest.count
                guard offset + length <= end.count else { return false }
                isSame = rest.elementsEqual(end[offset..<(offset + length)])
            }
            guard isSame else { return false }
            position += length
            rest = rest.dropFirst(length)
        }
        return true
    }
}

@Suite("Big forms are scanned in bounded memory (B-04)", .serialized, .blocking)
struct BigFormTests {
    /// A form with a big part.
    struct Kind: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let type: String
        let start: String
        let end: String
        let refused: String
        let bytesMax: Int

        static let all: [Kind] = [
            Kind(
                testDescription: "multipart",
                type: "multipart/form-data; boundary=boundary-0123456789",
                start: "--boundary-0123456789\r\nContent-Disposition: form-data; name=\"f\"; "
                    + "filename=\"big.bin\"\r\n\r\n",
                end: "\r\n--boundary-0123456789\r\nContent-Disposition: form-data; name=\"_method\""
                    + "\r\n\r\nPUT\r\n--boundary-0123456789--\r\n",
                refused: "\r\n--boundary-0123456789\r\nContent-Disposition: form-data; "
                    + "name=\"_method\"\r\n\r\nDELETE\r\n--boundary-0123456789--\r\n",
                bytesMax: Int.max
            ),
            Kind(
                testDescription: "urlencoded",
                type: "application/x-www-form-urlencoded",
                start: "f=",
                end: "&_method=PUT",
                refused: "&_method=DELETE",
                bytesMax: 256 << 20
            ),
        ]
    }

    private static let policy = "methodwall: 1\npaths:\n  /upload: PUT POST\n"

    /// The full size for the program that `METHODWALL_BIN` names: a debug build reads every octet
    /// through calls that are not inlined.
    ///
    /// Urlencoded forms are small by nature, and slower to make and to check.
    private static func size(of kind: Kind) -> Int {
        min(BigBodyTests.size, Programs.isDebug ? 16 << 20 : kind.bytesMax)
    }

    /// What the origin says of each upload: how many octets came, whether they were the ones sent,
    /// and whether they were all.
    private final class Verdicts: Sendable {
        let all = Lock<[String]>([])
    }

    private func fixture(expecting content: Sandwich, _ verdicts: Verdicts) throws -> Fixture {
        try Fixture(policy: Self.policy) { connection in
            while let head = try connection.readHead() {
                var expected = content
                var isSame = true
                let isBig = head["Content-Length"] != "0"
                do {
                    try connection.readContent(of: head, within: BigBodyTests.limit) { piece in
                        isSame = expected.matches(piece) && isSame
                    }
                } catch {
                    verdicts.all.withLock { $0.append("cut after \(expected.position) \(isSame)") }
                    throw error
                }
                let text = "\(expected.position) \(isSame)"
                if isBig { verdicts.all.withLock { $0.append(text) } }
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
                )
            }
        }
    }

    /// Sends one upload and returns the response, and by how much memory grew.
    private func upload(
        _ content: Sandwich,
        _ kind: Kind,
        isChunked: Bool,
        to gateway: RunningGateway
    ) throws -> (RawResponse, Int) {
        let client = try gateway.connect()
        #expect(try client.exchange(request("PUT", "/upload", body: "")).status == 200)
        let pid = gateway.process.pid
        let before = try ProcessStatus.residentBytes(pid: pid)
        let watcher = MemoryWatcher(pid: pid)
        let framing =
            isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(content.count)"
        try client.send(request("POST", "/upload", ["Content-Type: \(kind.type)", framing]))
        var content = content
        while true {
            let piece = content.next()
            if piece.isEmpty { break }
            if isChunked { try client.send("\(String(piece.count, radix: 16))\r\n") }
            try client.send(piece, within: BigBodyTests.limit)
            if isChunked { try client.send("\r\n") }
        }
        if isChunked { try client.send("0\r\n\r\n") }
        let response = try client.readResponse(within: BigBodyTests.limit)
        return (response, watcher.stop() - before)
    }

    @Test(
        "B-04: a big form with an allowed override arrives octet for octet",
        arguments: Kind.all,
        [true, false]
    )
    func forwardsBigForms(_ kind: Kind, isChunked: Bool) throws {
        let content = Sandwich(kind.start, Self.size(of: kind), kind.end)
        let fixture = try fixture(expecting: content, Verdicts())
        let (response, growth) = try upload(
            content,
            kind,
            isChunked: isChunked,
            to: fixture.gateway
        )
        #expect(response.status == 200)
        #expect(response.text == "\(content.count) true")
        #expect(growth < BigBodyTests.growthMax, "grew by \(growth) octets")
    }

    @Test(
        "B-04: a refused override behind all of a big form is found, and the upload is cut",
        arguments: Kind.all
    )
    func cutsBigForms(_ kind: Kind) throws {
        let size = min(Self.size(of: kind), 256 << 20)
        let content = Sandwich(kind.start, size, kind.refused)
        let verdicts = Verdicts()
        let fixture = try fixture(expecting: content, verdicts)
        let (response, growth) = try upload(
            content,
            kind,
            isChunked: false,
            to: fixture.gateway
        )
        #expect(response.status == 405)
        #expect(try problem(response)["reason"] as? String == "override_not_allowed")
        #expect(eventually { verdicts.all.withLock { !$0.isEmpty } })
        let verdict = verdicts.all.withLock { $0.first } ?? ""
        #expect(verdict.hasPrefix("cut after") && verdict.hasSuffix("true"), "\(verdict)")
        #expect(growth < BigBodyTests.growthMax, "grew by \(growth) octets")
        // Every octet of the file that arrived is one that was sent.
        #expect(fixture.origin.receivedCount < content.count + 1024)
    }
}
