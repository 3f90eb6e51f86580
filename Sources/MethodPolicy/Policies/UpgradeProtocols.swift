/// The protocols that a rule lets a connection change to (RFC 9110 section 7.8).
///
/// Behind such a change nothing is judged any more, so a rule has to name it.
public struct UpgradeProtocols: OptionSet, Sendable, Hashable {
    /// WebSocket (RFC 6455).
    public static var websocket: UpgradeProtocols { UpgradeProtocols(rawValue: 1) }

    /// A bit a member.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Every member with the name that policy files have for it.
    public static var named: [(name: String, member: UpgradeProtocols)] {
        [("websocket", .websocket)]
    }

    /// The names that policy files have for the members.
    public var names: [String] {
        Self.named.filter { contains($0.member) }.map(\.name)
    }
}
