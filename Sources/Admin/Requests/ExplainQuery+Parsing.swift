extension ExplainQuery {
    /// What is wrong with a query, in a sentence.
    struct Fault: Error, Equatable {
        let reason: String
    }

    /// Reads the query of `/explain`, coded as forms are: `+` is a space.
    init(query: String?) throws(Fault) {
        var values: [String: String] = [:]
        for part in (query ?? "").split(separator: "&") {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decoded(sides[0]),
                let value = sides.count > 1 ? Self.decoded(sides[1]) : ""
            else { throw Fault(reason: "The query has a percent-coding that is not UTF-8.") }
            guard Self.names.contains(name) else {
                let known = Self.names.joined(separator: ", ")
                throw Fault(reason: "The query has a name that is none of \(known).")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Fault(reason: "The query has '\(name)' twice.")
            }
        }
        for name in ["method", "path"] where values[name, default: ""].isEmpty {
            throw Fault(reason: "The query needs '\(name)'.")
        }
        self.init(
            method: values["method", default: ""],
            path: values["path", default: ""],
            host: Self.filled(values["host"]),
            client: Self.filled(values["client"]),
            origin: Self.filled(values["origin"])
        )
    }

    private static var names: [String] { ["method", "path", "host", "client", "origin"] }

    /// A field of a form that was left empty was not given.
    private static func filled(_ value: String?) -> String? {
        value.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The text, or nil if its percent-coding is broken or it is not UTF-8.
    private static func decoded(_ text: Substring) -> String? {
        var octets: [UInt8] = []
        var rest = text.utf8[...]
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "+"): octets.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit),
                    let low = rest.popFirst().flatMap(digit)
                else { return nil }
                octets.append(high << 4 | low)
            default: octets.append(octet)
            }
        }
        return String(validating: octets, as: UTF8.self)
    }

    private static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): octet - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): octet - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): octet - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
