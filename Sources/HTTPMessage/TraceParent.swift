/// The value of a traceparent field (W3C Trace Context, section 3.2): which trace a request belongs
/// to.
public struct TraceParent: Sendable, Equatable {
    /// The version; 0 is the one whose form is known whole.
    public let version: UInt8
    /// The trace's number, which is not zero.
    public let traceID: UInt128
    /// The number of the request as its sender knows it, which is not zero.
    public let parentID: UInt64
    /// The flags; see `isSampled`.
    public let flags: UInt8

    /// Octets of a value of version 0, and what every later version begins with.
    public static var octetCount: Int { 55 }

    /// The longest value of a later version that is taken for one, in octets.
    private static var octetCountMax: Int { 256 }

    /// Whether the sender may have recorded the request.
    public var isSampled: Bool { flags & 0x01 != 0 }

    /// Begins a trace.
    ///
    /// The numbers have to come from a random source; the flag that says so is set (level 2 of the
    /// specification). Zero, which is no valid number and which no such source gives in practice,
    /// becomes 1.
    ///
    /// - Parameters:
    ///   - traceID: 16 random octets.
    ///   - parentID: 8 random octets.
    ///   - isSampled: What to ask of everybody behind. Most tracing libraries record nothing of a
    ///     trace that comes without it.
    public init(traceID: UInt128, parentID: UInt64, isSampled: Bool) {
        version = 0
        self.traceID = max(traceID, 1)
        self.parentID = max(parentID, 1)
        flags = isSampled ? 0x03 : 0x02
    }

    /// Reads a value; nil if it is not valid.
    ///
    /// `version "-" trace-id "-" parent-id "-" trace-flags`, in lower-case hexadecimal digits,
    /// nothing behind it in version 0. A later version may have a `-` and more behind it (section
    /// 3.2.4): visible ASCII, but no comma, which would be a list of values. Version 255 is none.
    public init?(_ value: Span<UInt8>) {
        guard Self.octetCount...Self.octetCountMax ~= value.count,
            let version = Self.number(value, at: 0, digits: 2), version != 0xFF,
            value[2] == Octet.hyphen,
            let traceID = Self.number(value, at: 3, digits: 32), traceID != 0,
            value[35] == Octet.hyphen,
            let parentID = Self.number(value, at: 36, digits: 16), parentID != 0,
            value[52] == Octet.hyphen,
            let flags = Self.number(value, at: 53, digits: 2)
        else { return nil }
        if value.count > Self.octetCount {
            guard version != 0, value[Self.octetCount] == Octet.hyphen else { return nil }
            for index in Self.octetCount..<value.count {
                let octet = value[index]
                guard octet > Octet.space, octet < Octet.delete, octet != Octet.comma else {
                    return nil
                }
            }
        }
        self.version = UInt8(truncatingIfNeeded: version)
        self.traceID = traceID
        self.parentID = UInt64(truncatingIfNeeded: parentID)
        self.flags = UInt8(truncatingIfNeeded: flags)
    }

    /// The value in version 0, whatever the version that was read.
    public var octets: InlineArray<55, UInt8> {
        var octets = InlineArray<55, UInt8>(repeating: Octet.hyphen)
        Self.write(0, digits: 2, at: 0, into: &octets)
        Self.write(traceID, digits: 32, at: 3, into: &octets)
        Self.write(UInt128(parentID), digits: 16, at: 36, into: &octets)
        Self.write(UInt128(flags), digits: 2, at: 53, into: &octets)
        return octets
    }

    /// The number that `digits` lower-case hexadecimal digits from `start` on are; nil if there are
    /// others.
    private static func number(_ text: Span<UInt8>, at start: Int, digits: Int) -> UInt128? {
        var number: UInt128 = 0
        for index in start..<(start &+ digits) {
            let octet = text[index]
            guard octet == octet.asciiLowercased, let digit = octet.hexadecimalValue else {
                return nil
            }
            number = number &<< 4 | UInt128(digit)
        }
        return number
    }

    private static func write(
        _ number: UInt128,
        digits: Int,
        at start: Int,
        into octets: inout InlineArray<55, UInt8>
    ) {
        var rest = number
        var index = start &+ digits
        while index > start {
            index &-= 1
            let digit = UInt8(truncatingIfNeeded: rest & 0x0F)
            octets[index] = digit < 10 ? digit &+ 0x30 : digit &- 10 &+ 0x61
            rest &>>= 4
        }
    }
}
