extension FieldName {
    // One length leaves few candidates, mostly told apart by their first octet, so that a name
    // which is not in the list costs one or two comparisons.

    static func shortName(_ name: Span<UInt8>) -> FieldName {
        switch name.count {
        case 2:
            if name.spells("te") { return .te }
            if name.spells("if") { return .if }
        case 3:
            if name.spells("via") { return .via }
        case 4:
            if name.spells("host") { return .host }
            if name.spells("date") { return .date }
            if name.spells("vary") { return .vary }
        case 5:
            if name.spells("allow") { return .allow }
            if name.spells("depth") { return .depth }
            if name.spells("proxy") { return .proxy }
        case 6:
            if name.spells("accept") { return .accept }
            if name.spells("cookie") { return .cookie }
            if name.spells("expect") { return .expect }
            if name.spells("origin") { return .origin }
            if name.spells("server") { return .server }
        case 7:
            if name.spells("referer") { return .referer }
            if name.spells("trailer") { return .trailer }
            if name.spells("upgrade") { return .upgrade }
        case 8:
            if name.spells("location") { return .location }
        case 9:
            if name.spells("forwarded") { return .forwarded }
            if name.spells("overwrite") { return .overwrite }
        default:
            break
        }
        return .other
    }

    static func mediumName(_ name: Span<UInt8>) -> FieldName {
        switch name.count {
        case 10:
            if name.spells("connection") { return .connection }
            if name.spells("user-agent") { return .userAgent }
            if name.spells("keep-alive") { return .keepAlive }
            if name.spells("set-cookie") { return .setCookie }
            if name.spells("tracestate") { return .tracestate }
        case 11:
            if name.spells("retry-after") { return .retryAfter }
            if name.spells("destination") { return .destination }
            if name.spells("traceparent") { return .traceparent }
        case 12:
            if name.spells("content-type") { return .contentType }
            if name.spells("max-forwards") { return .maxForwards }
            if name.spells("proxy-status") { return .proxyStatus }
        case 13:
            if name.spells("authorization") { return .authorization }
            if name.spells("cache-control") { return .cacheControl }
            if name.spells("x-rewrite-url") { return .xRewriteURL }
        case 14:
            if name.spells("content-length") { return .contentLength }
            if name.spells("http2-settings") { return .http2Settings }
            if name.spells("x-original-url") { return .xOriginalURL }
        default:
            break
        }
        return .other
    }

    static func longName(_ name: Span<UInt8>) -> FieldName {
        switch name.count {
        case 15:
            if name.spells("x-forwarded-for") { return .xForwardedFor }
        case 16:
            if name.spells("proxy-", "connection") { return .proxyConnection }
            if name.spells("www-", "authenticate") { return .wwwAuthenticate }
            if name.spells("x-forwarded-", "host") { return .xForwardedHost }
            if name.spells("content-", "encoding") { return .contentEncoding }
        case 17:
            if name.spells("transfer-", "encoding") { return .transferEncoding }
            if name.spells("x-forwarded-", "proto") { return .xForwardedProto }
            if name.spells("sec-websocket-", "key") { return .secWebSocketKey }
        case 18:
            if name.spells("proxy-", "authenticate") { return .proxyAuthenticate }
        case 19:
            if name.spells("proxy-", "authorization") { return .proxyAuthorization }
        case 20:
            if name.spells("sec-websocket-", "accept") { return .secWebSocketAccept }
        case 21:
            if name.spells("sec-websocket-", "version") { return .secWebSocketVersion }
        case 22:
            if name.spells("access-control-", "max-age") { return .accessControlMaxAge }
            if name.spells("sec-websocket-", "protocol") { return .secWebSocketProtocol }
        case 24:
            if name.spells("sec-websocket-", "extensions") { return .secWebSocketExtensions }
        case 27:
            if name.spells("access-control-", "allow-origin") { return .accessControlAllowOrigin }
        case 28:
            if name.spells("access-control-", "allow-headers") { return .accessControlAllowHeaders }
            if name.spells("access-control-", "allow-methods") { return .accessControlAllowMethods }
        case 29:
            if name.spells("access-control-", "expose-headers") {
                return .accessControlExposeHeaders
            }
            if name.spells("access-control-", "request-method") {
                return .accessControlRequestMethod
            }
        case 30:
            if name.spells("access-control-", "request-headers") {
                return .accessControlRequestHeaders
            }
        case 32:
            if name.spells("access-control-", "allow-", "credentials") {
                return .accessControlAllowCredentials
            }
        default:
            break
        }
        return .other
    }
}
