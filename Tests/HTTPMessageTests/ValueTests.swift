import HTTPMessage
import Testing

@Suite("Values")
struct ValueTests {
    @Test("Values that are held by the thousand stay small")
    func staysSmall() {
        #expect(MemoryLayout<ByteRange>.size == 8)
        #expect(MemoryLayout<FieldLine>.stride <= 20)
        #expect(MemoryLayout<MessageFault>.size == 1)
        #expect(MemoryLayout<HeadOutcome>.size <= 2)
        #expect(MemoryLayout<BodyReader>.size <= 192)
        #expect(MemoryLayout<RequestHead>.size <= 320)
        #expect(MemoryLayout<ResponseHead>.size <= 256)
    }

    @Test("A range is clamped when it is made and when it is used")
    func clampsRanges() {
        #expect(ByteRange(3, 1) == ByteRange(3, 3))
        #expect(ByteRange(-5, 2) == ByteRange(0, 2))
        #expect(ByteRange(-5, -2) == .empty)
        #expect(ByteRange(0, Int.max).upperBound == Int(UInt32.max))
        #expect(ByteRange(2, 5).shifted(by: 3) == ByteRange(5, 8))
        #expect(ByteRange(2, 5).shifted(by: Int.max) == .empty)
        #expect(ByteRange(2, 5).shifted(by: -3) == ByteRange(0, 2))
        #expect(ByteRange(2, 5).count == 3)
        let bytes: [UInt8] = [1, 2, 3]
        let ranges = [ByteRange(1, 3), ByteRange(1, 9), ByteRange(5, 9), ByteRange(0, 3)]
        var counts: [Int] = []
        for range in ranges {
            counts.append(bytes.span.bytes(in: range).count)
        }
        #expect(counts == [2, 2, 0, 3])
    }

    @Test("Every fault has a status, an explanation of its own, and a name in snake case")
    func explainsEveryFault() {
        var explanations: Set<String> = []
        for code in MessageFault.Code.allCases {
            let fault = MessageFault(code)
            #expect([400, 403, 414, 415, 431, 501, 505].contains(fault.status))
            #expect(fault.explanation.hasSuffix("."))
            #expect(fault.explanation != "The message is malformed.", "\(code)")
            #expect(explanations.insert(fault.explanation).inserted, "\(code)")
            let isSnakeCase = code.rawValue.utf8.allSatisfy {
                0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x5F
            }
            #expect(isSnakeCase, "\(code)")
        }
    }

    @Test("Reading heads again and again keeps the field array's storage")
    func keepsStorage() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n".utf8)
        var head = RequestHead()
        _ = head.parse(bytes.span, limits: MessageLimits())
        let capacity = head.fields.capacity
        for _ in 0..<10 {
            head.reset()
            let emptyCapacity = head.fields.isEmpty ? head.fields.capacity : 0
            #expect(emptyCapacity == capacity)
            let outcome = head.parse(bytes.span, limits: MessageLimits())
            #expect(outcome == .complete)
            let count = head.fields.count
            #expect(count == 3)
        }
    }
}
