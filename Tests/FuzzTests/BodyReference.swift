/// The chunked coding read naively from a buffer that holds all of it (RFC 9112 section 7.1).
///
/// Lines are found, split and matched as text; it shares no code with the reader.
enum BodyReference {
    /// What a whole buffer begins with.
    enum Outcome: Equatable {
        case complete(content: [UInt8], trailers: [UInt8], length: Int)
        /// More octets are needed, or it is malformed: which of the two may depend on where the
        /// reader notices.
        case unfinished(content: [UInt8])
    }

    static func chunked(_ octets: [UInt8], lineMax: Int) -> Outcome {
        var content: [UInt8] = []
        var rest = octets[...]
        while true {
            guard let line = cutLine(&rest), line.count <= lineMax, let size = chunkSize(line)
            else { return .unfinished(content: content) }
            if size == 0 { break }
            content += rest.prefix(size)
            guard rest.count - 2 >= size, rest.dropFirst(size).starts(with: [0x0D, 0x0A]) else {
                return .unfinished(content: content)
            }
            rest = rest.dropFirst(size + 2)
        }
        let start = rest.startIndex
        while let line = cutLine(&rest) {
            if line.isEmpty {
                return .complete(
                    content: content,
                    trailers: Array(octets[start..<(rest.startIndex - 2)]),
                    length: rest.startIndex
                )
            }
            guard isFieldLine(line) else { break }
        }
        return .unfinished(content: content)
    }

    /// The octets up to the first CRLF, which is cut off too; nil if there is none, or a CR or LF
    /// by itself before it.
    private static func cutLine(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard let end = rest.firstIndex(where: { $0 == 0x0D || $0 == 0x0A }),
            rest[end...].starts(with: [0x0D, 0x0A])
        else { return nil }
        let line = Array(rest[..<end])
        rest = rest[(end + 2)...]
        return line
    }

    /// The size of a chunk whose line, extensions included, follows the grammar.
    private static func chunkSize(_ line: [UInt8]) -> Int? {
        let digits = line.prefix { $0 != 0x3B }
        guard !digits.isEmpty, digits.allSatisfy({ isAlphanumeric($0) }),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16),
            areExtensions(line.dropFirst(digits.count))
        else { return nil }
        return size
    }

    /// `*( ";" chunk-ext-name [ "=" chunk-ext-val ] )` without white space.
    private static func areExtensions(_ octets: ArraySlice<UInt8>) -> Bool {
        var rest = octets
        while rest.first == 0x3B {
            rest = rest.dropFirst()
            guard cutToken(&rest) else { return false }
            guard rest.first == 0x3D else { continue }
            rest = rest.dropFirst()
            guard cutToken(&rest) || cutQuotedString(&rest) else { return false }
        }
        return rest.isEmpty
    }

    private static func cutToken(_ rest: inout ArraySlice<UInt8>) -> Bool {
        let token = rest.prefix { isTokenCharacter($0) }
        rest = rest.dropFirst(token.count)
        return !token.isEmpty
    }

    private static func cutQuotedString(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == 0x22 else { return false }
        var index = rest.startIndex + 1
        while index < rest.endIndex {
            if rest[index] == 0x22 {
                rest = rest[(index + 1)...]
                return true
            }
            if rest[index] == 0x5C { index += 1 }
            guard index < rest.endIndex, isFieldCharacter(rest[index]) else { return false }
            index += 1
        }
        return false
    }

    /// A field line that may stand among trailers: none that frames or routes the message.
    private static func isFieldLine(_ line: [UInt8]) -> Bool {
        let name = line.prefix { $0 != 0x3A }
        guard !name.isEmpty, name.count < line.count, name.allSatisfy(isTokenCharacter) else {
            return false
        }
        let framing = ["host", "content-length", "transfer-encoding"]
        return line.dropFirst(name.count + 1).allSatisfy(isFieldCharacter)
            && !framing.contains(String(decoding: name, as: UTF8.self).lowercased())
    }

    private static func isFieldCharacter(_ octet: UInt8) -> Bool {
        octet == 0x09 || (octet >= 0x20 && octet != 0x7F)
    }

    private static func isTokenCharacter(_ octet: UInt8) -> Bool {
        isAlphanumeric(octet) || Array("!#$%&'*+-.^_`|~".utf8).contains(octet)
    }

    private static func isAlphanumeric(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}
