internal import HTTPMessage

/// What becomes of a request's trace context (W3C Trace Context).
public enum TraceMode: Sendable, Equatable {
    /// It is passed on if it is valid.
    case pass
    /// It is passed on if it is valid; else a trace begins here.
    case make
}

/// The trace that a worker's current request belongs to.
///
/// What a request has of a valid traceparent and tracestate is passed on as it is. A traceparent
/// that is not valid, or that there are several of, counts as none, and goes no further; neither
/// does a tracestate without a traceparent (W3C Trace Context, sections 3.2 to 3.4).
struct RequestTrace {
    private let mode: TraceMode
    /// Whether clients may say which trace a request belongs to, beside trusted proxies.
    private let believesClients: Bool
    private var numbers = TraceNumbers()
    private var context = TraceContext.none
    /// The traceparent that was made for the request.
    private(set) var made: TraceParent?

    init(_ mode: TraceMode, _ identityFields: IdentityFields = IdentityFields()) {
        self.mode = mode
        believesClients = !identityFields.contains("traceparent".utf8.span)
    }

    /// The trace, whoever began it.
    var parent: TraceParent? {
        if case .parent(let parent) = context { parent } else { made }
    }

    /// Whether a line of this field is passed on, as far as the trace context decides that.
    func passes(_ field: FieldName) -> Bool { context.passes(field) }

    /// Another request begins, of which nothing is known yet.
    mutating func reset() {
        context = .none
        made = nil
    }

    /// Reads the trace context of the request.
    mutating func read(
        _ head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        fromTrustedProxy isTrusted: Bool
    ) {
        guard let line = head.first(.traceparent), believesClients || isTrusted else { return }
        // One that Connection names is for us alone, so nobody behind us would see this trace.
        if head.isHopByHop(line, in: bytes) { return }
        context = TraceContext(of: head, bytes)
    }

    /// Begins a trace with the request, which is forwarded, if it belongs to none and that is
    /// asked for.
    ///
    /// The trace asks to be recorded: OpenTelemetry's libraries record nothing of a trace that
    /// comes without that flag, so one that began here without it would switch them off.
    mutating func beginIfAbsent() {
        guard mode == .make, parent == nil else { return }
        let traceID = UInt128(numbers.next()) << 64 | UInt128(numbers.next())
        made = TraceParent(traceID: traceID, parentID: numbers.next(), isSampled: true)
    }
}

/// A source of random numbers for traces: xoshiro256**, seeded by the system once a worker.
///
/// Nothing depends on nobody guessing them, and asking the system for each would cost a system call
/// a request.
struct TraceNumbers: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init() {
        var system = SystemRandomNumberGenerator()
        self.init(seededBy: &system)
    }

    init(seededBy source: inout some RandomNumberGenerator) {
        // One bit at least has to be set, or nothing but zeros would come of it.
        state = (source.next() | 1, source.next(), source.next(), source.next())
    }

    mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product &<< 7 | product &>> 57) &* 9
        let shifted = state.1 &<< 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 &<< 45 | state.3 &>> 19
        return result
    }
}
