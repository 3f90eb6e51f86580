import HTTPMessage

/// The names that a policy has by default.
let defaultNames = OverrideNames(
    fields: [
        "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Tunneled-Method",
        "X-Requested-Method", "X-Original-Method",
    ],
    parameters: [
        "_method", "x-http-method-override", "x-http-method", "x-method-override",
        "x-tunneled-method",
    ]
)

extension [ClaimedMethod] {
    /// The claims as `name=METHOD` with names as the policy spells them.
    func texts(_ names: OverrideNames = defaultNames) -> [String] {
        map { claim in
            let spellings = claim.carrier == .field ? names.fields : names.parameters
            return "\(spellings[claim.nameIndex])=\(String(decoding: claim.value, as: UTF8.self))"
        }
    }
}

/// What a scanner found in content, and the most that it held meanwhile.
struct FormReading: Equatable {
    var claims: [String] = []
    var fault: MessageFault.Code?
    var heldMax = 0

    static func == (one: FormReading, other: FormReading) -> Bool {
        one.claims == other.claims && one.fault == other.fault
    }
}

/// Scans content that arrives in pieces that end at these offsets, and at its end.
func scanForm(
    _ form: FormContent,
    _ octets: [UInt8],
    ends: [Int] = [],
    names: OverrideNames = defaultNames
) -> FormReading {
    var reading = FormReading()
    guard var scanner = FormScanner(form, names: names) else { return reading }
    var claims: [ClaimedMethod] = []
    var start = 0
    var fault: MessageFault?
    for end in ends + [octets.count] {
        fault = scanner.scan(octets.span.extracting(start..<end), into: &claims)
        reading.heldMax = max(reading.heldMax, scanner.heldBytes)
        start = end
        if fault != nil { break }
    }
    reading.fault = (fault ?? scanner.finish(into: &claims))?.code
    reading.claims = claims.texts(names)
    return reading
}

/// Scans content that arrives at once.
func scanForm(
    _ form: FormContent,
    _ text: String,
    names: OverrideNames = defaultNames
) -> FormReading {
    scanForm(form, Array(text.utf8), names: names)
}

/// What the fields of a head claim.
func fieldClaims(_ lines: String) -> [String] {
    let octets = Array("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n".utf8)
    var head = RequestHead()
    guard head.parse(octets.span, limits: MessageLimits()) == .complete else {
        return ["malformed"]
    }
    var claims: [ClaimedMethod] = []
    ClaimReader.fieldClaims(of: head, octets.span, names: defaultNames, into: &claims)
    return claims.texts()
}

/// What a query claims.
func queryClaims(_ query: [UInt8], names: OverrideNames = defaultNames) -> [String] {
    var claims: [ClaimedMethod] = []
    ClaimReader.queryClaims(query.span, names: names, into: &claims)
    return claims.texts(names)
}

/// What a query claims.
func queryClaims(_ query: String) -> [String] {
    queryClaims(Array(query.utf8))
}
