internal import CCurl

/// What libcurl said went wrong.
///
/// `description` holds libcurl's own static text and nothing a peer sent, so it is safe to log.
public struct CurlError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The failures that a caller tells apart; everything else is `.other`.
    public enum Kind: String, Sendable, CaseIterable {
        /// The host name could not be resolved.
        case resolution
        /// No connection could be made.
        case connectionRefused
        /// Connecting, its TLS handshake included, took too long.
        case connectTimeout
        /// The TLS handshake failed, or the certificate was refused.
        case tls
        /// The connection broke while octets were sent or received.
        case connectionBroken
        /// What the origin server sent is not HTTP/2, where that is to be spoken.
        case protocolFault
        /// The URL or an option is not acceptable.
        case configuration
        /// Anything else: out of memory, a fault in how libcurl is used.
        case other
    }

    /// What kind of failure it is.
    public let kind: Kind
    /// One line for a person, which tells nothing of the origin server's place.
    public let description: String
    /// What libcurl said when it happened, such as why a certificate is refused.
    ///
    /// It may name hosts and what the origin server sent. Empty where it said nothing.
    public let words: String

    /// A failure with a text of the caller's own.
    public init(kind: Kind, description: String) {
        self.kind = kind
        self.description = description
        words = ""
    }

    init(_ code: CURLcode, words: String = "") {
        self.kind = Kind(code)
        self.words = words
        self.description = unsafe String(cString: curl_easy_strerror(code))
    }

    init(_ code: CURLMcode) {
        self.init(kind: .other, description: unsafe String(cString: curl_multi_strerror(code)))
    }

    init(_ code: CURLUcode) {
        self.init(
            kind: .configuration,
            description: unsafe String(cString: curl_url_strerror(code))
        )
    }
}

extension CurlError.Kind {
    fileprivate init(_ code: CURLcode) {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .resolution
        case CURLE_COULDNT_CONNECT: self = .connectionRefused
        case CURLE_OPERATION_TIMEDOUT: self = .connectTimeout
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_INVALIDCERTSTATUS:
            self = .tls
        case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE,
            CURLE_HTTP2_STREAM:
            self = .connectionBroken
        case CURLE_HTTP2, CURLE_WEIRD_SERVER_REPLY: self = .protocolFault
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT,
            CURLE_UNKNOWN_OPTION, CURLE_NOT_BUILT_IN:
            self = .configuration
        default: self = .other
        }
    }
}

/// Throws unless the code says that all is well.
func check(_ code: CURLcode) throws(CurlError) {
    if code != CURLE_OK { throw CurlError(code) }
}

/// Throws unless the code says that all is well.
func check(_ code: CURLMcode) throws(CurlError) {
    if code != CURLM_OK { throw CurlError(code) }
}
