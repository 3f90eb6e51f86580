import Curl
import HTTPMessage
import MethodPolicy
import Testing

@testable import Gateway

@Suite("Status codes and what is said of an origin's failure")
struct StatusTests {
    private func phrase(_ status: Int) -> String { "\(StatusPhrase.text(status))" }

    @Test("Every reason's status has a phrase", arguments: RefusalReason.allCases)
    func phrasesReasons(_ reason: RefusalReason) {
        #expect(!phrase(reason.status).isEmpty)
    }

    @Test("Every fault's status has a phrase", arguments: MessageFault.Code.allCases)
    func phrasesFaults(_ code: MessageFault.Code) {
        #expect(!phrase(MessageFault(code).status).isEmpty)
    }

    @Test("A status that is not made here has no phrase", arguments: [0, 99, 418, 999, -1])
    func knowsNoOthers(_ status: Int) {
        #expect(phrase(status).isEmpty)
    }

    /// Every failure, with every value that it can carry.
    private var failures: [OriginFailure] {
        var all: [OriginFailure] = [
            .connectTimeout, .closedEarly, .broken, .responseTimeout, .unaskedSwitch, .busy,
            .misconfigured, .interimFlood,
        ]
        for kind in CurlError.Kind.allCases {
            all.append(.connect(CurlError(kind: kind, description: "could not connect")))
        }
        all.append(.notHTTP2(CurlError(kind: .protocolFault, description: "HTTP/1.1")))
        for code in MessageFault.Code.allCases { all.append(.malformed(MessageFault(code))) }
        for breach in WebSocketOffer.Breach.allCases { all.append(.handshake(breach)) }
        // A failure that is not above does not compile here.
        for failure in all {
            switch failure {
            case .connect, .connectTimeout, .closedEarly, .broken, .responseTimeout, .malformed,
                .notHTTP2, .unaskedSwitch, .handshake, .busy, .misconfigured, .interimFlood:
                continue
            }
        }
        return all
    }

    /// The error types that RFC 9209 section 2.3 registers.
    private static let registered: Set<String> = [
        "dns_timeout", "dns_error", "destination_not_found", "destination_unavailable",
        "destination_ip_prohibited", "destination_ip_unroutable", "connection_refused",
        "connection_terminated", "connection_timeout", "connection_read_timeout",
        "connection_write_timeout", "connection_limit_reached", "tls_protocol_error",
        "tls_certificate_error", "tls_alert_received", "http_request_error",
        "http_request_denied", "http_response_incomplete", "http_response_header_section_size",
        "http_response_header_size", "http_response_body_size",
        "http_response_trailer_section_size", "http_response_trailer_size",
        "http_response_transfer_coding", "http_response_content_coding",
        "http_response_timeout", "http_upgrade_failed", "http_protocol_error",
        "proxy_internal_response", "proxy_internal_error", "proxy_configuration_error",
        "proxy_loop_detected",
    ]

    @Test("An origin's failure is 502, 503 or 504, with a phrase")
    func statusOfFailures() {
        for failure in failures {
            #expect(502...504 ~= failure.status, "\(failure)")
            #expect(!phrase(failure.status).isEmpty, "\(failure)")
        }
        #expect(OriginFailure.responseTimeout.status == 504)
        #expect(OriginFailure.connectTimeout.status == 504)
        #expect(OriginFailure.busy.status == 503)
        #expect(OriginFailure.closedEarly.status == 502)
    }

    @Test("Proxy-Status names a registered error type (RFC 9209 section 2.3)")
    func namesRegisteredErrors() {
        for failure in failures {
            #expect(Self.registered.contains(failure.proxyError), "\(failure)")
        }
        #expect(Self.registered.contains(LocalAnswer(status: 405).proxyError))
    }

    @Test("An origin's failure is told in one sentence of printable ASCII")
    func tellsFailures() {
        for failure in failures {
            let detail = failure.detail
            #expect(detail.utf8.allSatisfy { 0x20..<0x7F ~= $0 }, "\(detail)")
            #expect(detail.hasSuffix("."), "\(detail)")
        }
    }
}
