/// The CORS answers of one rule (Fetch standard, "CORS protocol").
///
/// Immutable, safe to share; asking it allocates nothing. Field lines that do not depend on the
/// request are encoded here once; `Access-Control-Allow-Origin` and `Vary` are the gateway's to
/// add.
public final class CompiledCORS: Sendable {
    /// What an origin gets.
    public enum OriginGrant: Sendable, Equatable {
        /// Nothing: no CORS field at all.
        case denied
        /// `Access-Control-Allow-Origin: *`.
        case any
        /// `Access-Control-Allow-Origin` with the origin as it was sent.
        case echo
    }

    /// `Access-Control-Allow-Methods`, `-Allow-Headers` and `-Max-Age`, and `-Allow-Credentials` if
    /// it is true; each line ends with CRLF.
    public let preflightLines: [UInt8]
    /// `Access-Control-Expose-Headers` if there are any, and `-Allow-Credentials` if it is true.
    public let responseLines: [UInt8]
    /// As ``responseLines``, with `Allow` exposed as well, so that a script can read what is
    /// allowed.
    public let refusalLines: [UInt8]
    /// Whether answers depend on `Origin`, so that `Vary` must name it, also without an `Origin`.
    public let variesByOrigin: Bool
    /// Whether cookies and authentication may go along.
    public let credentials: Bool

    private let parts: CORSParts
    private let methods: MethodSet
    private let table: MethodTable

    init(_ parts: CORSParts, methods: MethodSet, table: MethodTable, allow: [UInt8]) {
        let definition = parts.definition
        self.parts = parts
        self.methods = methods
        self.table = table
        self.credentials = definition.credentials
        self.variesByOrigin = !parts.allowsAnyOrigin
        var preflight = Array("Access-Control-Allow-Methods: ".utf8) + allow + [0x0D, 0x0A]
        Self.append("Access-Control-Allow-Headers", definition.headers, to: &preflight)
        preflight += Array("Access-Control-Max-Age: \(definition.maxAgeSeconds)\r\n".utf8)
        var response: [UInt8] = []
        Self.append("Access-Control-Expose-Headers", definition.expose, to: &response)
        let exposesAllow = definition.expose.contains { name in
            name.utf8.map(Octet.folded).elementsEqual("allow".utf8)
        }
        var refusal: [UInt8] = []
        Self.append(
            "Access-Control-Expose-Headers",
            exposesAllow ? definition.expose : definition.expose + ["Allow"],
            to: &refusal
        )
        if definition.credentials {
            let line = Array("Access-Control-Allow-Credentials: true\r\n".utf8)
            preflight += line
            response += line
            refusal += line
        }
        self.preflightLines = preflight
        self.responseLines = response
        self.refusalLines = refusal
    }

    private static func append(_ name: String, _ members: [String], to lines: inout [UInt8]) {
        guard !members.isEmpty else { return }
        lines += Array("\(name): \(members.joined(separator: ", "))\r\n".utf8)
    }

    /// What an origin gets on any answer.
    ///
    /// Origins compare whole: scheme, host and port.
    public func grant(origin: Span<UInt8>) -> OriginGrant {
        if parts.allowsAnyOrigin { return .any }
        return parts.allows(origin: origin) ? .echo : .denied
    }

    /// What a preflight gets.
    ///
    /// - Parameters:
    ///   - origin: The value of `Origin`.
    ///   - requestMethod: The value of `Access-Control-Request-Method`, compared octet by octet:
    ///     browsers normalise a few methods only, so `patch` is not PATCH.
    ///   - requestFields: The value of `Access-Control-Request-Headers`, its lines joined with a
    ///     comma; empty if there is none.
    /// - Returns: What to answer, each of the three questions apart.
    public func preflight(
        origin: Span<UInt8>,
        requestMethod: Span<UInt8>,
        requestFields: Span<UInt8>
    ) -> PreflightVerdict {
        let grant = grant(origin: origin)
        let bit = table.bit(of: requestMethod)
        return PreflightVerdict(
            grant: grant,
            methodAllowed: bit.map { methods.contains(bit: $0) } ?? false,
            fieldsAllowed: parts.allows(fields: requestFields)
        )
    }
}

extension CompiledCORS {
    /// What a preflight gets whose fields are texts that a person wrote; nil where one is absent.
    public func preflight(
        origin: String?,
        requestMethod: String?,
        requestFields: String?
    ) -> PreflightVerdict {
        let origin = Array((origin ?? "").utf8)
        let method = Array((requestMethod ?? "").utf8)
        let fields = Array((requestFields ?? "").utf8)
        return preflight(
            origin: origin.span,
            requestMethod: method.span,
            requestFields: fields.span
        )
    }
}

/// What a preflight gets.
public struct PreflightVerdict: Sendable, Equatable {
    /// What the origin gets.
    public let grant: CompiledCORS.OriginGrant
    /// Whether the rule has the requested method.
    public let methodAllowed: Bool
    /// Whether every requested field may be sent.
    public let fieldsAllowed: Bool

    /// Why the browser will refuse, or nil if it will not.
    public var reason: RefusalReason? {
        if grant == .denied { return .corsOriginNotAllowed }
        if !methodAllowed { return .corsMethodNotAllowed }
        return fieldsAllowed ? nil : .corsFieldNotAllowed
    }
}
