import MethodPolicy

extension Explanation {
    /// The head of the gateway's own answer, without the lines that differ from one answer to the
    /// next (Date, Content-Length); empty for what the origin server answers.
    ///
    /// This is the one place that needs the gateway's encoder: what it returns must be what
    /// `ByteBuffer.writeProblem` and `writeOptionsAnswer` in Gateway write.
    func responseHeadLines() -> [String] {
        guard let status else { return [] }
        var lines = ["HTTP/1.1 \(status) \(Self.phrase(status))"]
        switch outcome {
        case .forwarded: return []
        case .answeredOptions(let allow):
            lines.append("Allow: " + String(decoding: allow, as: UTF8.self))
            lines.append("Cache-Control: no-store")
            lines += corsLines(\.responseLines)
        case .answeredPreflight:
            lines.append("Allow: " + String(decoding: rule?.allow ?? [], as: UTF8.self))
            lines.append("Cache-Control: no-store")
            lines += corsLines(\.preflightLines)
            lines.append(
                "Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers"
            )
        case .refused(let refusal):
            if let allow = refusal.allow {
                lines.append("Allow: " + String(decoding: allow, as: UTF8.self))
            }
            lines += Self.problemLines + corsLines(\.refusalLines)
        case .malformed: lines += Self.problemLines
        }
        return lines
    }

    private static var problemLines: [String] {
        [
            "Cache-Control: no-store", "Content-Type: application/problem+json",
            "Proxy-Status: methodwall; error=http_request_denied",
        ]
    }

    private func corsLines(_ purpose: KeyPath<CompiledCORS, [UInt8]>) -> [String] {
        // A rule that turned CORS off has none, whatever the policy says.
        guard let cors = rule.map({ $0.cors }) ?? policy?.cors else { return [] }
        let vary = cors.variesByOrigin && request.asking == nil ? ["Vary: Origin"] : []
        guard let origin = request.origin else { return vary }
        let octets = Array(origin.utf8)
        let grant = cors.grant(origin: octets.span)
        guard grant != .denied else { return vary }
        let own = String(decoding: cors[keyPath: purpose], as: UTF8.self)
        let lines = own.split(separator: "\r\n").map(String.init)
        return ["Access-Control-Allow-Origin: " + (grant == .any ? "*" : origin)] + lines + vary
    }

    private static func phrase(_ status: Int) -> String {
        switch status {
        case 204: "No Content"
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 414: "URI Too Long"
        case 421: "Misdirected Request"
        case 501: "Not Implemented"
        default: ""
        }
    }
}
