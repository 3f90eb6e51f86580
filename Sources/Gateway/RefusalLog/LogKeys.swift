/// The keys of a line of the refusal log and of the access log, all of them.
///
/// Names of OpenTelemetry's semantic conventions where one exists, `methodwall.*` for ours. A key
/// is part of what operators build on: it is added here, and never renamed.
///
/// Each is written as it stands between two members, so that one append writes it whole.
enum LogKey {
    /// When it happened: RFC 3339, UTC, milliseconds.
    static var timestamp: StaticString { #","timestamp":"# }
    /// The method as the client sent it.
    static var method: StaticString { #","http.request.method":"# }
    /// The path of the request target as the client sent it, not decoded.
    static var path: StaticString { #","url.path":"# }
    /// The query as the client sent it, only where the configuration asks for it.
    static var query: StaticString { #","url.query":"# }
    /// The host as the client sent it.
    static var host: StaticString { #","server.address":"# }
    /// The status code of our answer.
    static var status: StaticString { #","http.response.status_code":"# }
    /// The address of the client.
    static var clientAddress: StaticString { #","client.address":"# }
    /// The port of the client.
    static var clientPort: StaticString { #","client.port":"# }
    /// The value of User-Agent as the client sent it.
    static var userAgent: StaticString { #","user_agent.original":"# }
    /// The protocol version: `1.0`, `1.1`, `2`.
    static var protocolVersion: StaticString { #","network.protocol.version":"# }
    /// `refused`, `would_refuse` or `failed`; in the access log `forwarded` and `answered` as well.
    static var decision: StaticString { #","methodwall.decision":"# }
    /// Why, as a code of a bounded set.
    static var reason: StaticString { #","methodwall.reason":"# }
    /// More exactly why, as a code of a bounded set, such as the parser's fault.
    static var detail: StaticString { #","methodwall.detail":"# }
    /// The method that the request claimed beside the one of its request line.
    static var effectiveMethod: StaticString { #","methodwall.effective_method":"# }
    /// What carried that claim: `field`, `query` or `content`, and the name there.
    static var overrideCarrier: StaticString { #","methodwall.override_carrier":"# }
    /// The name of the policy that decided.
    static var policy: StaticString { #","methodwall.policy":"# }
    /// The pattern of the rule that decided.
    static var rule: StaticString { #","methodwall.rule":"# }
    /// The place of that rule: `file:line`.
    static var ruleAt: StaticString { #","methodwall.rule_at":"# }
    /// The value of the Allow field of our answer.
    static var allow: StaticString { #","methodwall.allow":"# }
    /// The version of the policies that were in force.
    static var policyVersion: StaticString { #","methodwall.policy_version":"# }
    /// The identifier of the request, also given to the client.
    static var requestID: StaticString { #","methodwall.request_id":"# }
    /// The trace that the request belongs to, as OpenTelemetry names it in other formats than its
    /// own.
    static var traceID: StaticString { #","trace_id":"# }
    /// The caller's number of the request in that trace.
    static var spanID: StaticString { #","span_id":"# }
    /// Octets of content that went to the client.
    static var responseBytes: StaticString { #","http.response.body.size":"# }
    /// Octets of content that went to the origin server.
    static var requestBytes: StaticString { #","http.request.body.size":"# }
    /// From the request's head to the end of the response, in milliseconds.
    static var duration: StaticString { #","methodwall.duration_ms":"# }
    /// The name or URL of the upstream.
    static var upstream: StaticString { #","methodwall.upstream":"# }
    /// The URL of the target that served the request, or failed last.
    static var target: StaticString { #","methodwall.target":"# }
    /// What libcurl says of the target that failed.
    static var originError: StaticString { #","methodwall.origin_error":"# }
    /// How many identical attempts came before this one that have no line of their own.
    static var repeated: StaticString { #","methodwall.repeated":"# }
    /// The keys whose values were cut to their bound.
    static var truncated: StaticString { #","methodwall.truncated":"# }
    /// What a line that is not about one attempt tells.
    static var event: StaticString { #","methodwall.event":"# }
    /// How many lines were lost since the log last said so.
    static var lost: StaticString { #","methodwall.lost":"# }
    /// How many attempts the lost lines stood for.
    static var lostAttempts: StaticString { #","methodwall.lost_attempts":"# }
}

/// How many octets of each value a line keeps, counted as the client sent them.
enum LogBound {
    /// Octets of a method.
    static var methodBytesMax: Int { 32 }
    /// Octets of a path.
    static var pathBytesMax: Int { 2048 }
    /// Octets of a query.
    static var queryBytesMax: Int { 2048 }
    /// Octets of a host: the longest name DNS has.
    static var hostBytesMax: Int { 255 }
    /// Octets of a User-Agent value.
    static var userAgentBytesMax: Int { 256 }
    /// Octets of a Referer value.
    static var refererBytesMax: Int { 1024 }
    /// Octets of what methodwall itself makes: addresses, request identifiers, codes.
    static var ownTextBytesMax: Int { 128 }
}

/// The values of a line that had to be cut, so that the line can say so.
struct CutFields: OptionSet {
    let rawValue: UInt8

    static var method: CutFields { CutFields(rawValue: 1 << 0) }
    static var path: CutFields { CutFields(rawValue: 1 << 1) }
    static var query: CutFields { CutFields(rawValue: 1 << 2) }
    static var host: CutFields { CutFields(rawValue: 1 << 3) }
    static var userAgent: CutFields { CutFields(rawValue: 1 << 4) }
}
