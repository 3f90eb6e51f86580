internal import Logging

/// Tells the operator of what peers do wrong before there is a request to speak of.
///
/// Of each kind one line a second at most is written; it says how many there were.
final class Incidents {
    /// What went wrong: a bounded set.
    enum Kind: String, CaseIterable {
        case untrustedProxy =
            "a peer that is no trusted proxy connected where a PROXY header is expected"
        case proxyHeader = "a connection did not begin with a PROXY header"
        case handshake = "a TLS handshake failed"
        case http2 = "an HTTP/2 connection was closed"
    }

    private struct State {
        var nextMilliseconds: Int64 = 0
        var count = 0
    }

    private let logger: Logger
    private var states: [Kind: State] = [:]

    init(logger: Logger) { self.logger = logger }

    /// Counts what happened, and writes the line if one is due.
    func report(
        _ kind: Kind,
        from address: PeerAddress,
        _ detail: String = "",
        at now: LogInstant
    ) {
        var state = states[kind] ?? State()
        state.count += 1
        if now.monotonicMilliseconds >= state.nextMilliseconds {
            state.nextMilliseconds = now.monotonicMilliseconds + 1_000
            var metadata: Logger.Metadata = [
                "client": "\(String(decoding: address.text, as: UTF8.self))",
                "times": "\(state.count)",
            ]
            if !detail.isEmpty { metadata["error"] = "\(Self.printable(detail))" }
            logger.warning("\(kind.rawValue)", metadata: metadata)
            state.count = 0
        }
        states[kind] = state
    }

    /// One line of printable ASCII: errors may quote what a peer sent.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(300).map { 0x20...0x7E ~= $0.value ? $0 : "?" }
            )
        )
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension Incidents: Sendable {}
