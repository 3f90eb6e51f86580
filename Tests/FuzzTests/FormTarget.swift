import HTTPMessage
import TestKit

/// Forms; the oracles are naive readers in the manner of PHP, Rack and Werkzeug, and the scanner
/// itself with the octets in other pieces.
///
/// The lowest bit of an input's first octet is 1 for multipart content with the boundary `XX` and
/// 0 for pairs; the content follows that octet.
struct FormTarget: FuzzTarget {
    let name = "form"
    let dictionary = FormGrammar.dictionary

    private static let parameters = [
        "_method", "x-http-method-override", "x-http-method", "x-method-override",
        "x-tunneled-method",
    ]
    private static let boundary = Array("XX".utf8)

    /// What the scanner made of a form.
    private struct Scan: Equatable {
        var claims: [ClaimedMethod] = []
        var fault: MessageFault?
        /// How many of the octets were held back when the last of them had been looked at.
        var undecidedCount = 0

        init(_ content: FormContent, pieces: [[UInt8]], isCut: Bool = false) {
            let names = OverrideNames(fields: [], parameters: FormTarget.parameters)
            guard var scanner = FormScanner(content, names: names) else { return }
            for piece in pieces {
                fault = scanner.scan(piece.span, into: &claims)
                if fault != nil { return }
            }
            undecidedCount = scanner.undecidedCount
            if !isCut { fault = scanner.finish(into: &claims) }
        }
    }

    func generate(_ random: inout SeededGenerator) -> [UInt8] {
        random.once(in: 3)
            ? [0x30] + FormGrammar.pairs(&random) : [0x31] + FormGrammar.parts(&random)
    }

    func check(_ input: [UInt8]) -> FuzzVerdict {
        guard let options = input.first else { return FuzzVerdict() }
        let isMultipart = options & 1 == 1
        let octets = Array(input.dropFirst())
        let content = isMultipart ? FormContent.multipart(boundary: Self.boundary) : .urlencoded
        let scan = Scan(content, pieces: [octets])
        var verdict = FuzzVerdict()
        verdict.signature.add(isMultipart)
        verdict.signature.add(scan.fault?.code.rawValue ?? "")
        verdict.signature.add(count: octets.count)
        for claim in scan.claims {
            verdict.signature.add(String(decoding: claim.value.prefix(4), as: UTF8.self))
        }
        var random = splits(of: octets)
        for _ in 0..<3 {
            let pieced = Scan(content, pieces: pieces(octets, &random))
            guard pieced == scan else { return .finding("whole \(scan), in pieces \(pieced)") }
        }
        for (reader, parameters) in readings(of: octets, isMultipart) {
            verdict.signature.add(count: parameters.count)
            compare(scan, parameters, by: reader, &verdict)
        }
        guard verdict.finding == nil else { return verdict }
        for _ in 0..<3 {
            let cut = Array(octets.prefix(random.below(octets.count + 1)))
            checkCut(cut, content, isMultipart, &verdict)
        }
        return verdict
    }

    /// What frameworks find in a form.
    private func readings(
        of octets: [UInt8],
        _ isMultipart: Bool
    ) -> [(reader: String, parameters: [FormParameter])] {
        guard isMultipart else {
            return [
                ("PHP", PairReferences.php(octets)), ("Rack", PairReferences.rack(octets)),
                ("Werkzeug", PairReferences.werkzeug(octets)),
            ]
        }
        return [
            ("PHP", PartReferences.php(octets, boundary: Self.boundary)),
            ("Rack", PartReferences.rack(octets, boundary: Self.boundary)),
            ("Werkzeug", PartReferences.werkzeug(octets, boundary: Self.boundary)),
        ]
    }

    /// Compares where the content breaks off: some servers act on what they have got, and they have
    /// got all that was not held back.
    private func checkCut(
        _ octets: [UInt8],
        _ content: FormContent,
        _ isMultipart: Bool,
        _ verdict: inout FuzzVerdict
    ) {
        let scan = Scan(content, pieces: [octets], isCut: true)
        guard scan.undecidedCount <= octets.count else {
            verdict.finding = "\(scan.undecidedCount) of \(octets.count) octets undecided"
            return
        }
        let forwarded = Array(octets.dropLast(scan.undecidedCount))
        for (reader, parameters) in readings(of: forwarded, isMultipart) {
            compare(scan, parameters, by: "\(reader), cut at \(octets.count),", &verdict)
        }
    }

    /// Every method that a framework would take has to be claimed, or the form refused.
    private func compare(
        _ scan: Scan,
        _ parameters: [FormParameter],
        by reader: String,
        _ verdict: inout FuzzVerdict
    ) {
        for parameter in parameters {
            let name = String(decoding: parameter.name, as: UTF8.self)
            guard Self.parameters.contains(name.lowercased()) else { continue }
            verdict.signature.add(reader)
            guard scan.fault == nil, let method = method(parameter.value) else { continue }
            verdict.isAccepted = true
            if scan.claims.contains(where: { $0.carrier == .content && $0.value == method }) {
                continue
            }
            // A claim that is no method is refused by any policy, whatever else is claimed.
            if scan.claims.contains(where: { !isMethod($0.value) }) {
                verdict.explained.insert("claimOfNoMethod")
                continue
            }
            verdict.finding =
                "\(reader) takes \(literal(parameter.name)) for \(literal(method)), found: "
                + "\(scan.claims.map { literal($0.value) })"
        }
    }

    /// The method that a value names, in capitals; what no policy knows as a method is left out.
    private func method(_ value: [UInt8]) -> [UInt8]? {
        let isBlank = { (octet: UInt8) in [0x20, 0x09, 0x0D, 0x0A].contains(octet) }
        let method = PartReferences.trimmed(value[...], isBlank)
            .map { 0x61...0x7A ~= $0 ? $0 & 0xDF : $0 }
        return isMethod(method) && method.count <= 64 ? method : nil
    }

    /// Whether octets are spelt as registered methods are: words of letters, hyphens between.
    private func isMethod(_ octets: [UInt8]) -> Bool {
        octets.split(separator: 0x2D, omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty && word.allSatisfy { 0x41...0x5A ~= $0 }
        }
    }
}
