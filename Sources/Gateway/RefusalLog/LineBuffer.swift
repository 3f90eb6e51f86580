/// Octets of log lines, reused from one batch to the next.
///
/// Appending allocates only while the buffer grows to the size it needs; `removeAll` keeps that
/// size.
struct LineBuffer: Sendable {
    /// What has been written.
    private(set) var octets: [UInt8] = []

    /// How many octets have been written.
    var count: Int { octets.count }

    /// Whether nothing has been written.
    var isEmpty: Bool { octets.isEmpty }

    /// Makes an empty buffer.
    init(reservingBytes bytes: Int = 0) {
        octets.reserveCapacity(bytes)
    }

    /// Forgets what was written and keeps the memory.
    mutating func removeAll() {
        octets.removeAll(keepingCapacity: true)
    }

    /// Appends one octet.
    mutating func append(_ octet: UInt8) {
        octets.append(octet)
    }

    /// Appends text known to the compiler, as it is.
    mutating func append(_ text: StaticString) {
        // The closure does not escape and the memory is the program's own constant.
        text.withUTF8Buffer { unsafe octets.append(contentsOf: $0) }
    }

    /// Appends octets as they are.
    ///
    /// They must be JSON already.
    mutating func append(verbatim octets: [UInt8]) {
        self.octets.append(contentsOf: octets)
    }

    /// Appends octets as they are.
    ///
    /// They must be JSON already.
    mutating func append(verbatim octets: Span<UInt8>) {
        // The closure does not escape; Array cannot yet append a span.
        unsafe octets.withUnsafeBufferPointer { unsafe self.octets.append(contentsOf: $0) }
    }

    /// Appends a number in decimal.
    mutating func append(decimal number: UInt64) {
        if number >= 10 {
            append(decimal: number / 10)
        }
        octets.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends a number in decimal with zeros before it, `digits` long.
    ///
    /// A number that needs more digits loses its leading ones.
    mutating func append(decimal number: Int, digits: Int) {
        if digits > 1 {
            append(decimal: number / 10, digits: digits - 1)
        }
        octets.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }
}

extension LineBuffer {
    /// Appends `{"timestamp":"`: a line begins.
    mutating func beginLine() {
        append("{\"")
        append(nameOf: LogKey.timestamp)
        append("\":\"")
    }

    /// Appends the bare name of a key.
    mutating func append(nameOf key: StaticString) {
        // What a key has around its name is two octets on each side. The closure does not escape.
        key.withUTF8Buffer { framed in
            unsafe octets.append(contentsOf: framed.dropFirst(2).dropLast(2))
        }
    }

    /// Appends `,"key":number`.
    mutating func append(key: StaticString, number: UInt64) {
        append(key)
        append(decimal: number)
    }

    /// Appends `,"key":"value"` with the value escaped and cut to its bound.
    ///
    /// - Returns: whether the value had to be cut.
    @discardableResult
    mutating func append(key: StaticString, text: Span<UInt8>, bytesMax: Int) -> Bool {
        append(key)
        append(UInt8(ascii: "\""))
        let isCut = append(escaping: text, bytesMax: bytesMax)
        append(UInt8(ascii: "\""))
        return isCut
    }

    /// Appends `,"key":"value"` for a value of our own: a code, a name from a policy file.
    mutating func append(key: StaticString, text: String, bytesMax: Int = Int.max) {
        append(key: key, text: text.utf8.span, bytesMax: bytesMax)
    }
}
