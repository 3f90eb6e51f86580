import Foundation
import Testing

@testable import Gateway

@Suite("Text writers")
struct BufferTextTests {
    @Test(
        "Decimal numbers",
        arguments: [
            (0, "0"), (9, "9"), (10, "10"), (405, "405"), (1_000_000, "1000000"),
            (UInt64(Int64.max), "9223372036854775807"), (.max, "18446744073709551615"),
        ] as [(UInt64, String)]
    )
    func writesDecimal(number: UInt64, text: String) {
        var buffer = OctetBuffer()
        buffer.append(decimal: number)
        #expect(String(decoding: buffer.octets, as: UTF8.self) == text)
    }

    @Test(
        "Hexadecimal numbers, as chunk sizes have them",
        arguments: [
            (0, "0"), (9, "9"), (10, "a"), (15, "f"), (16, "10"), (255, "ff"), (65_536, "10000"),
            (.max, "7fffffffffffffff"), (-1, "ffffffffffffffff"),
        ] as [(Int, String)]
    )
    func writesHexadecimal(number: Int, text: String) {
        var buffer = OctetBuffer()
        buffer.append(hexadecimal: number)
        #expect(String(decoding: buffer.octets, as: UTF8.self) == text)
    }

    @Test("Spans and line ends go out as they are")
    func writesOctets() {
        var buffer = OctetBuffer()
        let octets: [UInt8] = [0, 0x41, 0xFF]
        buffer.append(octets.span)
        buffer.appendLineEnd()
        #expect(buffer.octets == [0, 0x41, 0xFF, 0x0D, 0x0A])
    }

    private func json(_ octet: UInt8) -> String {
        let octets = [0x61, octet, 0x62]
        var buffer = OctetBuffer()
        buffer.append(json: octets.span)
        return String(decoding: buffer.octets, as: UTF8.self)
    }

    private func html(_ octet: UInt8) -> String {
        let octets = [0x61, octet, 0x62]
        var buffer = OctetBuffer()
        buffer.append(html: octets.span)
        return String(decoding: buffer.octets, as: UTF8.self)
    }

    @Test("Inside a JSON string: quotes and backslashes escaped, no control, no octet above 126")
    func escapesJSON() throws {
        for octet in UInt8.min ... .max {
            let expected =
                switch octet {
                case UInt8(ascii: "\""): "a\\\"b"
                case UInt8(ascii: "\\"): "a\\\\b"
                case 0x20...0x7E: "a\(Character(Unicode.Scalar(octet)))b"
                default: "a?b"
                }
            let written = json(octet)
            #expect(written == expected, "octet \(octet)")
            // A reader of JSON agrees.
            let read = try JSONSerialization.jsonObject(with: Data("[\"\(written)\"]".utf8))
            let isPlain = 0x20...0x7E ~= octet
            let meant = isPlain ? "a\(Character(Unicode.Scalar(octet)))b" : "a?b"
            #expect(read as? [String] == [meant], "octet \(octet)")
        }
    }

    @Test("Inside HTML: no octet opens a tag, an entity or an attribute's end")
    func escapesHTML() {
        for octet in UInt8.min ... .max {
            let expected =
                switch octet {
                case UInt8(ascii: "&"): "a&amp;b"
                case UInt8(ascii: "<"): "a&lt;b"
                case UInt8(ascii: ">"): "a&gt;b"
                case UInt8(ascii: "\""): "a&quot;b"
                case 0x20...0x7E: "a\(Character(Unicode.Scalar(octet)))b"
                default: "a?b"
                }
            let written = html(octet)
            #expect(written == expected, "octet \(octet)")
        }
    }
}
