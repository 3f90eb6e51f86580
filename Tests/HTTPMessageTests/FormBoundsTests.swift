import HTTPMessage
import TestKit
import Testing

@Suite("Long forms")
struct FormBoundsTests {
    private func ends(_ count: Int, every step: Int) -> [Int] {
        Array(stride(from: 0, to: count, by: step))
    }

    /// Scans in one piece and in several kinds of pieces, which has to come to the same.
    private func scan(_ form: FormContent, _ octets: [UInt8], heldMax: Int) -> FormReading {
        let whole = scanForm(form, octets)
        #expect(whole.heldMax <= heldMax)
        for step in [1, 7, 255, 256, 257, 4096] {
            let reading = scanForm(form, octets, ends: ends(octets.count, every: step))
            #expect(reading == whole, "pieces of \(step)")
            #expect(reading.heldMax <= heldMax, "pieces of \(step)")
        }
        return whole
    }

    @Test(
        "B-04: junk before a key, however long, does not hide it, and little is held",
        arguments: ["+", " ", "%20", "[", "%5B", "\t", "\r\n", "%00", "]%09"]
    )
    func findsKeyBehindJunk(junk: String) {
        for count in [100, 255, 256, 257, 1000, 5000] {
            let text = String(repeating: junk, count: count) + "_method=DELETE"
            let reading = scan(.urlencoded, Array(text.utf8), heldMax: 512)
            #expect(reading.claims == ["_method=DELETE"], "\(count) times")
            #expect(queryClaims(text) == ["_method=DELETE"], "\(count) times")
        }
    }

    @Test("B-04: a bracket that PHP reads as `_` is found in a long key, behind white space or not")
    func findsMangledBracket() {
        for count in [0, 100, 255, 256, 1000] {
            let blanks = String(repeating: "+", count: count)
            for text in [
                "\(blanks)[method%00\(blanks)=DELETE", "\(blanks)%5Bmethod%00xx\(blanks)=DELETE",
            ] {
                let reading = scan(.urlencoded, Array(text.utf8), heldMax: 512)
                #expect(reading.claims == ["_method=DELETE"], "\(count) times")
                #expect(queryClaims(text) == ["_method=DELETE"], "\(count) times")
            }
        }
    }

    @Test("B-04: junk behind a key, however long, does not hide it")
    func findsKeyBeforeJunk() {
        for junk in ["[a]", "%00x", "[", "+", "%20"] {
            let text = "_method" + String(repeating: junk, count: 2000) + "=DELETE&a=b"
            let reading = scan(.urlencoded, Array(text.utf8), heldMax: 512)
            #expect(reading.claims == ["_method=DELETE"], "\(junk)")
        }
    }

    @Test("Long ordinary keys and values are skipped, what follows them is found")
    func skipsOrdinaryPairs() {
        for count in [255, 256, 257, 100_000] {
            let long = String(repeating: "a", count: count)
            let text = "\(long)=\(long)&\(long)&\(long)_method=x;_method=PUT"
            let reading = scan(.urlencoded, Array(text.utf8), heldMax: 512)
            #expect(reading.claims == ["_method=PUT"])
        }
    }

    @Test("A claimed value that is too long is a claim of no method")
    func cutsValues() {
        for text in [
            "_method=\(String(repeating: "+", count: 600))GET",
            "_method=GET\(String(repeating: "+", count: 600))",
        ] {
            let reading = scan(.urlencoded, Array(text.utf8), heldMax: 512)
            #expect(reading.claims.count == 1 && reading.claims[0].hasSuffix("?"))
        }
        let section = "Content-Disposition: form-data; name=_method"
        let long = String(repeating: "GET\r\n", count: 20_000)
        let octets = Array(MultipartTests.form((section, long), (section, "PUT")).utf8)
        let reading = scan(MultipartTests.form, octets, heldMax: 1024)
        #expect(reading.claims.count == 2 && reading.claims[0].hasSuffix("?"))
        #expect(reading.claims.last == "_method=PUT")
        #expect(reading.fault == nil)
    }

    @Test("A file's content is not held")
    func holdsNoContent() {
        var random = SeededGenerator(seed: 41)
        var content: [UInt8] = []
        for _ in 0..<100_000 { content.append(UInt8(truncatingIfNeeded: random.next())) }
        let section = "Content-Disposition: form-data; name=\"f\"; filename=\"a\""
        let head = Array("--b\r\n\(section)\r\n\r\n".utf8)
        let octets = head + content + Array("\r\n--b--\r\n".utf8)
        #expect(scan(MultipartTests.form, octets, heldMax: 256) == FormReading())
    }

    @Test("B-04: a field section is at most 16 KiB; nothing stands behind the last delimiter")
    func boundsSections() {
        let line = "A: " + String(repeating: "a", count: 1000)
        let fits = Array(repeating: line, count: 16).joined(separator: "\r\n")
        let octets = Array(MultipartTests.form((fits, "x")).utf8)
        #expect(scan(MultipartTests.form, octets, heldMax: 16 * 1024) == FormReading())
        let large = Array(repeating: line, count: 17).joined(separator: "\r\n")
        let tooLarge = Array(MultipartTests.form((large, "x")).utf8)
        let reading = scan(MultipartTests.form, tooLarge, heldMax: 16 * 1024)
        #expect(reading.fault == .ambiguousForm)
        // Rack takes what follows for a part.
        let lineEnds = Array("--b--\r\n\r\n\n".utf8)
        #expect(scan(MultipartTests.form, lineEnds, heldMax: 16) == FormReading())
        let text = Array("--b--\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx".utf8)
        #expect(scan(MultipartTests.form, text, heldMax: 16).fault == .ambiguousForm)
    }

    @Test(
        "B-04: a name behind more junk than is looked at is ambiguous",
        arguments: ["[", "]", " [", "%5B", "%00"]
    )
    func boundsJunk(_ junk: String) {
        for count in [255, 256, 257, 3000] {
            let name = String(repeating: junk, count: count) + "_method"
            let section = "Content-Disposition: form-data; name=\"\(name)\""
            let octets = Array(MultipartTests.form((section, "DELETE")).utf8)
            let reading = scan(MultipartTests.form, octets, heldMax: 16 * 1024)
            #expect(reading.fault == .ambiguousForm || !reading.claims.isEmpty, "\(count)")
        }
    }
}
