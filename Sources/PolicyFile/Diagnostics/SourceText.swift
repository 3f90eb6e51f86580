import MethodPolicy

/// A place in a text: line and column count from 1, columns in code points, as editors do.
struct SourcePosition: Sendable, Hashable {
    var line: Int
    var column: Int

    /// The file as a whole.
    static var wholeFile: SourcePosition { SourcePosition(line: 0, column: 0) }
}

/// The text of one file, checked to be plain UTF-8 in which every reader sees the same lines.
struct SourceText: Sendable {
    /// The file's name as reports show it.
    let file: String
    /// The text without a byte order mark.
    let bytes: [UInt8]
    /// The offset at which each line starts.
    private let lineStarts: [Int]

    /// Checks what was read from a file.
    ///
    /// A leading UTF-8 byte order mark is accepted and dropped (editors on Windows write it).
    /// Refused are text that is not UTF-8, control characters, the marks that reorder what a
    /// reviewer sees, and line ends other than LF and CR LF, because YAML counts those as lines and
    /// editors do not.
    static func checked(
        file: String,
        bytes read: [UInt8]
    ) -> (source: SourceText, faults: [Diagnostic]) {
        let hasMark = read.starts(with: [0xEF, 0xBB, 0xBF])
        let source = SourceText(file: file, bytes: hasMark ? Array(read.dropFirst(3)) : read)
        return (source, source.characterFaults())
    }

    private init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
        var starts = [0]
        for (offset, byte) in bytes.enumerated() where byte == 0x0A { starts.append(offset + 1) }
        lineStarts = starts
    }

    /// The number of lines; the empty one after a final line break counts.
    var lineCount: Int { lineStarts.count }

    /// The place as `SourceLocation` says it.
    func location(at position: SourcePosition) -> SourceLocation {
        SourceLocation(file: file, line: position.line, column: position.column)
    }

    /// The offset of a place's first octet, or nil if the text has no such place.
    func offset(of position: SourcePosition) -> Int? {
        guard position.line >= 1, position.line <= lineStarts.count else { return nil }
        var offset = lineStarts[position.line - 1]
        for _ in 1..<max(position.column, 1) {
            guard offset < bytes.count, bytes[offset] != 0x0A else { return nil }
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
        }
        return offset
    }

    /// A line's text without its line break, or nil if there is no such line.
    func line(_ number: Int) -> String? {
        guard number >= 1, number <= lineStarts.count else { return nil }
        let start = lineStarts[number - 1]
        var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
        if end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    /// A diagnostic about a place in this text.
    func diagnostic(
        _ code: Diagnostic.Code,
        _ message: String,
        at position: SourcePosition,
        hint: String? = nil,
        related: [SourcePosition] = [],
        severity: Diagnostic.Severity = .error
    ) -> Diagnostic {
        Diagnostic(
            severity: severity,
            code: code.rawValue,
            message: message,
            hint: hint,
            location: location(at: position),
            sourceLine: line(position.line),
            related: related.map(location(at:))
        )
    }
}

// MARK: - Characters

extension SourceText {
    /// The most faults of this kind that are worth reporting of one file.
    private static let characterFaultsMax = 8

    private func characterFaults() -> [Diagnostic] {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            let message = "the file is UTF-16, not UTF-8"
            return [diagnostic(.invalidUTF8, message, at: .wholeFile, hint: "save it as UTF-8")]
        }
        if let offset = firstInvalidOffset() {
            let message = "the text is not valid UTF-8"
            let hint = "save the file as UTF-8"
            return [diagnostic(.invalidUTF8, message, at: position(of: offset), hint: hint)]
        }
        if bytes.allSatisfy({ Self.isBlank($0) }) {
            let hint = "a policy starts with `methodwall: 1`"
            return [diagnostic(.emptyFile, "the file is empty", at: .wholeFile, hint: hint)]
        }
        return forbiddenCharacters()
    }

    private func firstInvalidOffset() -> Int? {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
            return nil
        } catch {
            return error.byteOffsets.lowerBound
        }
    }

    private func forbiddenCharacters() -> [Diagnostic] {
        var faults: [Diagnostic] = []
        var offset = 0
        while offset < bytes.count, faults.count < Self.characterFaultsMax {
            let byte = bytes[offset]
            let isLineBreak = byte == 0x0D && offset + 1 < bytes.count && bytes[offset + 1] == 0x0A
            if byte >= 0x20 && byte < 0x7F || byte == 0x0A || byte == 0x09 || isLineBreak {
                offset += 1
                continue
            }
            let (scalar, width) = scalar(at: offset)
            if Self.isForbidden(scalar) {
                let name = "U+" + String(scalar.value, radix: 16, uppercase: true)
                faults.append(
                    diagnostic(
                        .invalidCharacter,
                        "the character \(name) is not allowed in this file",
                        at: position(of: offset),
                        hint: scalar == "\r" ? "end lines with LF or CR LF" : "remove it"
                    )
                )
            }
            offset += width
        }
        return faults
    }

    /// The code point that starts at the offset of text that is known to be UTF-8.
    private func scalar(at offset: Int) -> (Unicode.Scalar, width: Int) {
        let width =
            switch bytes[offset] {
            case 0..<0x80: 1
            case 0x80..<0xE0: 2
            case 0xE0..<0xF0: 3
            default: 4
            }
        let end = min(offset + width, bytes.count)
        let text = String(decoding: bytes[offset..<end], as: UTF8.self)
        return (text.unicodeScalars.first ?? "\u{FFFD}", width)
    }

    /// Whether a character may not stand in a file, neither as it is nor by escape.
    static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0..<0x20, 0x7F...0x9F: true
        // Line and paragraph separators, bidirectional embeddings, overrides and isolates.
        case 0x2028...0x202E, 0x2066...0x2069: true
        case 0xFEFF, 0xFFFE, 0xFFFF: true
        default: isPrivateUse(scalar)
        }
    }

    /// Whether a character is for private use: the YAML reader borrows some (see `YAMLReader`).
    static func isPrivateUse(_ scalar: Unicode.Scalar) -> Bool {
        0xE000...0xF8FF ~= scalar.value
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    private func position(of offset: Int) -> SourcePosition {
        var low = 0
        var high = lineStarts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if lineStarts[middle] <= offset { low = middle } else { high = middle }
        }
        let before = bytes[lineStarts[low]..<offset]
        // Every octet but UTF-8's continuation octets begins a code point.
        let column = before.reduce(1) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
        return SourcePosition(line: low + 1, column: column)
    }

    /// How many code points from `start` belong to the word or quoted text there, at least one.
    static func tokenLength(in line: [Unicode.Scalar], from start: Int) -> Int {
        guard start >= 0, start < line.count else { return 1 }
        let first = line[start]
        if first == "\"" || first == "'" {
            guard let close = line[(start + 1)...].firstIndex(of: first) else { return 1 }
            return close - start + 1
        }
        var end = start
        var openBrackets = 0
        scan: while end < line.count {
            switch line[end] {
            case " ", "\t", ",", "#": break scan
            case ":" where end + 1 == line.count || line[end + 1] == " ": break scan
            case "[", "{": openBrackets += 1
            case "]", "}":
                // A bracket that was opened inside the word, as in /users/{id}, belongs to it.
                if openBrackets == 0 { break scan }
                openBrackets -= 1
            default: break
            }
            end += 1
        }
        return max(end - start, 1)
    }
}
