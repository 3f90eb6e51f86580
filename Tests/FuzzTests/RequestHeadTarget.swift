import HTTPMessage
import TestKit

/// Pipelined requests; the oracle is NIOHTTP1's decoder, and the parser itself with the octets in
/// other pieces and with the head written anew.
struct RequestHeadTarget {
    let name = "request-head"
    let dictionary = WireGrammar.dictionary

    func generate(_ random: inout SeededGenerator) -> [UInt8] {
        var stream: [UInt8] = []
        for _ in 0..<(1 + random.below(3)) {
            stream += WireGrammar.requestHead(&random)
            stream += WireGrammar.framedContent(&random, isFramed: !random.once(in: 3))
        }
        return stream
    }

    /// Reads an input, and compares the reading with itself only.
    func checkAlone(_ input: [UInt8]) -> FuzzVerdict {
        var verdict = FuzzVerdict()
        _ = read(input, &verdict)
        return verdict
    }

    /// Reads an input into the verdict.
    func read(_ input: [UInt8], _ verdict: inout FuzzVerdict) -> WireReading {
        let reading = WireReading.requests(input, signature: &verdict.signature)
        verdict.take(reading)
        return reading
    }
}

extension FuzzVerdict {
    /// Takes a reading into the verdict.
    mutating func take(_ reading: WireReading) {
        finding = reading.excess
        isAccepted = !reading.messages.isEmpty
        signature.add(count: reading.messages.count)
    }
}
