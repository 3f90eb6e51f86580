import HTTPMessage

/// A second, naive reading of forms, over the whole content at once and line by line, to hold the
/// scanners against.
///
/// It knows one override name, `_method`, plainly spelled, and the boundary `b`.
enum FormReference {
    /// The claims of an urlencoded form.
    static func urlencoded(_ octets: [UInt8]) -> FormReading {
        var reading = FormReading()
        for pair in octets.split(separator: 0x26) {
            // To some a key goes on behind `;`.
            var isOpen = false
            for part in pair.split(separator: 0x3B, omittingEmptySubsequences: false) {
                let equals = part.firstIndex(of: 0x3D) ?? part.endIndex
                isOpen = isOpen || isOverride(decoded(part[..<equals]))
                guard equals < part.endIndex else { continue }
                if isOpen { reading.add(decoded(part[(equals + 1)...])) }
                isOpen = false
            }
        }
        return reading
    }

    private static func isOverride(_ key: [UInt8]) -> Bool {
        let name = key.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
        return String(decoding: Array(name), as: UTF8.self).lowercased() == "_method"
    }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var rest = text
        while let octet = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if octet == 0x25, digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit),
                let value = UInt8(digits, radix: 16)
            {
                result.append(value)
                rest = rest.dropFirst(2)
            } else {
                result.append(octet == 0x2B ? 0x20 : octet)
            }
        }
        return result
    }

    /// A line and what ends it: CR and LF, one of them, or nothing at the content's end.
    private struct Line {
        var text: [UInt8] = []
        var end: [UInt8] = []

        var isDelimiterLike: Bool {
            String(decoding: text, as: UTF8.self).contains(/--"*b/)
        }

        var isFieldLine: Bool {
            let line = String(decoding: text, as: UTF8.self)
            return line.contains(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+:/) && !line.hasPrefix("--")
        }

        /// Whether the line goes on with the one before.
        var isContinuation: Bool {
            String(decoding: text, as: UTF8.self).contains(/^[ \t]+[^ \t]/)
        }

        var hasName: Bool {
            String(decoding: text, as: UTF8.self).contains("_method")
        }
    }

    private static let lineEnd: [UInt8] = [0x0D, 0x0A]

    private static func lines(_ octets: [UInt8]) -> [Line] {
        var lines: [Line] = []
        var line = Line()
        var index = 0
        while index < octets.count {
            if octets[index...].starts(with: lineEnd) {
                line.end = lineEnd
            } else if octets[index] == 0x0D || octets[index] == 0x0A {
                line.end = [octets[index]]
            } else {
                line.text.append(octets[index])
            }
            index += max(1, line.end.count)
            guard !line.end.isEmpty else { continue }
            lines.append(line)
            line = Line()
        }
        return lines + [line]
    }

    /// The claims of a multipart form, or that it is ambiguous.
    static func multipart(_ octets: [UInt8]) -> FormReading {
        var reading = FormReading()
        guard !octets.isEmpty else { return reading }
        /// What is read: before the first part, a section, content, behind the last part.
        var phase = 0
        var value: [UInt8]?
        var isClaim = false
        var isFirst = true
        var isSound = true
        var before = lineEnd
        reading.fault = .ambiguousForm
        for line in lines(octets) {
            defer { before = line.end }
            if phase == 1 {
                guard line.end == lineEnd else { return reading }
                if line.text.isEmpty {
                    guard !isFirst else { return reading }
                    phase = 2
                    value = nil
                    continue
                }
                guard line.isFieldLine || line.isContinuation && !isFirst else { return reading }
                isFirst = false
                isClaim = isClaim || line.hasName
                continue
            }
            guard line.isDelimiterLike else {
                guard phase != 0 || value == nil && line.text.isEmpty else { return reading }
                guard phase != 3 || line.text.isEmpty else { return reading }
                value = (value ?? []) + line.text + line.end
                continue
            }
            let isClosing = line.text == Array("--b--".utf8)
            let isDelimiter = line.text == Array("--b".utf8) && line.end == lineEnd
            guard isDelimiter || isClosing && (line.end.isEmpty || line.end == lineEnd),
                before == lineEnd, phase == 0 || phase == 2 && value != nil
            else {
                isSound = false
                break
            }
            if isClaim { reading.add(value ?? []) }
            isClaim = false
            isFirst = true
            phase = isClosing ? 3 : 1
        }
        if isClaim, phase == 2 { reading.add(value ?? []) }
        if isSound, phase == 3 { reading.fault = nil }
        return reading
    }
}

extension FormReading {
    /// Adds the methods in a value.
    fileprivate mutating func add(_ value: [UInt8]) {
        for member in value.split(separator: 0x2C) {
            let spaced = member.map { [0x0D, 0x0A, 0x09].contains($0) ? 0x20 : $0 }
            let rest = spaced.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
            let method = String(decoding: Array(rest), as: UTF8.self).uppercased()
            let claim = "_method=\(method.prefix(64))\(method.count > 64 ? "?" : "")"
            if !method.isEmpty, !claims.contains(claim) { claims.append(claim) }
        }
    }
}
