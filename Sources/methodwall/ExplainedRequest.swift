import MethodPolicy

/// The request that is asked about.
struct ExplainedRequest {
    var method: String
    var path: String
    var host: String
    var origin: String?
    /// `Access-Control-Request-Method`, which makes OPTIONS a preflight.
    var asking: String?
    /// `Access-Control-Request-Headers`.
    var askingFields: String?
    /// Who asks.
    var client: NetworkAddress?
    /// Further fields, in order.
    var fields: [(name: String, value: String)] = []

    /// The head of the request as a client would send it.
    ///
    /// Without a host it is of HTTP/1.0, where that may be.
    var head: [UInt8] {
        var lines = ["\(method) \(path) HTTP/1.\(host.isEmpty ? 0 : 1)"]
        if !host.isEmpty { lines.append("Host: \(host)") }
        if let origin { lines.append("Origin: \(origin)") }
        if let asking { lines.append("Access-Control-Request-Method: \(asking)") }
        if let askingFields { lines.append("Access-Control-Request-Headers: \(askingFields)") }
        lines += fields.map { "\($0.name): \($0.value)" }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// The path without its query.
    var pathWithoutQuery: String {
        path.firstIndex(of: "?").map { String(path[..<$0]) } ?? path
    }

    /// A text such as `Name: value` in its two parts, or nil if it is not one field line.
    static func field(of line: String) -> (name: String, value: String)? {
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let name = String(line[..<colon])
        let value = line[line.index(after: colon)...].drop { $0 == " " }
        // A method and a field name are tokens both (RFC 9110 sections 5.1 and 9.1).
        guard Method(name) != nil, value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return nil
        }
        return (name, String(value))
    }
}
