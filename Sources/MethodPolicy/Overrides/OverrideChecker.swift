/// Checks what a policy file says about method override, and completes the names.
struct OverrideChecker {
    /// The most names of a kind that a file may add.
    static let namesMax = 32
    /// The longest name, in octets.
    static let nameBytesMax = 64
    /// Fields that frameworks take a method from.
    static let fields = [
        "x-http-method-override", "x-http-method", "x-method-override", "x-tunneled-method",
        "x-requested-method", "x-original-method",
    ]
    /// Query and form parameters that frameworks take a method from.
    static let parameters = [
        "_method", "x-http-method-override", "x-http-method", "x-method-override",
        "x-tunneled-method",
    ]

    private(set) var faults: [PolicyFault] = []
    /// Every field's name, lower case, each once.
    private(set) var fields = Self.fields
    /// Every parameter's name, lower case, each once.
    private(set) var parameters = Self.parameters

    init(_ definition: OverrideDefinition) {
        add(
            definition.fields,
            definition.fieldLocations,
            definition.location,
            to: \.fields,
            code: .invalidFieldName,
            what: "a field name",
            isValid: Octet.isTokenOctet
        )
        add(
            definition.parameters,
            definition.parameterLocations,
            definition.location,
            to: \.parameters,
            code: .invalidParameterName,
            what: "the name of a parameter",
            isValid: Self.isParameterOctet
        )
    }

    /// Visible ASCII but for what separates parameters.
    private static func isParameterOctet(_ octet: UInt8) -> Bool {
        0x21...0x7E ~= octet && octet != 0x26 && octet != 0x3B && octet != 0x3D
    }

    private mutating func add(
        _ names: [String],
        _ places: [SourceLocation],
        _ location: SourceLocation,
        to list: WritableKeyPath<OverrideChecker, [String]>,
        code: PolicyFault.Code,
        what: String,
        isValid: (UInt8) -> Bool
    ) {
        if names.count > Self.namesMax {
            faults.append(
                PolicyFault(
                    .tooManyOverrideNames,
                    "override adds more than \(Self.namesMax) names of a kind",
                    at: location
                )
            )
        }
        for (index, name) in names.prefix(Self.namesMax).enumerated() {
            let octets = Array(name.utf8)
            guard 1...Self.nameBytesMax ~= octets.count, octets.allSatisfy(isValid) else {
                faults.append(
                    PolicyFault(
                        code,
                        "\(PolicyCompiler.quoted(name)) in override is not \(what)",
                        hint: "1 to \(Self.nameBytesMax) ASCII characters without spaces",
                        at: places.indices.contains(index) ? places[index] : location
                    )
                )
                continue
            }
            let folded = String(decoding: octets.map(Octet.folded), as: UTF8.self)
            if !self[keyPath: list].contains(folded) { self[keyPath: list].append(folded) }
        }
    }
}
