import MethodPolicy

/// The names that files give to things: policies and upstreams.
///
/// They appear in logs, so they are short and plain: letters, digits, `.`, `_` and `-`, starting
/// with a letter or digit, at most 64.
enum PolicyName {
    /// What editors check names with.
    static var pattern: String { "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" }

    /// Whether the text is such a name.
    static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetterOrDigit(first) else { return false }
        return text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                isLetterOrDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: "-")
            }
    }

    /// A name made from a file's name: its extension dropped, what is not allowed replaced by `-`.
    static func derived(fromFile file: String) -> String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        let base = last.lastIndex(of: ".").map { String(last[..<$0]) } ?? last
        let plain = base.prefix(64).map { isValid("a\($0)") ? $0 : "-" }
        let name = String(plain)
        return isValid(name) ? name : "policy"
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

/// What a method looks like to an editor: RFC 9110 section 5.6.2's token, at most 64 octets.
enum MethodSyntax {
    static var pattern: String { "^" + token + "$" }

    /// One method or several with single spaces between them; `any` and `none` match as well.
    static var listPattern: String { "^" + token + "( +" + token + ")*$" }

    private static var token: String { "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}" }
}

/// Names of fields, as editors check them: tokens of at most 64 octets.
enum FieldNameSyntax {
    static var pattern: String { MethodSyntax.pattern }
}

/// Names of fields that may end with a `*`, which stands for any rest.
enum FieldPrefixSyntax {
    /// What editors check them with.
    static var pattern: String { "^[!#$%&'+.^_`|~0-9A-Za-z-]{1,63}[*]?$" }

    /// Why the text is neither a field name nor the beginning of one and a `*`; nil if it is.
    static func fault(in text: String) -> String? {
        let name = text.hasSuffix("*") ? String(text.dropLast()) : text
        if name.contains("*") { return "a * stands at the end only, for any rest: X-Auth-*" }
        // A method is a token of the same length (RFC 9110 sections 5.1 and 9.1).
        guard text.utf8.count > 64 || name.utf8.count > 63 || Method(name) == nil else {
            return nil
        }
        return "a field name is letters, digits, - and _, at most 63; a last * stands for any rest"
    }
}

/// Names of query and form parameters, as editors check them.
enum ParameterSyntax {
    static var pattern: String { "^[!-%'-:<>-~]{1,64}$" }
}

/// What a certificate must say.
enum CertificateSyntax {
    /// What editors check it with.
    static var pattern: String { "^(subject|dns|uri|email)=." }
}

/// Codes of lint findings.
enum LintCodeSyntax {
    /// What editors check them with.
    static var pattern: String { "^[a-z0-9]+(-[a-z0-9]+)*$" }

    /// Whether the text has the form of a code.
    static func isValid(_ text: String) -> Bool {
        let words = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return text.utf8.count <= 64
            && words.allSatisfy { word in
                !word.isEmpty
                    && word.allSatisfy { $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 }
            }
    }
}
