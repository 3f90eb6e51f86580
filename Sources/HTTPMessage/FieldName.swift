/// The field names that this gateway gives a meaning.
///
/// Fewer than 64, so that a set is one word.
public enum FieldName: UInt8, Sendable, CaseIterable {
    /// Any name that is not in this list.
    case other = 0
    case host, connection, contentLength, transferEncoding, te, trailer, upgrade, expect, keepAlive
    case proxyConnection, proxyAuthenticate, proxyAuthorization, http2Settings
    case origin, accessControlRequestMethod, accessControlRequestHeaders
    case accept, userAgent, forwarded, xForwardedFor, xForwardedProto, xForwardedHost
    case via, maxForwards, authorization, wwwAuthenticate, vary, allow, date, server
    case accessControlAllowOrigin, accessControlAllowMethods, accessControlAllowHeaders
    case accessControlAllowCredentials, accessControlExposeHeaders, accessControlMaxAge
    case proxyStatus, proxy, xOriginalURL, xRewriteURL, contentType, cookie, setCookie
    case cacheControl, location, retryAfter, referer, destination, contentEncoding
    case depth, overwrite, `if`
    case secWebSocketKey, secWebSocketVersion, secWebSocketAccept, secWebSocketProtocol
    case secWebSocketExtensions, traceparent, tracestate

    /// The name that these octets spell, in any case; `.other` for one that is not in the list.
    public init(_ name: Span<UInt8>) {
        self =
            switch name.count {
            case 0...9: Self.shortName(name)
            case 10...14: Self.mediumName(name)
            case 15...32: Self.longName(name)
            default: .other
            }
    }

    /// The name that these octets spell where `_` is read as `-`, as CGI reads them; `.other` for
    /// one that is not in the list.
    public init(hyphenating name: Span<UInt8>) {
        // The longest name of the list has 32 octets.
        guard name.count <= 32 else {
            self = .other
            return
        }
        var octets = InlineArray<32, UInt8>(repeating: 0)
        for index in 0..<name.count {
            octets[index] = name[index] == 0x5F ? Octet.hyphen : name[index]
        }
        self = FieldName(octets.span.extracting(first: name.count))
    }

    /// This name's bit in a set of names.
    @inline(__always)
    var bit: UInt64 { 1 &<< UInt64(rawValue) }

    /// Whether a field of this name is for one connection only (RFC 9110 section 7.6.1), whatever
    /// the Connection field says.
    @inline(__always)
    var isAlwaysHopByHop: Bool {
        let fixed =
            Self.connection.bit | Self.keepAlive.bit | Self.proxyConnection.bit | Self.te.bit
            | Self.transferEncoding.bit | Self.upgrade.bit | Self.trailer.bit
            | Self.proxyAuthenticate.bit | Self.proxyAuthorization.bit | Self.http2Settings.bit
        return fixed & bit != 0
    }

    /// Whether the Connection field may not name this field away.
    ///
    /// That is what routes the request, what says how its content and its second path are read and
    /// whom it is from, and what this gateway writes for the origin server to rely on.
    @inline(__always)
    var isProtectedFromConnection: Bool {
        switch self {
        case .host, .contentLength, .forwarded, .via, .xForwardedFor, .xForwardedProto,
            .xForwardedHost, .contentType, .contentEncoding, .authorization, .cookie,
            .destination, .overwrite, .depth, .if:
            true
        default:
            false
        }
    }

    /// Whether a trailer section may not hold this field: it would frame or route a message whose
    /// framing and routing are over (RFC 9110 section 6.5.1).
    @inline(__always)
    var isRefusedInTrailers: Bool {
        let refused =
            Self.host.bit | Self.contentLength.bit | Self.transferEncoding.bit
        return refused & bit != 0
    }
}
