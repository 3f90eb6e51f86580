/// A piece of a YAML document, reduced to what these files may contain: text, lists and mappings.
///
/// There is deliberately no number, boolean or null. Every value is text whose meaning the key
/// decides, so `NO`, `1e3` and `0x10` cannot turn into something their author did not write (F-04).
struct YAMLNode: Sendable {
    /// What the piece is.
    indirect enum Content: Sendable {
        case text(String)
        case list([YAMLNode])
        case mapping([YAMLEntry])
    }

    /// How text was written, which tells `no` from `"no"`.
    enum Style: Sendable {
        case plain, quoted, block
    }

    var content: Content
    var style: Style
    /// Where the piece starts; for quoted text, at the quote.
    var position: SourcePosition

    /// Whether nothing was written where a value belongs.
    var isMissing: Bool {
        guard case .text(let text) = content else { return false }
        return style == .plain && text.isEmpty
    }

    /// What the piece is, for "expected text, found a list".
    var kind: String {
        switch content {
        case .text: isMissing ? "nothing" : "text"
        case .list: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// A piece of text and where it starts.
struct PlacedText: Sendable {
    var text: String
    var position: SourcePosition
}

/// One `key: value` of a mapping.
struct YAMLEntry: Sendable {
    var key: String
    /// Where the key starts; for a quoted key, at the quote.
    var position: SourcePosition
    /// Where the key's first character stands, past any quote.
    var textPosition: SourcePosition
    var value: YAMLNode
}
