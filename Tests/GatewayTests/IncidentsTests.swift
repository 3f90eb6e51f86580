import Logging
import NIOSSL
import TestKit
import Testing

@testable import Gateway

@Suite("Lines about what peers do before there is a request")
struct IncidentsTests {
    private static func instant(_ milliseconds: Int64) -> LogInstant {
        LogInstant(unixMilliseconds: milliseconds, monotonicMilliseconds: milliseconds)
    }

    @Test("One line a second of each kind, and none is left uncounted")
    func counts() {
        let log = CapturedLog()
        let incidents = Incidents(logger: Logger(label: "test") { _ in log })
        func report(_ kind: Incidents.Kind, _ detail: String, at milliseconds: Int64) {
            incidents.report(kind, from: .none, detail, at: Self.instant(milliseconds))
        }
        report(.http2, "one", at: 0)
        report(.http2, "two", at: 1)
        report(.handshake, "other", at: 2)
        report(.http2, "three\n\u{7F}", at: 999)
        #expect(log.lines.count == 2)
        #expect(incidents.areWaiting)
        incidents.advance(to: Self.instant(999))
        #expect(log.lines.count == 2)
        incidents.advance(to: Self.instant(1_000))
        #expect(!incidents.areWaiting)
        report(.http2, "four", at: 1_500)
        incidents.finish()
        incidents.finish()
        let closed = Incidents.Kind.http2.rawValue
        let expected = [
            (closed, "one", "1"), (Incidents.Kind.handshake.rawValue, "other", "1"),
            (closed, "three??", "2"), (closed, "four", "1"),
        ]
        let lines = expected.map { message, error, times in
            CapturedLog.Line(message, ["client": "unknown", "error": error, "times": times])
        }
        #expect(log.lines == lines)
    }

    @Test("Reasons of failed handshakes tell nothing of where libraries were built")
    func namesReasons() {
        let fault = NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake]))
        #expect(ProtocolChoice.text(fault) == "EOF during handshake")
        #expect(ProtocolChoice.text(NIOSSLError.uncleanShutdown) == "the client went away")
    }
}
