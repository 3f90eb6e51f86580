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
