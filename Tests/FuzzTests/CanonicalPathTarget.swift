import HTTPMessage
import TestKit

/// A path with tolerances; the oracle is `PathReference`, and the canonical form itself.
///
/// The lowest two bits of an input's first octet are the tolerances; the path follows it.
struct CanonicalPathTarget: FuzzTarget {
    let name = "canonical-path"

    private static let segments = [
        "a", "users", "A-b_c~d.e", ".", "..", "...", ".a", "%2e", "%2E.", ".%2e", "%61dmin",
        "a%20b",
        "%C3%A9", "%e2%82%ac", "%F0%9F%98%80", "a;b=c", ";x", "..;", ".;a", "%3B", "a%3bb", "%2F",
        "a%2fb",
        "..%2f", "%2f..", "%2F.%2F", "%5C", "%25", "%252e", "%25%32%65", "%2", "%", "%zz", "%u002e",
        "%25u0041",
        "%00", "%0d%0a", "%7F", "%C2%85", "%E2%80%A8", "%C0%AF", "%ED%A0%80", "%F4%90%80%80", "%C3",
        "%FF", "%3A", "a:b",
        "%3f", "%23", "{a}", "a*b", "(S(x))", "a.", "a%20", "~1", "::$DATA", "",
    ]

    let dictionary: [[UInt8]] =
        (segments + ["/", "//", "/./", "/../", "%2", "%25", "%", ";", "%41", "%7e"])
        .map { Array($0.utf8) }

    func generate(_ random: inout SeededGenerator) -> [UInt8] {
        let count = 1 + random.below(5)
        let path = (0..<count).map { _ in
            "/" + random.pick(random.once(in: 2) ? Self.segments : ["a", "b%41", "%C3%A9"])
        }
        return [0x30 + UInt8(random.below(4))] + Array(path.joined().utf8)
    }

    func check(_ input: [UInt8]) -> FuzzVerdict {
        guard let options = input.first else { return FuzzVerdict() }
        let tolerances = PathTolerances(rawValue: options & 3)
        let path = Array(input.dropFirst())
        var canonical: [UInt8] = []
        let outcome = CanonicalPath.canonicalize(
            path.span,
            into: &canonical,
            tolerating: tolerances
        )
        if outcome == .unchanged { canonical = path }
        var verdict = FuzzVerdict()
        verdict.signature.add(count: Int(options & 3))
        verdict.signature.add(count: path.count { $0 == 0x2F })
        let expected = PathReference.canonical(path, tolerating: tolerances)
        if case .refused(let fault) = outcome {
            verdict.signature.add(fault.code.rawValue)
            if let expected {
                verdict.finding = "refused \(fault), by definition \(text(expected))"
            }
            return verdict
        }
        verdict.isAccepted = true
        verdict.signature.add(outcome == .unchanged)
        verdict.signature.add(canonical.contains(0x25))
        guard let expected else {
            verdict.finding = "\(outcome) \(text(canonical)), by definition refused"
            return verdict
        }
        if expected != canonical {
            verdict.finding = "\(text(canonical)), by definition \(text(expected))"
        } else if (outcome == .unchanged) != (expected == path) {
            verdict.finding = "\(outcome), but canonical is \(text(expected))"
        } else {
            verdict.finding =
                canonicalFault(canonical, tolerances) ?? matchingFault(canonical, tolerances)
        }
        return verdict
    }

    /// Whether making a canonical path canonical changes it.
    private func canonicalFault(_ canonical: [UInt8], _ tolerances: PathTolerances) -> String? {
        var again: [UInt8] = []
        let outcome = CanonicalPath.canonicalize(
            canonical.span,
            into: &again,
            tolerating: tolerances
        )
        return outcome == .unchanged ? nil : "canonical \(text(canonical)), again \(outcome)"
    }

    /// Whether the matching form is not what it is by definition, or changes when it is made anew.
    private func matchingFault(_ canonical: [UInt8], _ tolerances: PathTolerances) -> String? {
        let form = matchingForm(canonical, tolerances)
        let expected = PathReference.matchingForm(canonical, tolerating: tolerances)
        guard form == expected else {
            return "matching form \(text(form)), by definition \(text(expected))"
        }
        let again = matchingForm(form, tolerances)
        return again == form ? nil : "matching form \(text(form)), again \(text(again))"
    }

    private func matchingForm(_ path: [UInt8], _ tolerances: PathTolerances) -> [UInt8] {
        var output: [UInt8] = []
        let differs = CanonicalPath.matchingForm(
            of: path.span,
            into: &output,
            tolerating: tolerances
        )
        return differs ? output : path
    }

    private func text(_ octets: [UInt8]) -> String { literal(octets) }
}
