/// What was wrong with a message.
///
/// Holds nothing that the peer sent, so it is safe to log.
public struct MessageFault: Error, Sendable, Equatable {
    /// The kind of fault: a bounded set of stable names, fit for a metric's label.
    public enum Code: String, Sendable, CaseIterable {
        // Lines and characters.
        case bareCR = "bare_cr"
        case bareLF = "bare_lf"

        // Request line.
        case invalidRequestLine = "invalid_request_line"
        case invalidMethod = "invalid_method"
        case methodTooLong = "method_too_long"
        case invalidTarget = "invalid_target"
        case fragmentInTarget = "fragment_in_target"
        case userinfoInTarget = "userinfo_in_target"
        case targetTooLong = "target_too_long"
        case unsupportedVersion = "unsupported_version"

        // Status line.
        case invalidStatusLine = "invalid_status_line"
        case invalidStatus = "invalid_status"

        // Field lines.
        case whitespaceBeforeFields = "whitespace_before_fields"
        case obsoleteFold = "obs_fold"
        case spaceBeforeColon = "space_before_colon"
        case invalidFieldName = "invalid_field_name"
        case invalidFieldValue = "invalid_field_value"
        case fieldLineTooLong = "field_line_too_long"
        case tooManyFields = "too_many_fields"
        case headTooLarge = "head_too_large"

        // Host.
        case missingHost = "missing_host"
        case duplicateHost = "duplicate_host"
        case invalidHost = "invalid_host"
        case authorityMismatch = "authority_mismatch"

        // Framing.
        case invalidContentLength = "invalid_content_length"
        case conflictingContentLength = "conflicting_content_length"
        case contentLengthWithTransferEncoding = "content_length_with_transfer_encoding"
        case invalidTransferEncoding = "invalid_transfer_encoding"
        case unsupportedTransferCoding = "unsupported_transfer_coding"
        case chunkedInHTTP10 = "chunked_in_http10"
        case invalidChunkSize = "invalid_chunk_size"
        case invalidChunkExtension = "invalid_chunk_extension"
        case chunkLineTooLong = "chunk_line_too_long"
        case missingChunkEnd = "missing_chunk_end"
        case framingInTrailers = "framing_in_trailers"
        case trailersTooLarge = "trailers_too_large"

        // Path.
        case dotSegment = "dot_segment"
        case emptySegment = "empty_segment"
        case encodedSlash = "encoded_slash"
        case backslash = "backslash"
        case encodedControl = "encoded_nul_or_control"
        case doubleEncoding = "double_encoding"
        case invalidEscape = "invalid_escape"
        case invalidUTF8 = "invalid_utf8"
        case pathParameter = "path_parameter"

        // Content that is looked into.
        case duplicateContentType = "duplicate_content_type"
        case contentCoding = "content_coding"
        case contentCharset = "content_charset"
        case invalidBoundary = "invalid_boundary"
        case ambiguousForm = "ambiguous_form"

        // Destination.
        case invalidDestination = "invalid_destination"
        case foreignDestination = "foreign_destination"
    }

    /// The kind of fault.
    public let code: Code

    /// Makes the fault of one kind.
    public init(_ code: Code) {
        self.code = code
    }

    /// The status code that answers a request with this fault.
    ///
    /// Means nothing for a response.
    public var status: Int {
        switch code {
        case .foreignDestination: 403
        case .targetTooLong: 414
        case .contentCoding, .contentCharset: 415
        case .fieldLineTooLong, .tooManyFields, .headTooLarge, .trailersTooLarge: 431
        case .methodTooLong, .unsupportedTransferCoding: 501
        case .unsupportedVersion: 505
        default: 400
        }
    }
}
