extension RefusalReason {
    /// The place in ``allCases``, for counting without hashing.
    public var ordinal: Int {
        switch self {
        case .methodNotAllowed: 0
        case .unknownMethod: 1
        case .noPolicyForHost: 2
        case .noRuleForPath: 3
        case .connectRefused: 4
        case .ambiguousPath: 5
        case .clientNotAllowed: 6
        case .overrideNotAllowed: 7
        case .destinationNotAllowed: 8
        case .ambiguousContent: 9
        case .unscannableContent: 10
        case .corsNotConfigured: 11
        case .corsOriginNotAllowed: 12
        case .corsMethodNotAllowed: 13
        case .corsFieldNotAllowed: 14
        case .malformedRequest: 15
        case .invalidHandshake: 16
        case .upgradeRequired: 17
        case .targetTooLong: 18
        case .fieldsTooLarge: 19
        case .contentTooLarge: 20
        case .unsupportedVersion: 21
        case .unsupportedTransferCoding: 22
        case .requestTimeout: 23
        case .expectationFailed: 24
        case .loopDetected: 25
        case .noPolicyLoaded: 26
        case .tooManyConnections: 27
        case .shuttingDown: 28
        }
    }
}
