/// `multipart/form-data`, as PHP, Rack and Werkzeug read it.
enum PartReferences {
    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    // MARK: PHP, main/rfc1867.c

    /// A delimiter is a line, ended by LF, that is the delimiter to C; a field section ends at an
    /// empty line; content ends at LF and the delimiter, whatever is behind it.
    static func php(_ content: [UInt8], boundary: [UInt8]) -> [FormParameter] {
        let delimiter = Array("--".utf8) + boundary
        var rest = content[...]
        var parameters: [FormParameter] = []
        while true {
            var line = cutLine(&rest)
            while let text = line, text != delimiter { line = cutLine(&rest) }
            guard line != nil else { return parameters }
            var lines: [[UInt8]] = []
            while let text = cutLine(&rest), !text.isEmpty {
                if !isSpace(text[0]), text.contains(0x3A) {
                    lines.append(text)
                } else if !lines.isEmpty {
                    lines[lines.count - 1] += text
                }
            }
            let end = rest.firstRange(of: [0x0A] + delimiter)?.lowerBound ?? rest.endIndex
            var value = Array(rest[..<end])
            if end < rest.endIndex, value.last == 0x0D { value.removeLast() }
            rest = rest[end...]
            for name in lines.flatMap(phpNames) {
                parameters.append(
                    FormParameter(name: PairReferences.mangled(name), value: value)
                )
            }
        }
    }

    /// A line without its LF and the CR before, as C sees it; nil where no LF is left.
    private static func cutLine(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        var line = Array(rest[..<end])
        rest = rest[(end + 1)...]
        if line.last == 0x0D { line.removeLast() }
        return Array(line.prefix { $0 != 0 })
    }

    private static func isSpace(_ octet: UInt8) -> Bool {
        octet == 0x20 || 0x09...0x0D ~= octet
    }

    /// The `name` parameters of a Content-Disposition line.
    private static func phpNames(_ line: [UInt8]) -> [[UInt8]] {
        let field = line.prefix { $0 != 0x3A }
        guard lowercased(field) == "content-disposition" else { return [] }
        var rest = line.dropFirst(field.count + 1).drop(while: isSpace)
        var names: [[UInt8]] = []
        while !rest.isEmpty {
            var word = phpWord(&rest, until: 0x3B)[...]
            rest = rest.drop(while: isSpace)
            guard word.contains(0x3D) else { continue }
            guard lowercased(phpWord(&word, until: 0x3D)[...]) == "name" else { continue }
            names.append(phpValue(word))
        }
        return names
    }

    /// What stands before `stop` outside of quotes, which are of either kind.
    private static func phpWord(_ rest: inout ArraySlice<UInt8>, until stop: UInt8) -> [UInt8] {
        var index = rest.startIndex
        while index < rest.endIndex, rest[index] != stop {
            let quote = rest[index]
            index += 1
            guard quote == 0x22 || quote == 0x27 else { continue }
            while index < rest.endIndex, rest[index] != quote {
                let isPair = rest[index] == 0x5C && rest[(index + 1)...].first == quote
                index += isPair ? 2 : 1
            }
            index = min(index + 1, rest.endIndex)
        }
        let word = Array(rest[..<index])
        rest = rest[index...].drop { $0 == stop }
        return word
    }

    private static func phpValue(_ word: ArraySlice<UInt8>) -> [UInt8] {
        var rest = word.drop(while: isSpace)
        guard let quote = rest.first, quote == 0x22 || quote == 0x27 else {
            return Array(rest.prefix { !isSpace($0) })
        }
        rest = rest.dropFirst()
        var value: [UInt8] = []
        while let octet = rest.popFirst(), octet != quote {
            if octet == 0x5C, let next = rest.first, next == 0x5C || next == quote {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(octet)
            }
        }
        return value
    }

    // MARK: Rack 2.2, lib/rack/multipart/parser.rb

    /// A delimiter is a line that is one but for white space and NUL around it; content ends at the
    /// delimiter anywhere, with CRLF or two hyphens behind it.
    static func rack(_ content: [UInt8], boundary: [UInt8]) -> [FormParameter] {
        let delimiter = Array("--".utf8) + boundary
        var rest = content[...]
        var parameters: [FormParameter] = []
        var isFirst = true
        while true {
            guard let isClosing = cutRackDelimiter(&rest, delimiter), isFirst || !isClosing else {
                return parameters
            }
            isFirst = false
            guard let blank = rest.firstRange(of: lineEnd + lineEnd) else { return parameters }
            let section = Array(rest[..<blank.lowerBound]) + lineEnd
            rest = rest[blank.upperBound...]
            var end = rest.startIndex
            while end < rest.endIndex, !isRackEnd(rest[end...], delimiter) { end += 1 }
            let value = Array(rest[..<end])
            rest = rest[end...].dropFirst(2)
            for name in rackNames(section) {
                parameters.append(
                    FormParameter(name: PairReferences.withoutBrackets(name), value: value)
                )
            }
        }
    }

    /// Goes behind the next line that is a delimiter; returns whether it closes, nil for none.
    private static func cutRackDelimiter(
        _ rest: inout ArraySlice<UInt8>,
        _ delimiter: [UInt8]
    ) -> Bool? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: 0x0A).map { $0 + 1 } ?? rest.endIndex
            let line = trimmed(rest[..<end]) { isSpace($0) || $0 == 0 }
            rest = rest[end...]
            if line == delimiter { return false }
            if line == delimiter + Array("--".utf8) { return true }
        }
        return nil
    }

    private static func isRackEnd(_ rest: ArraySlice<UInt8>, _ delimiter: [UInt8]) -> Bool {
        let text = rest.starts(with: lineEnd) ? rest.dropFirst(2) : rest
        guard text.starts(with: delimiter) else { return false }
        let behind = text.dropFirst(delimiter.count)
        return behind.starts(with: lineEnd) || behind.starts(with: Array("--".utf8))
    }

    /// Names by Content-Disposition, else by Content-ID, else by a file name: any of them, and
    /// anywhere in the section, as the expressions have no anchor.
    private static func rackNames(_ section: [UInt8]) -> [[UInt8]] {
        var names: [[UInt8]] = []
        for key in ["name=", "filename=", "content-id:"] {
            var rest = section[...]
            while let found = rest.firstRange(of: Array(key.utf8), by: lowercasedEqual) {
                rest = rest[found.upperBound...]
                let text = key.hasSuffix(":") ? rest.drop(while: isSpace) : rest
                if text.first == 0x22 {
                    let inner = text.dropFirst()
                    names.append(inner.prefix { $0 != 0x22 }.filter { $0 != 0x5C })
                } else {
                    let isEnd = { (octet: UInt8) in
                        key.hasSuffix(":")
                            ? octet == 0x0D || octet == 0x0A
                            : isSpace(octet) || Array("()<>,;:\\\"/[]?=".utf8).contains(octet)
                    }
                    names.append(Array(text.prefix { !isEnd($0) }))
                }
            }
        }
        return names
    }

    // MARK: Werkzeug, sansio/multipart.py

    /// Lines end with CRLF, CR or LF; the first delimiter may stand anywhere, and white space may
    /// stand behind each.
    static func werkzeug(_ content: [UInt8], boundary: [UInt8]) -> [FormParameter] {
        let delimiter = Array("--".utf8) + boundary
        var rest = content[...]
        var parameters: [FormParameter] = []
        guard let first = werkzeugEnd(rest, delimiter, isFirst: true), !first.isClosing else {
            return []
        }
        rest = rest[first.end...]
        while true {
            let blanks: [[UInt8]] = [lineEnd + lineEnd, [0x0D, 0x0D], [0x0A, 0x0A]]
            let found = blanks.compactMap { rest.firstRange(of: $0) }
            guard let blank = found.min(by: { $0.lowerBound < $1.lowerBound }) else { break }
            let section = rest[..<blank.lowerBound]
            rest = rest[((blank.lowerBound + blank.upperBound) / 2)...]
            let start = rest.starts(with: lineEnd) ? 2 : 1
            let end = werkzeugEnd(rest, delimiter, isFirst: false)
            // A delimiter may follow a field section at once, then there is no content.
            let lower = min(rest.startIndex + start, end?.start ?? rest.endIndex)
            let value = Array(rest[lower..<(end?.start ?? rest.endIndex)])
            for name in werkzeugNames(section) {
                parameters.append(FormParameter(name: name, value: value))
            }
            guard let end, !end.isClosing else { break }
            rest = rest[end.end...]
        }
        return parameters
    }

    private static func werkzeugEnd(
        _ rest: ArraySlice<UInt8>,
        _ delimiter: [UInt8],
        isFirst: Bool
    ) -> (start: Int, end: Int, isClosing: Bool)? {
        let isBreak = { (octet: UInt8) in octet == 0x0D || octet == 0x0A }
        var from = rest.startIndex
        while let found = rest[from...].firstRange(of: delimiter) {
            from = found.lowerBound + 1
            let hasBreak = found.lowerBound > rest.startIndex && isBreak(rest[found.lowerBound - 1])
            guard hasBreak || isFirst else { continue }
            var behind = rest[found.upperBound...]
            let isClosing = behind.starts(with: Array("--".utf8))
            if isClosing { behind = behind.dropFirst(2) }
            behind = behind.drop { isSpace($0) && !isBreak($0) }
            let length =
                behind.starts(with: lineEnd) ? 2 : behind.first.map(isBreak) == true ? 1 : 0
            guard isClosing || length > 0 else { continue }
            var start = found.lowerBound - (hasBreak ? 1 : 0)
            if start > rest.startIndex, rest[(start - 1)...].starts(with: lineEnd) { start -= 1 }
            return (start, behind.startIndex + length, isClosing)
        }
        return nil
    }

    /// The `name` parameter of Content-Disposition, quoted or a word.
    private static func werkzeugNames(_ section: ArraySlice<UInt8>) -> [[UInt8]] {
        var unfolded: [UInt8] = []
        for octet in section {
            if octet == 0x20 || octet == 0x09 {
                while let last = unfolded.last, last == 0x0D || last == 0x0A {
                    unfolded.removeLast()
                }
            }
            unfolded.append(octet)
        }
        var names: [[UInt8]] = []
        for line in unfolded.split(whereSeparator: { $0 == 0x0D || $0 == 0x0A }) {
            let field = line.prefix { $0 != 0x3A }
            guard lowercased(trimmed(field, isSpace)[...]) == "content-disposition" else {
                continue
            }
            for part in line.dropFirst(field.count + 1).split(separator: 0x3B).dropFirst() {
                let key = part.prefix { $0 != 0x3D }
                guard lowercased(trimmed(key, isSpace)[...]) == "name" else { continue }
                let value = trimmed(part.dropFirst(key.count + 1), isSpace)
                names.append(trimmed(value[...]) { $0 == 0x22 }.filter { $0 != 0x5C })
            }
        }
        return names
    }

    // MARK: Text

    static func trimmed(_ text: ArraySlice<UInt8>, _ isTrimmed: (UInt8) -> Bool) -> [UInt8] {
        var text = text.drop(while: isTrimmed)
        while let last = text.last, isTrimmed(last) { text.removeLast() }
        return Array(text)
    }

    private static func lowercased(_ octets: ArraySlice<UInt8>) -> String {
        String(decoding: octets, as: UTF8.self).lowercased()
    }

    private static func lowercasedEqual(_ one: UInt8, _ other: UInt8) -> Bool {
        one == other || (0x41...0x5A ~= one && one | 0x20 == other)
    }
}

extension ArraySlice<UInt8> {
    /// Where the octets occur first.
    fileprivate func firstRange(
        of octets: [UInt8],
        by areEqual: (UInt8, UInt8) -> Bool
    ) -> Range<Int>? {
        var index = startIndex
        while index + octets.count <= endIndex {
            if self[index..<(index + octets.count)].elementsEqual(octets, by: areEqual) {
                return index..<(index + octets.count)
            }
            index += 1
        }
        return nil
    }

    /// Where the octets occur first.
    fileprivate func firstRange(of octets: [UInt8]) -> Range<Int>? {
        firstRange(of: octets, by: ==)
    }
}
