internal import Curl
internal import HTTPMessage

/// Why no (whole) response came from an origin server.
///
/// The name in `Proxy-Status` is one of RFC 9209 §2.3's; `label` is bounded, fit for a metric.
enum OriginFailure: Equatable {
    case connect(CurlError)
    case connectTimeout
    /// The connection ended before a response began.
    case closedEarly
    /// The connection broke.
    case broken
    /// The origin was silent for too long.
    case responseTimeout
    /// The response is not HTTP that can be relied on.
    case malformed(MessageFault)
    /// It is not HTTP/2, which the configuration says the origin speaks.
    case notHTTP2(CurlError)
    /// Interim responses without end.
    case interimFlood
    /// 101 without anybody having asked.
    case unaskedSwitch
    /// 101 that does not keep to WebSocket's rules.
    case handshake(WebSocketOffer.Breach)
    /// Too many requests wait for a connection, or one has waited too long.
    case busy
    /// The policy names an upstream that cannot be used.
    case misconfigured

    /// What libcurl says of it, for operators alone; empty where it says nothing.
    var words: String {
        switch self {
        case .connect(let error), .notHTTP2(let error): error.words
        default: ""
        }
    }

    /// The status code that the client gets, if it has not got one yet.
    var status: Int {
        switch self {
        case .connectTimeout, .responseTimeout: 504
        case .connect(let error) where error.kind == .connectTimeout: 504
        case .busy: 503
        case .connect, .closedEarly, .broken, .malformed, .notHTTP2, .interimFlood,
            .unaskedSwitch, .handshake, .misconfigured:
            502
        }
    }

    /// The error type of RFC 9209 §2.3.
    var proxyError: String {
        switch self {
        case .connect(let error):
            switch error.kind {
            case .resolution: "dns_error"
            case .tls: "tls_certificate_error"
            case .connectTimeout: "connection_timeout"
            case .connectionRefused: "connection_refused"
            case .protocolFault: "http_protocol_error"
            case .connectionBroken, .configuration, .other: "destination_unavailable"
            }
        case .connectTimeout: "connection_timeout"
        case .closedEarly: "http_response_incomplete"
        case .broken: "connection_terminated"
        case .responseTimeout: "http_response_timeout"
        case .malformed, .notHTTP2, .interimFlood: "http_protocol_error"
        case .unaskedSwitch, .handshake: "http_upgrade_failed"
        case .busy: "connection_limit_reached"
        case .misconfigured: "proxy_configuration_error"
        }
    }

    /// One sentence for a person.
    var detail: String {
        switch self {
        case .connect(let error):
            "The origin server could not be reached: \(error.description)."
        case .connectTimeout: "Connecting to the origin server took too long."
        case .closedEarly: "The origin server closed the connection before it answered."
        case .broken: "The connection to the origin server broke."
        case .responseTimeout: "The origin server did not answer in time."
        case .malformed(let fault):
            "The origin server's response is not valid HTTP (\(fault.code.rawValue))."
        case .notHTTP2(let error):
            "The origin server's response is not valid HTTP/2: \(error.description)."
        case .interimFlood: "The origin server sent too many interim responses."
        case .unaskedSwitch: "The origin server switched protocols without being asked."
        case .handshake(let breach): breach.explanation
        case .busy: "The origin server is busy. Try again in a moment."
        case .misconfigured: "The policy names an upstream that this gateway does not have."
        }
    }
}
