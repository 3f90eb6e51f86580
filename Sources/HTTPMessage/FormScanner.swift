/// Finds the methods that a form claims, in content that streams by.
///
/// The octets may be split over reads in any way. What it holds of them is bounded: a key or value
/// of an urlencoded form as far as it could matter, the field section of one part of a multipart
/// form. Content is skipped over, several octets at a time.
public struct FormScanner: Sendable {
    private var pairs: URLEncodedScanner?
    private var parts: MultipartScanner?
    private var fault: MessageFault?

    /// Makes a scanner for content of a kind; nil if there is nothing to scan: the content is no
    /// form or refused, or no parameter carries a method.
    public init?(_ content: FormContent, names: OverrideNames) {
        guard names.normalizedParameters.longest > 0 else { return nil }
        switch content {
        case .none, .refused:
            return nil
        case .urlencoded:
            pairs = URLEncodedScanner(names: names.normalizedParameters)
        case .multipart(let boundary):
            parts = MultipartScanner(boundary: boundary, names: names.normalizedParameters)
        }
    }

    /// Looks at the next octets.
    ///
    /// - Parameters:
    ///   - bytes: The octets of the content that follow those of the last call.
    ///   - claims: What was found is appended, within the bounds of `ClaimReader.fieldClaims`. A
    ///     claim is appended once its end was seen.
    /// - Returns: `ambiguous_form` if parsers would disagree about the form, and from then on
    ///   always; nil else.
    public mutating func scan(
        _ bytes: Span<UInt8>,
        into claims: inout [ClaimedMethod]
    ) -> MessageFault? {
        guard fault == nil else { return fault }
        pairs?.scan(bytes, into: &claims)
        fault = parts?.scan(bytes, into: &claims)
        return fault
    }

    /// The content is over: the last pair or part is judged too.
    ///
    /// To be called before the content's last octets are forwarded.
    ///
    /// - Returns: As `scan`; a multipart form without its closing delimiter is ambiguous.
    public mutating func finish(into claims: inout [ClaimedMethod]) -> MessageFault? {
        guard fault == nil else { return fault }
        pairs?.finish(into: &claims)
        fault = parts?.finish(into: &claims)
        return fault
    }

    /// How many of the last octets that were looked at are the value so far of a claimed method, or
    /// may be one if nothing follows.
    ///
    /// They must not be forwarded before the claim is known: some servers act on content that was
    /// cut off, and then the value's beginning is a value. Bounded by what a scanner holds.
    public var undecidedCount: Int {
        (pairs?.undecidedCount ?? 0) &+ (parts?.undecidedCount ?? 0)
    }

    /// How many octets of the content are held at the moment.
    package var heldBytes: Int {
        (pairs?.heldBytes ?? 0) &+ (parts?.heldBytes ?? 0)
    }
}
