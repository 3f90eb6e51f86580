import HTTPMessage
import MethodPolicy

extension Explanation {
    /// One sentence on what led to the decision.
    var because: String {
        let place = rule.map { "the rule at \($0.locationText)" } ?? "the policy"
        switch outcome {
        case .forwarded(_, let refusal?):
            return because(refusal, place) + Self.reported
        case .forwarded(_, nil):
            if let fault { return Self.because(fault) + Self.reported }
            return rule == nil
                ? "no rule matches the path, and the policy forwards such paths"
                : "\(place) has \(request.method)"
        case .answeredOptions:
            return request.path == "*"
                ? "OPTIONS * asks about every path of the host"
                : "OPTIONS is answered from \(place)"
        case .answeredPreflight(let verdict, _): return because(verdict.reason)
        case .refused(let refusal): return because(refusal, place)
        case .malformed(let fault), .unscannable(let fault): return Self.because(fault)
        }
    }

    private static let reported = "; in report mode that is logged, not enforced"

    private static func because(_ fault: MessageFault) -> String {
        let text = fault.explanation
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    /// What a browser will find in the answer to a preflight.
    private func because(_ reason: RefusalReason?) -> String {
        switch reason {
        case .corsNotConfigured: "no `cors` block says what browsers may do here"
        case .corsOriginNotAllowed: "\(request.origin ?? "") is not among the allowed origins"
        case .corsMethodNotAllowed: "the rule does not have \(request.asking ?? "")"
        case .corsFieldNotAllowed: "a field of \(request.askingFields ?? "") is not allowed"
        default: "origin, method and fields are allowed"
        }
    }

    private func because(_ refusal: Refusal, _ place: String) -> String {
        switch refusal.reason {
        case .methodNotAllowed: "\(place) does not have \(request.method)"
        case .unknownMethod:
            "\(request.method) is neither a registered method nor declared by the policy"
        case .noPolicyForHost:
            request.host.isEmpty
                ? "every policy names its hosts, and no host was given"
                : "no policy names the host \(request.host)"
        case .noRuleForPath: "no rule matches the path, and the policy refuses such paths"
        case .connectRefused: "CONNECT asks for a tunnel, which would pass every rule by"
        case .ambiguousPath:
            "servers that ignore case read a segment of the path in ways of their own: one with a "
                + "character that is not ASCII, a colon, a short name such as PROGRA~1, (…), or a "
                + "dot or space at its end"
        case .clientNotAllowed: because(ofClient: place)
        case .overrideNotAllowed: because(of: refusal.claim, place)
        case .destinationNotAllowed: because(ofDestination: refusal)
        case .corsNotConfigured, .corsOriginNotAllowed, .corsMethodNotAllowed,
            .corsFieldNotAllowed:
            because(refusal.reason)
        default: refusal.reason.rawValue
        }
    }

    private func because(ofClient place: String) -> String {
        let client =
            request.client.map { "\($0) is not among them" }
            ?? "no client address was given"
        return "\(place) has \(request.method) for some clients alone, and \(client)"
    }

    private func because(of claim: MethodClaim?, _ place: String) -> String {
        guard let claim else { return "the request claims a method of its own" }
        let claimed = "\(Self.carrier(of: claim)) claims \(Self.method(of: claim))"
        return overrides == .refuse
            ? "\(claimed), and \(place) refuses every claim"
            : "\(claimed), which \(place) does not have for this client"
    }

    private func because(ofDestination refusal: Refusal) -> String {
        guard let destination else { return "Destination names another host than the request" }
        let written = "Destination names \(destination)"
        guard let rule = refusal.destinationRule else {
            return "\(written), which would be written to, and no rule matches it"
        }
        return "\(written), which would be written to, and the rule at \(rule.locationText) does "
            + "not have PUT for this client"
    }

    /// What carries a claimed method, in words.
    static func carrier(of claim: MethodClaim) -> String {
        switch claim.carrier {
        case .field: "the field \(claim.name)"
        case .query: "the query parameter \(claim.name)"
        case .content: "the form parameter \(claim.name)"
        }
    }

    /// The claimed method.
    static func method(of claim: MethodClaim) -> String {
        String(decoding: claim.method, as: UTF8.self)
    }
}
