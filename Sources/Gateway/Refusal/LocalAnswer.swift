internal import HTTPMessage
internal import MethodPolicy

/// What an answer made here says, beside its body: one value a response, on the stack.
struct LocalAnswer {
    var status: Int
    /// A `RefusalReason`, or an origin failure's error type.
    var reason: String = ""
    /// Whether the reason is that the path does not accept the method: the answer that `AllowTexts`
    /// has encoded already.
    var isMethodNotAllowed = false
    /// The error in `Proxy-Status` (RFC 9209 §2.3); empty for an answer that is no error.
    var proxyError: String = "http_request_denied"
    var carriesAllow = false
    /// Whether content may come without a content coding only (RFC 9110 §12.5.3, §15.5.16).
    var acceptsIdentityOnly = false
    /// Whether the request was HEAD: the head alone is sent (RFC 9110 §9.3.2).
    var isHead = false
    var prefersHTML = false
    /// Whether the connection closes behind it.
    var closes = false
    var version = HTTPVersion.http11
    var retryAfterSeconds: UInt64 = 0
}

/// The CORS fields of an answer, from the rule's (or the policy's) block.
struct CORSFields {
    enum Purpose { case preflight, refusal, response }
    var cors: CompiledCORS
    var grant: CompiledCORS.OriginGrant
    var purpose: Purpose
}

extension OctetBuffer {
    /// Writes a whole response with problem details (RFC 9457) in JSON, or in small HTML.
    ///
    /// `detail` is one sentence for a person, in printable ASCII; `origin` is what the client sent;
    /// `body` is scratch.
    mutating func writeProblem(
        _ answer: LocalAnswer,
        template: RefusalTemplate?,
        detail: Span<UInt8>,
        cors: CORSFields?,
        origin: Span<UInt8>,
        requestID: RequestIdentifier,
        date: [UInt8],
        pseudonym: String,
        body: inout OctetBuffer
    ) {
        let texts = template?.texts
        let encoded = texts?.encoded(answer)
        body.removeAll()
        if answer.prefersHTML {
            body.writeHTMLProblem(answer, detail: detail, requestID: requestID)
        } else {
            if let encoded {
                body.append(encoded.bodyStart)
            } else {
                body.writeJSONStart(answer)
            }
            body.append(json: detail)
            if let encoded {
                body.append(encoded.bodyEnd)
            } else {
                body.writeJSONEnd(answer, allow: texts?.allowJSON)
            }
            body.append(requestID.text)
            body.append("\"}\n")
        }
        if let encoded {
            append(encoded.headStart)
        } else {
            writeHeadStart(answer, allowLine: texts?.allowLine, pseudonym: pseudonym)
        }
        append(decimal: UInt64(body.count))
        appendLineEnd()
        if answer.retryAfterSeconds > 0 {
            append("Retry-After: ")
            append(decimal: answer.retryAfterSeconds)
            appendLineEnd()
        }
        if let cors { writeCORS(cors, origin: origin) }
        finishHead(
            date: date,
            closes: answer.closes,
            version: answer.version,
            status: answer.status
        )
        if !answer.isHead { append(body.span) }
    }

    /// The head of a problem up to the number of its length: what only the rule and the reason
    /// decide.
    mutating func writeHeadStart(_ answer: LocalAnswer, allowLine: [UInt8]?, pseudonym: String) {
        writeStatusLine(answer.status)
        if answer.carriesAllow, let allowLine { append(allowLine) }
        if answer.status == 426 {
            append("Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
        }
        if answer.acceptsIdentityOnly { append("Accept-Encoding: identity\r\n") }
        append("Cache-Control: no-store\r\nProxy-Status: ")
        append(text: pseudonym)
        append("; error=")
        append(text: answer.proxyError)
        append("\r\nContent-Type: ")
        append(answer.prefersHTML ? "text/html; charset=utf-8" : "application/problem+json")
        append("\r\nContent-Length: ")
    }

    mutating func writeStatusLine(_ status: Int) {
        append("HTTP/1.1 ")
        append(decimal: UInt64(clamping: status))
        append(" ")
        append(StatusPhrase.text(status))
        appendLineEnd()
    }

    /// Date, what becomes of the connection, and the empty line.
    mutating func finishHead(date: [UInt8], closes: Bool, version: HTTPVersion, status: Int = 0) {
        append("Date: ")
        append(date)
        if closes, status == 426 {
            append("\r\nConnection: close, Upgrade\r\n\r\n")
        } else if closes {
            append("\r\nConnection: close\r\n\r\n")
        } else if version == .http10 {
            append("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            append("\r\n\r\n")
        }
    }

    /// A problem in JSON up to its detail.
    mutating func writeJSONStart(_ answer: LocalAnswer) {
        append("{\"type\":\"about:blank\",\"title\":\"")
        append(StatusPhrase.text(answer.status))
        append("\",\"status\":")
        append(decimal: UInt64(clamping: answer.status))
        append(",\"detail\":\"")
    }

    /// A problem in JSON from behind its detail to the request's identifier.
    mutating func writeJSONEnd(_ answer: LocalAnswer, allow: [UInt8]?) {
        append("\"")
        if answer.carriesAllow, let allow {
            append(",\"allow\":")
            append(allow)
        }
        append(",\"reason\":\"")
        append(text: answer.reason)
        append("\",\"request_id\":\"")
    }

    private mutating func writeHTMLProblem(
        _ answer: LocalAnswer,
        detail: Span<UInt8>,
        requestID: RequestIdentifier
    ) {
        func title(_ buffer: inout OctetBuffer) {
            buffer.append(decimal: UInt64(clamping: answer.status))
            buffer.append(" ")
            buffer.append(StatusPhrase.text(answer.status))
        }
        append("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>")
        title(&self)
        append("</title>\n<h1>")
        title(&self)
        append("</h1>\n<p>")
        append(html: detail)
        append("</p>\n<p><small>request ")
        append(requestID.text)
        append("</small></p></html>\n")
    }

    /// Access-Control-Allow-Origin, the purpose's own fields, and Vary (Fetch, "CORS protocol and
    /// HTTP caches": also where the origin is not allowed, or was not sent).
    mutating func writeCORS(_ fields: CORSFields, origin: Span<UInt8>) {
        if fields.grant != .denied {
            append("Access-Control-Allow-Origin: ")
            if fields.grant == .any { append("*") } else { append(origin) }
            appendLineEnd()
            switch fields.purpose {
            case .preflight: append(fields.cors.preflightLines)
            case .refusal: append(fields.cors.refusalLines)
            case .response: append(fields.cors.responseLines)
            }
        }
        if fields.purpose == .preflight {
            append(
                "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n"
            )
        } else if fields.cors.variesByOrigin {
            append("Vary: Origin\r\n")
        }
    }

    /// 204 with `Allow`, for OPTIONS (RFC 9110 §9.3.7) and preflights.
    mutating func writeOptionsAnswer(
        _ answer: LocalAnswer,
        allow: [UInt8],
        cors: CORSFields?,
        origin: Span<UInt8>,
        date: [UInt8]
    ) {
        writeStatusLine(204)
        append("Allow: ")
        append(allow)
        append("\r\nCache-Control: no-store\r\n")
        if let cors { writeCORS(cors, origin: origin) }
        finishHead(date: date, closes: answer.closes, version: answer.version)
    }
}
