import Testing

@testable import Gateway

@Suite("Dates and identifiers")
struct WorkerValueTests {
    @Test(
        "The date is an IMF-fixdate (RFC 9110 section 5.6.7)",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
            (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"),
            (1_735_689_600, "Wed, 01 Jan 2025 00:00:00 GMT"),
            (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
            (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        ] as [(Int64, String)]
    )
    func writesDates(unixSeconds: Int64, text: String) {
        let date = DateCache.text(unixSeconds: unixSeconds)
        #expect(String(decoding: date, as: UTF8.self) == text)
    }

    @Test("The date changes with the second, not within it")
    func keepsTheDateForASecond() {
        var cache = DateCache()
        #expect(cache.value.isEmpty)
        cache.update(unixMilliseconds: 784_111_777_000)
        let first = cache.value
        #expect(String(decoding: first, as: UTF8.self) == "Sun, 06 Nov 1994 08:49:37 GMT")
        cache.update(unixMilliseconds: 784_111_777_999)
        #expect(cache.value == first)
        cache.update(unixMilliseconds: 784_111_778_000)
        #expect(String(decoding: cache.value, as: UTF8.self) == "Sun, 06 Nov 1994 08:49:38 GMT")
        // A clock that is set back is followed.
        cache.update(unixMilliseconds: 784_111_777_000)
        #expect(cache.value == first)
    }

    @Test("Identifiers are 16 hexadecimal digits and never repeat")
    func namesRequests() {
        var identifier = RequestIdentifier()
        var seen: Set<[UInt8]> = []
        for _ in 0..<10_000 {
            identifier.advance()
            let text = identifier.text.array
            let isHexadecimal = text.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
            #expect(text.count == 16 && isHexadecimal)
            seen.insert(text)
        }
        #expect(seen.count == 10_000)
    }

    @Test("Two workers begin at different places")
    func startsAnywhere() {
        let firsts = (0..<100).map { _ in
            var identifier = RequestIdentifier()
            identifier.advance()
            return identifier.text.array
        }
        #expect(Set(firsts).count == 100)
    }
}
