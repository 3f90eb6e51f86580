internal import HTTPMessage
internal import MethodPolicy
internal import NIOCore

/// What an answer made here says, beside its body: one value a response, on the stack.
struct LocalAnswer {
    var status: Int
    /// A `RefusalReason`, or an origin failure's error type.
    var reason: String = ""
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

extension ByteBuffer {
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
        requestID: [UInt8],
        date: [UInt8],
        pseudonym: String,
        body: inout ByteBuffer
    ) {
        body.clear()
        if answer.prefersHTML {
            body.writeHTMLProblem(answer, detail: detail, requestID: requestID)
        } else {
            body.writeJSONProblem(
                answer,
                template: template,
                detail: detail,
                requestID: requestID
            )
        }
        writeStatusLine(answer.status)
        if answer.carriesAllow, let template { writeBytes(template.allowLine) }
        if answer.acceptsIdentityOnly { writeStaticString("Accept-Encoding: identity\r\n") }
        writeStaticString("Cache-Control: no-store\r\nContent-Type: ")
        writeStaticString(
            answer.prefersHTML ? "text/html; charset=utf-8" : "application/problem+json"
        )
        writeStaticString("\r\nContent-Length: ")
        writeDecimal(UInt64(body.readableBytes))
        writeStaticString("\r\nProxy-Status: ")
        writeString(pseudonym)
        writeStaticString("; error=")
        writeString(answer.proxyError)
        writeLineEnd()
        if answer.retryAfterSeconds > 0 {
            writeStaticString("Retry-After: ")
            writeDecimal(answer.retryAfterSeconds)
            writeLineEnd()
        }
        if let cors { writeCORS(cors, origin: origin) }
        finishHead(date: date, closes: answer.closes, version: answer.version)
        if !answer.isHead { writeImmutableBuffer(body) }
    }

    mutating func writeStatusLine(_ status: Int) {
        writeStaticString("HTTP/1.1 ")
        writeDecimal(UInt64(clamping: status))
        writeStaticString(" ")
        writeStaticString(StatusPhrase.text(status))
        writeLineEnd()
    }

    /// Date, what becomes of the connection, and the empty line.
    mutating func finishHead(date: [UInt8], closes: Bool, version: HTTPVersion) {
        writeStaticString("Date: ")
        writeBytes(date)
        if closes {
            writeStaticString("\r\nConnection: close\r\n\r\n")
        } else if version == .http10 {
            writeStaticString("\r\nConnection: keep-alive\r\n\r\n")
        } else {
            writeStaticString("\r\n\r\n")
        }
    }

    private mutating func writeJSONProblem(
        _ answer: LocalAnswer,
        template: RefusalTemplate?,
        detail: Span<UInt8>,
        requestID: [UInt8]
    ) {
        writeStaticString("{\"type\":\"about:blank\",\"title\":\"")
        writeStaticString(StatusPhrase.text(answer.status))
        writeStaticString("\",\"status\":")
        writeDecimal(UInt64(clamping: answer.status))
        writeStaticString(",\"detail\":\"")
        writeJSONText(detail)
        writeStaticString("\"")
        if answer.carriesAllow, let template {
            writeStaticString(",\"allow\":")
            writeBytes(template.allowJSON)
        }
        writeStaticString(",\"reason\":\"")
        writeString(answer.reason)
        writeStaticString("\",\"request_id\":\"")
        writeBytes(requestID)
        writeStaticString("\"}\n")
    }

    private mutating func writeHTMLProblem(
        _ answer: LocalAnswer,
        detail: Span<UInt8>,
        requestID: [UInt8]
    ) {
        func title(_ buffer: inout ByteBuffer) {
            buffer.writeDecimal(UInt64(clamping: answer.status))
            buffer.writeStaticString(" ")
            buffer.writeStaticString(StatusPhrase.text(answer.status))
        }
        writeStaticString("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>")
        title(&self)
        writeStaticString("</title>\n<h1>")
        title(&self)
        writeStaticString("</h1>\n<p>")
        writeHTMLText(detail)
        writeStaticString("</p>\n<p><small>request ")
        writeBytes(requestID)
        writeStaticString("</small></p></html>\n")
    }

    /// Access-Control-Allow-Origin, the purpose's own fields, and Vary (Fetch, "CORS protocol and
    /// HTTP caches": also where the origin is not allowed, or was not sent).
    mutating func writeCORS(_ fields: CORSFields, origin: Span<UInt8>) {
        if fields.grant != .denied {
            writeStaticString("Access-Control-Allow-Origin: ")
            if fields.grant == .any { writeStaticString("*") } else { write(origin) }
            writeLineEnd()
            switch fields.purpose {
            case .preflight: writeBytes(fields.cors.preflightLines)
            case .refusal: writeBytes(fields.cors.refusalLines)
            case .response: writeBytes(fields.cors.responseLines)
            }
        }
        if fields.purpose == .preflight {
            writeStaticString(
                "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers\r\n"
            )
        } else if fields.cors.variesByOrigin {
            writeStaticString("Vary: Origin\r\n")
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
        writeStaticString("Allow: ")
        writeBytes(allow)
        writeStaticString("\r\nCache-Control: no-store\r\n")
        if let cors { writeCORS(cors, origin: origin) }
        finishHead(date: date, closes: answer.closes, version: answer.version)
    }
}
