public import HTTPMessage
public import MethodPolicy

extension MessageFault {
    /// The reason by which a request with this fault is refused, as the log and the problem body
    /// have it; the fault itself is their detail.
    public var refusalReason: RefusalReason {
        switch code {
        case .foreignDestination: .destinationNotAllowed
        case .contentCoding, .contentCharset: .unscannableContent
        case .duplicateContentType, .invalidBoundary, .ambiguousForm: .ambiguousContent
        case .methodTooLong: .unknownMethod
        case .unsupportedTransferCoding: .unsupportedTransferCoding
        case .unsupportedVersion: .unsupportedVersion
        case .targetTooLong: .targetTooLong
        case .fieldLineTooLong, .tooManyFields, .headTooLarge, .trailersTooLarge: .fieldsTooLarge
        default: .malformedRequest
        }
    }
}
