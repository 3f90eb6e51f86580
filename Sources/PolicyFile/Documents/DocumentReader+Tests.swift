import MethodPolicy

extension DocumentReader {
    /// The longest test, in octets.
    static var testBytesMax: Int { 2_048 }

    /// A file's tests, cut into words.
    mutating func readTests(_ node: YAMLNode) -> [TestDraft] {
        guard case .list(let elements) = node.content else {
            let message = "`tests` is a list, but this is \(node.kind)"
            let hint = "write each test on a line of its own: - GET /status -> forward"
            report(.wrongType, message, at: node.position, hint: hint)
            return []
        }
        if elements.isEmpty {
            report(.invalidValue, "`tests` is an empty list", at: node.position)
        }
        return elements.compactMap { readTest($0) }
    }

    private mutating func readTest(_ node: YAMLNode) -> TestDraft? {
        guard case .text(let text) = node.content, !node.isMissing else {
            let message = "a test is text, but this is \(node.kind)"
            var hint = "write it as in: - GET /status -> forward"
            if case .mapping = node.content {
                hint = "YAML takes a colon and a space for a mapping: write Allow GET, no colon"
            }
            report(.invalidTest, message, at: node.position, hint: hint)
            return nil
        }
        guard text.utf8.count <= Self.testBytesMax else {
            let message = "a test has at most \(Self.testBytesMax) octets"
            report(.invalidTest, message, at: node.position)
            return nil
        }
        let words = words(of: text, in: node)
        let shown = words.map(\.text).joined(separator: " ")
        return TestDraft(text: shown, position: node.position, words: words)
    }
}
