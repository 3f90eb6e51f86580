/// What the traceparent and tracestate fields of a request are worth together (W3C Trace Context,
/// section 3).
///
/// They are passed on as they are, or not at all: a value that only some would read could lead a
/// request into a trace that it does not belong to.
public enum TraceContext: Sendable, Equatable {
    /// There is no traceparent, and without it tracestate means nothing.
    case none
    /// There are several traceparent lines, or one that is not valid.
    case invalid
    /// There is one traceparent, and it is valid.
    case parent(TraceParent)

    /// Reads the trace context of a request.
    ///
    /// - Parameters:
    ///   - head: A complete head.
    ///   - bytes: The octets that it was read from.
    public init(of head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        guard let line = head.first(.traceparent) else {
            self = .none
            return
        }
        guard head.count(of: .traceparent) == 1,
            let parent = TraceParent(bytes.bytes(in: line.value))
        else {
            self = .invalid
            return
        }
        self = .parent(parent)
    }

    /// Whether a line of this field is passed on, as far as the trace context decides that.
    ///
    /// What is in tracestate is the tracing systems' own business (section 3.3).
    public func passes(_ field: FieldName) -> Bool {
        guard field == .traceparent || field == .tracestate else { return true }
        guard case .parent = self else { return false }
        return true
    }
}
