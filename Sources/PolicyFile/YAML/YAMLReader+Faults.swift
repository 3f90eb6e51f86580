import Yams

extension YAMLReader {
    /// If the parser stopped at a repeated key, marks it so that the next try gets past it.
    ///
    /// The parser gives up at the first mapping with a repeated key and says where one of them
    /// stands. A mark before that key makes it different, so the rest of the file is still read and
    /// every repeated key is reported together with everything else.
    mutating func markDuplicate(_ error: YamlError) -> Bool {
        guard case .duplicatedKeysInMapping(_, let context) = error,
            marks.count < Self.duplicatesMax
        else { return false }
        var place = position(context.mark)
        guard place.line > 0, let line = source.line(place.line) else { return false }
        let characters = Array(line.unicodeScalars)
        guard place.column >= 1, place.column <= characters.count else { return false }
        switch characters[place.column - 1] {
        case "\"", "'": place.column += 1
        case "[", "{": return false
        default: break
        }
        guard !marks.contains(place) else { return false }
        marks.append(place)
        return true
    }

    /// Reports why the parser could not read the text.
    mutating func reportSyntax(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _):
            reportSyntax(problem, context: context, at: position(mark))
        case .composer(_, let problem, let mark, _):
            if problem.contains("another document") {
                report(
                    .yamlSeveralDocuments,
                    "the file holds more than one YAML document",
                    position(mark),
                    hint: "write one policy a file"
                )
            } else {
                report(.yamlSyntax, problem, position(mark))
            }
        case .duplicatedKeysInMapping(let keys, let context):
            let shown = keys.prefix(Self.duplicatesMax).map { DocumentReader.quoted(restored($0)) }
            var names = shown.joined(separator: ", ")
            let rest = keys.count - shown.count
            if rest > 0 { names += " and \(rest) more" }
            report(.duplicateKey, "keys stand twice: \(names)", position(context.mark))
        default:
            report(.yamlSyntax, "the file cannot be read as YAML", .wholeFile)
        }
    }

    private mutating func reportSyntax(
        _ problem: String,
        context: YamlError.Context?,
        at position: SourcePosition
    ) {
        if let tab = indentingTab(near: position) {
            let message = "a tab cannot indent YAML"
            report(.yamlTab, message, tab, hint: "indent with spaces")
            return
        }
        let indicators = [position.line, position.line - 1].compactMap(indicatorPosition(onLine:))
        if let (text, place) = indicators.first, reportIndicator(text, at: place) { return }
        let message = restored(problem)
        var hint: String?
        if problem.contains("mapping values are not allowed") {
            hint = "check the indentation, and put text that holds `: ` in quotes"
        } else if problem.contains("did not find expected") || problem.contains("could not find") {
            hint = "check the indentation, brackets and quotes here and on the lines before"
        }
        var related: [SourcePosition] = []
        if let mark = context?.mark, mark.line != position.line { related = [self.position(mark)] }
        report(.yamlSyntax, message, position, hint: hint, related: related)
    }

    /// The tab that the error is about: at the place itself or in the indentation of its line.
    private func indentingTab(near position: SourcePosition) -> SourcePosition? {
        for number in [position.line, position.line - 1] {
            guard let line = source.line(number) else { continue }
            let indentation = line.unicodeScalars.prefix { $0 == " " || $0 == "\t" }
            if let tab = Array(indentation).firstIndex(of: "\t") {
                return SourcePosition(line: number, column: tab + 1)
            }
        }
        return nil
    }

    /// A word that looks like an anchor, alias or tag on a line that did not parse.
    ///
    /// This only improves the message: the file is refused either way.
    private func indicatorPosition(onLine number: Int) -> (String, SourcePosition)? {
        guard let line = source.line(number) else { return nil }
        let characters = Array(line.unicodeScalars)
        var previous: Unicode.Scalar = ":"
        for (index, character) in characters.enumerated() {
            switch character {
            case "#", "\"", "'": return nil
            case "&", "*", "!", "?":
                guard ":-[{,".unicodeScalars.contains(previous) else { return nil }
                let isApart = index == 0 || " [{,".unicodeScalars.contains(characters[index - 1])
                guard isApart else { return nil }
                let length = SourceText.tokenLength(in: characters, from: index)
                var word = String.UnicodeScalarView()
                word.append(contentsOf: characters[index..<(index + length)])
                return (String(word), SourcePosition(line: number, column: index + 1))
            case " ": continue
            default: previous = character
            }
        }
        return nil
    }
}
