/// What a CORS block says, ready to be asked; the same for every rule that has the block.
struct CORSParts: Sendable {
    var allowsAnyOrigin = false
    var allowsAnyField = false
    let definition: CORSDefinition
    private(set) var wildcards: [(prefix: [UInt8], suffix: [UInt8])] = []
    private var origins = OctetTable()
    private var fields = OctetTable(foldsCase: true)

    init(_ definition: CORSDefinition) {
        self.definition = definition
    }

    mutating func add(_ origin: OriginPattern) {
        switch origin {
        case .exact(let octets):
            if origins.value(octets) == nil { origins.insert(octets, value: 0) }
        case .subdomain(let prefix, let suffix):
            wildcards.append((prefix, suffix))
        }
    }

    /// - Parameter name: A field name, folded.
    mutating func addField(_ name: [UInt8]) {
        if fields.value(name) == nil { fields.insert(name, value: 0) }
    }

    func allows(origin: Span<UInt8>) -> Bool {
        let key = OctetKey(origin, foldsCase: false)
        if origins.value(key, in: origin) != nil { return true }
        for wildcard in wildcards
        where OriginPattern.matches(origin, prefix: wildcard.prefix, suffix: wildcard.suffix) {
            return true
        }
        return false
    }

    /// Whether every field of an `Access-Control-Request-Headers` list may be sent.
    ///
    /// The list is `#field-name` (RFC 9110 section 5.6.1): empty elements are passed over, an
    /// element that is no token is not a field that anybody may send.
    func allows(fields list: Span<UInt8>) -> Bool {
        var start = 0
        while start < list.count {
            while start < list.count, Self.isSeparator(list[start]) { start &+= 1 }
            guard start < list.count else { return true }
            var end = start
            while end < list.count, !Self.isSeparator(list[end]) {
                guard Octet.isTokenOctet(list[end]) else { return false }
                end &+= 1
            }
            guard allows(field: list, from: start, to: end) else { return false }
            start = end
            // Only a comma may follow: "a b" is not two fields.
            while start < list.count, list[start] == 0x20 || list[start] == 0x09 { start &+= 1 }
            if start < list.count, list[start] != 0x2C { return false }
        }
        return true
    }

    private static func isSeparator(_ octet: UInt8) -> Bool {
        octet == 0x2C || octet == 0x20 || octet == 0x09
    }

    private func allows(field list: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        let name = list.extracting(start..<end)
        if fields.value(OctetKey(name, foldsCase: true), in: name) != nil {
            return true
        }
        // `*` never covers Authorization (Fetch, CORS-preflight fetch).
        return allowsAnyField && !Self.isAuthorization(name)
    }

    private static func isAuthorization(_ name: Span<UInt8>) -> Bool {
        let octets: InlineArray<13, UInt8> = [
            0x61, 0x75, 0x74, 0x68, 0x6F, 0x72, 0x69, 0x7A, 0x61, 0x74, 0x69, 0x6F, 0x6E,
        ]
        guard name.count == octets.count else { return false }
        for index in octets.indices where Octet.folded(name[index]) != octets[index] {
            return false
        }
        return true
    }
}
