/// Why a request was refused, as the log and the problem body print it.
///
/// The list is bounded, so a reason may label a metric. Some of them the gateway finds before it
/// can ask the policy; they stand here so that there is one list.
public enum RefusalReason: String, Sendable, CaseIterable {
    /// The path's rule does not have the method, or the method is never allowed.
    case methodNotAllowed = "method_not_allowed"
    /// The method is neither registered nor declared by the host's policy.
    case unknownMethod = "unknown_method"
    /// No policy serves the host.
    case noPolicyForHost = "no_policy_for_host"
    /// No rule matches the path.
    case noRuleForPath = "no_rule_for_path"
    /// CONNECT.
    case connectRefused = "connect_refused"
    /// A path that servers which ignore case read in more than one way: with an octet above ASCII,
    /// or a segment that Windows or ASP.NET takes for another one.
    case ambiguousPath = "ambiguous_path"

    /// The path's rule has the method, but not for this client.
    case clientNotAllowed = "client_not_allowed"
    /// A field or a parameter claims a method that the path's rule does not have for this client.
    case overrideNotAllowed = "override_not_allowed"
    /// COPY or MOVE to a path where this client may not PUT.
    case destinationNotAllowed = "destination_not_allowed"
    /// Content that parsers of forms read in more than one way.
    case ambiguousContent = "ambiguous_content"
    /// Content that may claim a method, in a form in which it cannot be searched.
    case unscannableContent = "unscannable_content"

    /// A preflight for a rule that has no CORS block.
    case corsNotConfigured = "cors_not_configured"
    /// A preflight from an origin that is not listed.
    case corsOriginNotAllowed = "cors_origin_not_allowed"
    /// A preflight that asks for a method that the rule does not have.
    case corsMethodNotAllowed = "cors_method_not_allowed"
    /// A preflight that asks for a field that is not listed.
    case corsFieldNotAllowed = "cors_field_not_allowed"

    /// A request that is malformed, or whose target or framing is ambiguous.
    case malformedRequest = "malformed_request"
    /// A WebSocket handshake that breaks that protocol's rules.
    case invalidHandshake = "invalid_handshake"
    /// A WebSocket handshake of a version that is not spoken.
    case upgradeRequired = "upgrade_required"
    /// A request target over the limit.
    case targetTooLong = "target_too_long"
    /// A field section over the limit.
    case fieldsTooLarge = "fields_too_large"
    /// Content over the limit.
    case contentTooLarge = "content_too_large"
    /// A version of HTTP that is not spoken here.
    case unsupportedVersion = "unsupported_version"
    /// A transfer coding other than `chunked`.
    case unsupportedTransferCoding = "unsupported_transfer_coding"
    /// A head or a body that did not arrive in time.
    case requestTimeout = "request_timeout"
    /// An `Expect` other than `100-continue`.
    case expectationFailed = "expectation_failed"
    /// The request has been here before.
    case loopDetected = "loop_detected"
    /// No valid policy has been loaded yet.
    case noPolicyLoaded = "no_policy_loaded"
    /// Too many connections are open.
    case tooManyConnections = "too_many_connections"
    /// The gateway is going down.
    case shuttingDown = "shutting_down"

    /// The status code that goes with it, unless a more precise one is known.
    ///
    /// Preflights that browsers will refuse are answered with 204, truthfully.
    public var status: Int {
        switch self {
        case .corsNotConfigured, .corsOriginNotAllowed, .corsMethodNotAllowed, .corsFieldNotAllowed:
            204
        case .malformedRequest, .ambiguousPath, .ambiguousContent, .invalidHandshake: 400
        case .clientNotAllowed, .destinationNotAllowed: 403
        case .noRuleForPath: 404
        case .methodNotAllowed, .connectRefused, .overrideNotAllowed: 405
        case .requestTimeout: 408
        case .contentTooLarge: 413
        case .targetTooLong: 414
        case .unscannableContent: 415
        case .expectationFailed: 417
        case .noPolicyForHost: 421
        case .upgradeRequired: 426
        case .fieldsTooLarge: 431
        case .unknownMethod, .unsupportedTransferCoding: 501
        case .noPolicyLoaded, .tooManyConnections, .shuttingDown: 503
        case .unsupportedVersion: 505
        case .loopDetected: 508
        }
    }
}
