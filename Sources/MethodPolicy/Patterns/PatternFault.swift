/// What is wrong with a pattern, and where in it.
public struct PatternFault: Error, Sendable, Equatable {
    /// What kind of mistake it is.
    public let code: PolicyFault.Code
    /// What is wrong, one sentence without a full stop.
    public let message: String
    /// What to do about it, if something can be said.
    public let hint: String?
    /// The octet of the pattern at which it stands, counted from 0.
    public let offset: Int

    init(_ code: PolicyFault.Code, _ message: String, hint: String? = nil, at offset: Int) {
        self.code = code
        self.message = message
        self.hint = hint
        self.offset = offset
    }
}
