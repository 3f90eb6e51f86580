import Testing

@testable import Gateway

@Suite("Reading octets")
struct OctetReadingTests {
    @Test(
        "Numbers are digits alone and fit in 64 bits",
        arguments: [
            ("0", 0), ("7", 7), ("007", 7), ("4294967296", 4_294_967_296),
            ("18446744073709551615", .max), ("18446744073709551616", nil),
            ("18446744073709551620", nil), ("99999999999999999999", nil),
            ("184467440737095516150", nil), ("00000000000000000000000000000000001", 1),
            ("", nil), ("-1", nil), ("+1", nil), (" 1", nil), ("1 ", nil), ("0x1", nil),
            ("1.0", nil), ("1,1", nil), ("/", nil), (":", nil), ("\u{661}", nil), ("1\0", nil),
        ] as [(String, UInt64?)]
    )
    func readsNumbers(text: String, number: UInt64?) {
        let octets = Array(text.utf8)
        let read = DecimalNumber.read(octets.span)
        #expect(read == number)
    }

    @Test("Comparison with case and without")
    func comparesOctets() {
        let octets = Array("HeAd-@[`{".utf8)
        let (isSame, isOther) = (
            octets.span.equals("HeAd-@[`{"), octets.span.equals("head-@[`{")
        )
        #expect(isSame && !isOther)
        // Only letters fold: '@' and '`', '[' and '{' are 32 apart as well.
        let (folds, foldsTooMuch) = (
            octets.span.equalsIgnoringCase("head-@[`{"),
            octets.span.equalsIgnoringCase("head-`{`{")
        )
        #expect(folds && !foldsTooMuch)
        let (isPrefix, isLonger) = (octets.span.equals("HeAd"), octets.span.equals("HeAd-@[`{ "))
        #expect(!isPrefix && !isLonger)
        let copy = octets.span.array
        #expect(copy == octets)
    }

    @Test(
        "L-24: NTLM and Negotiate authenticate a connection",
        arguments: [
            ("NTLM", true), ("ntlm TlRMTVNT", true), ("Negotiate YII=", true),
            ("NEGOTIATE", true), ("Basic eDp5", false), ("Bearer NTLM", false), ("NTL", false),
            ("Negotiat", false), ("", false),
        ]
    )
    func knowsConnectionSchemes(value: String, isMeant: Bool) {
        let octets = Array(value.utf8)
        let isScheme = ForwardedRequest.isConnectionScheme(octets.span)
        #expect(isScheme == isMeant)
    }
}
