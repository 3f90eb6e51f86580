import Testing

@testable import Gateway

@Suite("The queue before the writer")
struct LogQueueTests {
    private func batch(bytes: Int, lines: UInt64 = 1, attempts: UInt64 = 1) -> LogBatch {
        var batch = LogBatch()
        batch.text.append([UInt8](repeating: 0x61, count: bytes))
        batch.lines = lines
        batch.attempts = attempts
        return batch
    }

    @Test("what does not fit is lost and counted, in lines and in attempts")
    func countsLosses() {
        var queue = LogQueue(bytesMax: 100, overflow: .drop)
        var first = batch(bytes: 60, lines: 2, attempts: 9)
        queue.accept(&first)
        var second = batch(bytes: 41, lines: 3, attempts: 7)
        queue.accept(&second)
        var third = batch(bytes: 40)
        queue.accept(&third)
        #expect(first.isEmpty && second.isEmpty && third.isEmpty)
        #expect(queue.counts.lost == LogLoss(lines: 3, attempts: 7))
        #expect(queue.counts.queuedBytes == 100)
        let loss = queue.takeUnreportedLoss()
        #expect(loss == LogLoss(lines: 3, attempts: 7))
        #expect(!queue.hasUnreportedLoss)
    }

    @Test("with overflow wait nothing is lost, and room returns when half is free")
    func givesRoomBackAtHalf() throws {
        var queue = LogQueue(bytesMax: 100, overflow: .wait)
        for bytes in [30, 30, 50] {
            #expect(queue.hasRoom)
            var batch = batch(bytes: bytes)
            queue.accept(&batch)
        }
        #expect(!queue.hasRoom)
        #expect(queue.counts.lost.isEmpty)
        var returned: [Bool] = []
        for _ in 0..<3 {
            let waiting = queue.next()
            let next = try #require(waiting)
            let written = LogLoss(lines: next.lines, attempts: next.attempts)
            returned.append(queue.finish(next, written: written, wasQueued: true))
        }
        // 110 octets waited; then 80, 50 and 0.
        #expect(returned == [false, true, false])
        #expect(queue.hasRoom)
        #expect(queue.counts.linesWritten == 3)
        #expect(queue.counts.queuedBytes == 0)
    }

    @Test("batches come out in the order they went in, over many rounds")
    func keepsOrder() throws {
        var queue = LogQueue(bytesMax: 1 << 20, overflow: .drop)
        var generator = LogTestGenerator(seed: 9)
        var next: UInt64 = 1
        var expected: UInt64 = 1
        for _ in 0..<5000 {
            if Int.random(in: 0..<5, using: &generator) < 3 {
                var batch = batch(bytes: 1, lines: next)
                next += 1
                queue.accept(&batch)
            } else if let batch = queue.next() {
                #expect(batch.lines == expected, "seed 9")
                expected += 1
                _ = queue.finish(batch, written: LogLoss(), wasQueued: true)
            }
        }
        #expect(expected > 1500, "seed 9")
        #expect(queue.isEmpty == (expected == next))
    }

    @Test("an empty batch is no batch")
    func ignoresEmptyBatches() {
        var queue = LogQueue(bytesMax: 100, overflow: .drop)
        var batch = LogBatch()
        queue.accept(&batch)
        #expect(queue.isEmpty)
        #expect(queue.accepted == 0)
    }
}
