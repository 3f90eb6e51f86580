/// Checks a CORS block and cuts it into the parts that answers are computed from.
struct CORSChecker {
    /// The longest `max_age`: no browser remembers a preflight for longer than a day.
    static let maxAgeSecondsMax = 86_400
    private(set) var faults: [PolicyFault] = []
    private let definition: CORSDefinition
    /// Fields that let a browser ask for another method than the one that a preflight shows.
    private let overrideFields: [String]

    init(_ definition: CORSDefinition, overrideFields: [String]) {
        self.definition = definition
        self.overrideFields = overrideFields
    }

    mutating func parts() -> CORSParts {
        var parts = CORSParts(definition)
        checkOrigins(&parts)
        for name in definition.headers { checkField(name, isRequestField: true, &parts) }
        for name in definition.expose { checkField(name, isRequestField: false, &parts) }
        if !(0...Self.maxAgeSecondsMax).contains(definition.maxAgeSeconds) {
            report(
                .invalidMaxAge,
                "max_age is 0 to \(Self.maxAgeSecondsMax) seconds",
                hint: "10m is a good value: a browser does not see a changed policy for that long"
            )
        }
        return parts
    }

    private mutating func checkOrigins(_ parts: inout CORSParts) {
        if definition.origins.isEmpty {
            report(
                .missingOrigins,
                "a cors block names the origins that it allows",
                hint: "add origins: [\"https://app.example.com\"], or write cors: off"
            )
        }
        for (index, text) in definition.origins.enumerated() {
            let place = definition.originLocations
            let location = place.indices.contains(index) ? place[index] : definition.location
            if text == "*" {
                parts.allowsAnyOrigin = true
                if definition.credentials {
                    report(
                        .credentialsWithAnyOrigin,
                        "credentials never go with the origin *",
                        hint: "name the origins, or leave credentials out",
                        at: location
                    )
                }
                if definition.origins.count > 1 {
                    report(
                        .wildcardOriginNotAlone,
                        "* covers every other origin of the list",
                        hint: "leave out * or the others",
                        at: location
                    )
                }
                continue
            }
            if text == "null", definition.credentials {
                report(
                    .credentialsWithNullOrigin,
                    "credentials never go with the origin null: any sandboxed page has it",
                    hint: "leave out null or credentials",
                    at: location
                )
            }
            do throws(OriginPattern.Fault) {
                parts.add(try OriginPattern(text))
            } catch {
                let message = "\(PolicyCompiler.quoted(text)): \(error.message)"
                report(.invalidOrigin, message, hint: error.hint, at: location)
            }
        }
    }

    private mutating func checkField(_ name: String, isRequestField: Bool, _ parts: inout CORSParts)
    {
        let key = isRequestField ? "headers" : "expose"
        if name == "*" {
            if definition.credentials {
                report(
                    .credentialsWithAnyField,
                    "with credentials browsers take * in \(key) for a field of that name",
                    hint: "name the fields"
                )
            }
            if isRequestField { parts.allowsAnyField = true }
            return
        }
        let octets = Array(name.utf8)
        guard !octets.isEmpty, octets.allSatisfy(Octet.isTokenOctet) else {
            report(
                .invalidFieldName,
                "\(PolicyCompiler.quoted(name)) in \(key) is not a field name"
            )
            return
        }
        let folded = octets.map(Octet.folded)
        guard isRequestField else { return }
        if overrideFields.contains(where: { folded.elementsEqual($0.utf8) }) {
            report(
                .methodOverrideField,
                "\(name) in headers would let a script name another method than the preflight",
                hint: "leave it out and let the script use the method itself"
            )
        }
        parts.addField(folded)
    }

    private mutating func report(
        _ code: PolicyFault.Code,
        _ message: String,
        hint: String? = nil,
        at location: SourceLocation? = nil
    ) {
        faults.append(
            PolicyFault(code, message, hint: hint, at: location ?? definition.location)
        )
    }
}
