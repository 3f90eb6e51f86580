internal import HTTPMessage
internal import Judgement
internal import MethodPolicy

/// What a forwarded request is not sent on with, by the policy that permits it.
struct RequestEdits {
    /// The names that carry a method beside the request line, where they are to be left out.
    let strippedNames: OverrideNames?
    /// Whether `Destination` is written anew: as the path that was judged.
    let writesDestination: Bool
    /// Whether field names with `_` go through.
    let toleratesUnderscores: Bool
    /// Whether the request asks the origin server for a WebSocket connection.
    var asksForWebSocket = false

    /// A request that is only reported goes on as it came.
    init(of permit: borrowing Permit, _ policy: PolicyState) {
        let strips = permit.overrides == .strip && permit.mode == .enforce
        strippedNames = strips ? policy.judged.overrideNames(of: permit.policy) : nil
        writesDestination = permit.mode == .enforce && permit.wouldRefuse == nil
        toleratesUnderscores = permit.policy.tolerances.contains(.underscores)
    }
}
