/// Octets being written: a head, a problem document, a line of the log.
///
/// An array with the appends that HTTP and the log need. Its storage is reused: `removeAll` keeps
/// it, and appending allocates only while the buffer grows to the size it needs. Octets become a
/// `ByteBuffer` once, when they are sent: NIO's buffer checks, at each of its own writes, what an
/// array's appends need not (decision record 14).
struct OctetBuffer: Sendable {
    /// What has been written.
    private(set) var octets: [UInt8] = []

    /// How many octets have been written.
    var count: Int { octets.count }

    /// How many octets it has room for.
    var capacity: Int { octets.capacity }

    /// Whether nothing has been written.
    var isEmpty: Bool { octets.isEmpty }

    /// The octets.
    var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { octets.span }
    }

    /// Makes an empty buffer.
    init(reservingBytes bytes: Int = 0) {
        octets.reserveCapacity(bytes)
    }

    /// Forgets what was written and keeps the memory.
    mutating func removeAll() {
        octets.removeAll(keepingCapacity: true)
    }

    /// Drops octets from the front.
    mutating func removeFirst(_ count: Int) {
        octets.removeFirst(min(count, octets.count))
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

    /// Appends text of our own making, as it is.
    mutating func append(text: String) {
        append(text.utf8.span)
    }

    /// Appends octets as they are.
    mutating func append(_ octets: [UInt8]) {
        self.octets.append(contentsOf: octets)
    }

    /// Appends octets as they are.
    mutating func append(_ octets: Span<UInt8>) {
        // The closure does not escape; Array cannot yet append a span.
        unsafe octets.withUnsafeBufferPointer { unsafe self.octets.append(contentsOf: $0) }
    }

    /// Appends CRLF.
    mutating func appendLineEnd() {
        append("\r\n")
    }

    /// Appends a number in decimal.
    mutating func append(decimal number: UInt64) {
        if number >= 10 { append(decimal: number / 10) }
        octets.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends a number in decimal with zeros before it, `digits` long.
    ///
    /// A number that needs more digits loses its leading ones.
    mutating func append(decimal number: Int, digits: Int) {
        if digits > 1 { append(decimal: number / 10, digits: digits - 1) }
        octets.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10))
    }

    /// Appends the bits of a number in hexadecimal, as chunk sizes are written.
    mutating func append(hexadecimal number: Int) {
        let bits = UInt(bitPattern: number)
        var shift = max(UInt.bitWidth - 4 - bits.leadingZeroBitCount / 4 * 4, 0)
        while true {
            let digit = UInt8(truncatingIfNeeded: bits >> UInt(shift)) & 0x0F
            octets.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            if shift == 0 { return }
            shift -= 4
        }
    }
}
