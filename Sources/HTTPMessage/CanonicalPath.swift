/// The one form of a path that is judged, forwarded and logged.
///
/// Escapes of unreserved characters are decoded (RFC 3986 section 6.2.2.2) and other escapes have
/// upper-case digits (section 6.2.2.1). What servers are known to read differently is refused
/// instead of repaired: dot segments and empty segments, encoded slashes, backslashes, control
/// characters and line separators, double encoding, invalid escapes and UTF-8, and `;`. Applying it
/// twice changes nothing.
public enum CanonicalPath {
    /// Brings a path into canonical form.
    ///
    /// - Parameters:
    ///   - path: The path, without query. An empty one means `/` (RFC 9110 section 4.2.3).
    ///   - output: With `.rewritten` the canonical path; its capacity is kept. Untouched otherwise.
    ///   - tolerances: What to let through that would be refused.
    /// - Returns: Whether the path is canonical, was rewritten, or is refused and why.
    public static func canonicalize(
        _ path: Span<UInt8>,
        into output: inout [UInt8],
        tolerating tolerances: PathTolerances = []
    ) -> PathOutcome {
        guard !path.isEmpty else {
            output.removeAll(keepingCapacity: true)
            output.append(Octet.slash)
            return .rewritten
        }
        do throws(MessageFault) {
            var scanner = PathScanner(tolerances: tolerances)
            try scanner.scan(path)
            guard scanner.needsRewriting else { return .unchanged }
            rewrite(path, into: &output)
            return .rewritten
        } catch {
            return .refused(error)
        }
    }

    /// Brings a canonical path into the form that patterns are compared with.
    ///
    /// `/a:b` and `/a%3Ab` are different paths to RFC 3986 and the same to most servers. Were they
    /// different to the policy too, the escape would lead round the rule for `/a:b` and into a
    /// wider one. So escapes of visible characters are decoded for the comparison, and for it
    /// alone: what is forwarded stays as it was sent, as `%3F` must not become a question mark.
    /// Where `;` is tolerated, a segment's parameters are left out of the comparison, as servers
    /// that know them do: `/a;b=c/d` is compared as `/a/d`.
    ///
    /// - Parameters:
    ///   - path: A canonical path.
    ///   - output: With true, the path to compare; its capacity is kept. Untouched otherwise.
    ///   - tolerances: What the path was canonicalised with.
    /// - Returns: Whether the form differs from the path.
    public static func matchingForm(
        of path: Span<UInt8>,
        into output: inout [UInt8],
        tolerating tolerances: PathTolerances = []
    ) -> Bool {
        let dropsParameters = tolerances.contains(.semicolon)
        var first = 0
        while first < path.count, path[first] != Octet.percent,
            path[first] != Octet.semicolon || !dropsParameters
        {
            first &+= 1
        }
        guard first < path.count else { return false }
        output.removeAll(keepingCapacity: true)
        var index = 0
        while index < path.count {
            let octet = path[index]
            if octet == Octet.percent, let escaped = PathScanner.escapedOctet(path, at: index),
                0x21...0x7E ~= escaped, escaped != Octet.percent, escaped != Octet.slash
            {
                output.append(escaped)
                index &+= 3
            } else if octet == Octet.semicolon, dropsParameters {
                while index < path.count, path[index] != Octet.slash { index &+= 1 }
            } else {
                output.append(octet)
                index &+= 1
            }
        }
        return output.count != path.count
    }

    /// Writes the canonical form of a path that was scanned and found valid.
    private static func rewrite(_ path: Span<UInt8>, into output: inout [UInt8]) {
        output.removeAll(keepingCapacity: true)
        var index = 0
        while index < path.count {
            let octet = path[index]
            guard octet == Octet.percent, let escaped = PathScanner.escapedOctet(path, at: index)
            else {
                output.append(octet)
                index &+= 1
                continue
            }
            if escaped.isIn(.unreserved) {
                output.append(escaped)
            } else {
                output.append(Octet.percent)
                output.append(path[index &+ 1].hexadecimalUppercased)
                output.append(path[index &+ 2].hexadecimalUppercased)
            }
            index &+= 3
        }
    }
}
