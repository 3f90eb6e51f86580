import HTTPMessage
import Testing

@Suite("Field lines")
struct FieldLineTests {
    @Test("Keeps order, duplicates, case and inner white space of field lines")
    func keepsFieldLinesAsSent() {
        let request = parseFields(
            "Set-X: 1\r\nset-x:2\r\nA:  b \t c \t\r\nEmpty:\r\nBlank: \t \r\n"
        )
        #expect(request.outcome == .complete)
        #expect(
            request.fields == [
                Field("Host", "a"), Field("Set-X", "1"), Field("set-x", "2"), Field("A", "b \t c"),
                Field("Empty", ""), Field("Blank", ""),
            ]
        )
    }

    @Test("R-23: octets above 127 in a value pass as they are")
    func keepsOctetsBeyondASCII() {
        let bytes =
            Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + [
                0x80, 0xE9, 0xFF, 0x0D, 0x0A, 0x0D, 0x0A,
            ]
        var head = RequestHead()
        let outcome = head.parse(bytes.span, limits: MessageLimits())
        #expect(outcome == .complete)
        let value = head.fields[1].value
        #expect(Array(bytes[value.lowerBound..<value.upperBound]) == [0x80, 0xE9, 0xFF])
    }

    @Test("R-23: refuses every control character but HTAB in a value, wherever it stands")
    func refusesControlCharactersInValues() {
        for octet in UInt8.min...UInt8.max {
            for padding in 0..<20 {
                let bytes =
                    Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8)
                    + Array(repeating: 0x61, count: padding) + [octet]
                    + Array("bcdefghijk\r\n\r\n".utf8)
                let isAllowed = octet == 0x09 || (octet >= 0x20 && octet != 0x7F)
                let expected: MessageFault.Code? =
                    switch octet {
                    case 0x0A: .bareLF
                    case 0x0D: .bareCR
                    default: isAllowed ? nil : .invalidFieldValue
                    }
                #expect(parseRequest(bytes).fault == expected, "octet \(octet) behind \(padding)")
            }
        }
    }

    @Test("R-36: a field name is a token, octet by octet")
    func refusesOtherOctetsInNames() {
        let tokens = Set("!#$%&'*+-.^_`|~".utf8)
        for octet in UInt8.min...UInt8.max where octet != 0x3A {
            let bytes =
                Array("GET / HTTP/1.1\r\nHost: a\r\nX".utf8) + [octet] + Array("Y: z\r\n\r\n".utf8)
            let isLetter = 0x61...0x7A ~= octet | 0x20 && octet < 0x80
            let isToken = tokens.contains(octet) || 0x30...0x39 ~= octet || isLetter
            let expected: MessageFault.Code? =
                switch octet {
                case 0x0A: .bareLF
                case 0x09, 0x20: .spaceBeforeColon
                default: isToken ? nil : .invalidFieldName
                }
            #expect(parseRequest(bytes).fault == expected, "octet \(octet)")
        }
    }

    @Test(
        "R-31, R-32, R-36: refuses malformed lines",
        arguments: [
            ("Name : v\r\n", .spaceBeforeColon), ("Name\t: v\r\n", .spaceBeforeColon),
            (": v\r\n", .invalidFieldName), ("Name\r\n", .invalidFieldName),
            ("A: b\r\n c\r\n", .obsoleteFold), ("A: b\r\n\tc\r\n", .obsoleteFold),
            ("A: b\r\n \r\n", .obsoleteFold), ("A: b\nB: c\r\n", .bareLF), ("A: b\n", .bareLF),
            ("A: b\rB: c\r\n", .bareCR), ("A: b\r\r\n", .bareCR), ("\rX: y\r\n", .bareCR),
            ("A\n: b\r\n", .bareLF), ("A: b\r\n\nB: c\r\n", .bareLF),
            ("A: b\u{0}\r\n", .invalidFieldValue), ("A: \u{1B}[0m\r\n", .invalidFieldValue),
            ("A B: c\r\n", .spaceBeforeColon), ("A(: c\r\n", .invalidFieldName),
            ("\"A\": c\r\n", .invalidFieldName), ("Ä: c\r\n", .invalidFieldName),
        ] as [(String, MessageFault.Code)]
    )
    func refusesMalformedLines(lines: String, fault: MessageFault.Code) {
        #expect(parseFields(lines).fault == fault)
        #expect(parseFields(lines).status == 400)
    }

    @Test("R-32: refuses white space before the first field", arguments: [" ", "\t"])
    func refusesWhitespaceBeforeFields(space: String) {
        let request = parseRequest("GET / HTTP/1.1\r\n\(space)Host: a\r\n\r\n")
        #expect(request.fault == .whitespaceBeforeFields)
    }

    @Test("B-32, B-43, B-44: tells names apart that look alike")
    func tellsNamesApart() {
        let request = parseFields("X_Original_URL: /b\r\nX-Original-URL: /a\r\nProxy: c\r\n")
        #expect(request.outcome == .complete)
        #expect(fieldName(Array("X-Original-URL".utf8)) == .xOriginalURL)
        #expect(fieldName(Array("X_Original_URL".utf8)) == .other)
        #expect(fieldName(Array("x-rewrite-url".utf8)) == .xRewriteURL)
        #expect(fieldName(Array("PROXY".utf8)) == .proxy)
    }

    @Test("A section of its own is read as a head's lines are")
    func readsSection() {
        var lines: [FieldLine] = []
        let limits = MessageLimits(fieldCountMax: 2, fieldLineBytesMax: 6)
        func parse(_ text: String) -> MessageFault? {
            FieldSection.parse(Array(text.utf8).span, limits: limits, into: &lines)
        }
        #expect(parse("") == nil)
        #expect(lines.isEmpty)
        #expect(parse("A: b\r\nVia: x\r\n") == nil)
        #expect(lines.map(\.field) == [.other, .via])
        #expect(lines[1].value == ByteRange(11, 12))
        #expect(parse("A: b\r\nA: b\r\nA: b\r\n")?.code == .tooManyFields)
        #expect(parse("A: 5678\r\n")?.code == .fieldLineTooLong)
        #expect(parse("A: b\r\n\r\n")?.code == .invalidFieldName)
        #expect(parse("A: b")?.code == .invalidFieldName)
        #expect(parse("A: b\r\n c\r\n")?.code == .obsoleteFold)
        #expect(parse(" A: b\r\n")?.code == .whitespaceBeforeFields)
        #expect(parse("A: b\n")?.code == .bareLF)
    }
}
