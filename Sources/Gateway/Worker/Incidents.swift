internal import Logging

/// Tells the operator of what peers do wrong before there is a request to speak of.
///
/// Of each kind one line a second at most is written, of the newest; it says how many there were
/// since the one before.
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
        /// How many have no line yet, and what is known of the newest.
        var count = 0
        var address = PeerAddress.none
        var detail = ""
    }

    private let logger: Logger
    private var states: [Kind: State] = [:]

    init(logger: Logger) { self.logger = logger }

    /// Whether there are incidents without a line.
    var areWaiting: Bool { states.values.contains { $0.count > 0 } }

    /// Counts what happened, and writes the line if one is due.
    func report(
        _ kind: Kind,
        from address: PeerAddress,
        _ detail: String = "",
        at now: LogInstant
    ) {
        var state = states[kind] ?? State()
        state.count += 1
        state.address = address
        state.detail = detail
        states[kind] = state
        write(kind, at: now)
    }

    /// Writes the lines that are due.
    func advance(to now: LogInstant) { for kind in Kind.allCases { write(kind, at: now) } }

    /// Writes all lines that wait: nothing more is coming.
    func finish() { for kind in Kind.allCases { write(kind, at: nil) } }

    private func write(_ kind: Kind, at now: LogInstant?) {
        guard var state = states[kind], state.count > 0 else { return }
        if let milliseconds = now?.monotonicMilliseconds {
            guard milliseconds >= state.nextMilliseconds else { return }
            state.nextMilliseconds = milliseconds + 1_000
        }
        var metadata: Logger.Metadata = [
            "client": "\(String(decoding: state.address.text, as: UTF8.self))",
            "times": "\(state.count)",
        ]
        if !state.detail.isEmpty { metadata["error"] = "\(Self.printable(state.detail))" }
        logger.warning("\(kind.rawValue)", metadata: metadata)
        state.count = 0
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

extension Worker {
    /// Tells the operator of what a peer did, now or with others like it.
    func report(_ kind: Incidents.Kind, from address: PeerAddress, _ detail: String = "") {
        incidents.report(kind, from: address, detail, at: now)
        if incidents.areWaiting { scheduleTick() }
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension Incidents: Sendable {}
