internal import HTTPMessage
internal import MethodPolicy
internal import NIOCore

extension ByteBuffer {
    mutating func write(_ span: Span<UInt8>) { unsafe writeBytes(span.bytes) }

    /// Writes a number in decimal without making a String.
    mutating func writeDecimal(_ number: UInt64) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var index = 20
        var rest = number
        repeat {
            index -= 1
            digits[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        unsafe writeBytes(digits.span.extracting(index...).bytes)
    }

    mutating func writeHexadecimal(_ number: Int) {
        var digits: InlineArray<16, UInt8> = .init(repeating: 0)
        var index = 16
        var rest = UInt(bitPattern: number)
        repeat {
            index -= 1
            let digit = UInt8(truncatingIfNeeded: rest & 15)
            digits[index] = digit < 10 ? 0x30 + digit : 0x57 + digit
            rest >>= 4
        } while rest > 0
        unsafe writeBytes(digits.span.extracting(index...).bytes)
    }

    /// Writes a field line that was read from `bytes`, in the one form that every reader takes.
    mutating func write(_ line: FieldLine, of bytes: Span<UInt8>) {
        write(bytes.bytes(in: line.name))
        writeStaticString(": ")
        write(bytes.bytes(in: line.value))
        writeLineEnd()
    }

    /// Writes an element of Forwarded that names a peer (RFC 7239 §4, §6): IPv6 in brackets and
    /// quotes.
    mutating func writeForwardedElement(of peer: PeerAddress) {
        writeStaticString("for=")
        if let network = peer.network, !network.isIPv4 {
            writeStaticString("\"[")
            writeBytes(peer.text)
            writeStaticString("]\"")
        } else {
            writeBytes(peer.text)
        }
        writeStaticString(";proto=http")
    }

    mutating func writeLineEnd() { writeInteger(UInt16(0x0D0A)) }

    /// Writes octets as the inside of a JSON string.
    ///
    /// What is not printable ASCII becomes `?`.
    mutating func writeJSONText(_ text: Span<UInt8>) {
        for index in 0..<text.count {
            let octet = text[index]
            switch octet {
            case 0x22, 0x5C:
                writeInteger(UInt8(0x5C))
                writeInteger(octet)
            case 0x20..<0x7F: writeInteger(octet)
            default: writeInteger(UInt8(0x3F))
            }
        }
    }

    /// Writes octets as HTML text.
    ///
    /// What is not printable ASCII becomes `?`.
    mutating func writeHTMLText(_ text: Span<UInt8>) {
        for index in 0..<text.count {
            switch text[index] {
            case 0x26: writeStaticString("&amp;")
            case 0x3C: writeStaticString("&lt;")
            case 0x3E: writeStaticString("&gt;")
            case 0x22: writeStaticString("&quot;")
            case 0x20..<0x7F: writeInteger(text[index])
            default: writeInteger(UInt8(0x3F))
            }
        }
    }
}
