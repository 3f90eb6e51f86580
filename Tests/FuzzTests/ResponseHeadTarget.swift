import HTTPMessage
import TestKit

/// The responses on one connection; the oracle is NIOHTTP1's decoder, and the parser itself.
///
/// The lowest bit of an input's first octet says whether the requests were HEAD; the stream
/// follows that octet.
struct ResponseHeadTarget {
    let name = "response-head"
    let dictionary = WireGrammar.dictionary

    func generate(_ random: inout SeededGenerator) -> [UInt8] {
        let answersHead = random.once(in: 6)
        var stream: [UInt8] = [answersHead ? 0x31 : 0x30]
        for _ in 0..<(1 + random.below(3)) {
            stream += WireGrammar.responseHead(&random)
            let isFramed = !answersHead && !random.once(in: 3)
            stream += WireGrammar.framedContent(&random, isFramed: isFramed)
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
        let answersHead = answersHead(input)
        verdict.signature.add(answersHead)
        let reading = WireReading.responses(
            Array(input.dropFirst()),
            answeringHead: answersHead,
            signature: &verdict.signature
        )
        verdict.take(reading)
        return reading
    }

    /// Whether the requests were HEAD.
    func answersHead(_ input: [UInt8]) -> Bool {
        (input.first ?? 0) & 1 == 1
    }
}
