import HTTPMessage
import Testing

@Suite("The first octets of keys")
struct KeyBeginningTests {
    private func hex(_ octet: UInt8) -> String {
        let digits = String(octet, radix: 16)
        return digits.count == 1 ? "0\(digits)" : digits
    }

    /// The ways to write an ASCII character that lax decoders read as that character.
    private func spellings(_ character: UInt8) -> [String] {
        let plain = String(decoding: [character], as: UTF8.self)
        let low = 0x80 | character & 0x3F
        let wide = character - 0x20
        return [
            plain, plain.uppercased(), "%\(hex(character))", "%u00\(hex(character))",
            "%uFF\(hex(wide))", "%\(hex(0xC0 | character >> 6))%\(hex(low))",
            "%E0%\(hex(0x80 | character >> 6))%\(hex(low))",
            "%EF%\(hex(0xBC | wide >> 6))%\(hex(0x80 | wide & 0x3F))",
            "%F0%80%\(hex(0x80 | character >> 6))%\(hex(low))",
        ]
    }

    @Test("B-03: however the first two characters are written, the name is found")
    func findsSpellings() {
        for name in defaultNames.parameters {
            let octets = Array(name.utf8)
            let rest = String(name.dropFirst(2))
            let seconds = spellings(octets[1])
            for first in spellings(octets[0]) + (octets[0] == 0x5F ? [".", "[", "%5B", "~"] : []) {
                for second in seconds {
                    for junk in ["", "+", "%00", "%EF%BB%BF", "%09+%20"] {
                        let key = "\(junk)\(first)\(second)\(rest)"
                        #expect(queryClaims("\(key)=PUT") == ["\(name)=PUT"], "\(key)")
                    }
                }
            }
        }
    }

    @Test(
        "B-03: names of one and two characters are found too",
        arguments: ["m", "M", "%6d", "m[", "m[a]", "[m]", "m%00x", "+m+", "%uFF4D", "%C1%ADm%00"]
    )
    func findsShortNames(key: String) {
        let names = OverrideNames(fields: [], parameters: ["m", "mm"])
        let octets = Array("\(key)=PUT".utf8)
        let name = key == "%C1%ADm%00" ? "mm" : "m"
        #expect(queryClaims(octets, names: names) == ["\(name)=PUT"])
        let form = scanForm(.urlencoded, octets, names: names)
        #expect(form == FormReading(claims: ["\(name)=PUT"]))
    }

    @Test(
        "Other short keys are ordinary",
        arguments: ["", "+", "%00", "n", "_", "%", "%6", "[", "mn"]
    )
    func passesShortKeys(key: String) {
        let names = OverrideNames(fields: [], parameters: ["m", "_method"])
        let octets = Array("\(key)=PUT".utf8)
        #expect(queryClaims(octets, names: names) == [])
        #expect(scanForm(.urlencoded, octets, names: names) == FormReading())
    }
}
