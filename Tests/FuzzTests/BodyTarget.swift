import HTTPMessage
import TestKit

/// Content, with a length or in chunks; the oracles are NIOHTTP1's decoder, a naive decoder of the
/// whole buffer, and the reader itself with the octets split otherwise.
///
/// An input's first octet is the framing: the low three bits 7 for none, 6 for a length that the
/// rest of it says, otherwise chunked. The content follows that octet.
struct BodyTarget {
    let name = "content"
    let dictionary = WireGrammar.dictionary

    func generate(_ random: inout SeededGenerator) -> [UInt8] {
        let content = WireGrammar.chunks(&random)
        return [random.once(in: 8) ? UInt8(random.below(256)) : 0x30] + content
    }

    /// The framing that an input's first octet asks for.
    func framing(_ options: UInt8) -> BodyFraming {
        switch options & 7 {
        case 7: .none
        case 6: .length(UInt64(options >> 3))
        default: .chunked
        }
    }

    /// Reads an input, and compares the reading with the naive decoder's.
    func checkAlone(_ input: [UInt8]) -> FuzzVerdict {
        var verdict = FuzzVerdict()
        _ = read(input, &verdict)
        return verdict
    }

    /// Reads an input into the verdict.
    func read(_ input: [UInt8], _ verdict: inout FuzzVerdict) -> StreamedBody {
        let framing = framing(input.first ?? 0)
        let octets = Array(input.dropFirst())
        // Every line limit is met by some input; the trailers' cannot be, so short are the inputs.
        let limits = MessageLimits(chunkLineBytesMax: 40)
        let body = StreamedBody(framing, pieces: [octets], limits: limits)
        verdict.signature.add(framing.kind)
        verdict.signature.add(body.fault?.rawValue ?? "")
        verdict.signature.add(body.isFinished)
        verdict.signature.add(count: body.content.count)
        verdict.signature.add(count: body.trailerLines.count)
        verdict.signature.add(count: octets.count - body.consumed)
        verdict.isAccepted = body.isFinished && framing == .chunked
        verdict.finding =
            body.excess ?? splitFault(body, framing, octets, limits)
            ?? referenceFault(body, framing, octets, limits)
        return body
    }

    /// How reading the content in pieces changes what it says.
    private func splitFault(
        _ whole: StreamedBody,
        _ framing: BodyFraming,
        _ octets: [UInt8],
        _ limits: MessageLimits
    ) -> String? {
        var random = splits(of: octets)
        for _ in 0..<3 {
            let split = pieces(octets, &random)
            let pieced = StreamedBody(
                framing,
                pieces: split.isEmpty ? [[]] : split,
                limits: limits
            )
            if pieced.excess != nil { return pieced.excess }
            // What malformed content leaves unread is of no interest.
            var same = pieced
            if whole.fault != nil { same.consumed = whole.consumed }
            if same != whole { return "whole \(whole), in \(split.map(\.count)) \(pieced)" }
        }
        return nil
    }

    private func referenceFault(
        _ body: StreamedBody,
        _ framing: BodyFraming,
        _ octets: [UInt8],
        _ limits: MessageLimits
    ) -> String? {
        let ours: BodyReference.Outcome =
            body.isFinished
            ? .complete(content: body.content, trailers: body.trailers, length: body.consumed)
            : .unfinished(content: body.content)
        let expected: BodyReference.Outcome
        switch framing {
        case .none:
            expected = .complete(content: [], trailers: [], length: 0)
        case .length(let length):
            let content = Array(octets.prefix(Int(length)))
            expected =
                content.count == Int(length)
                ? .complete(content: content, trailers: [], length: Int(length))
                : .unfinished(content: content)
        case .chunked, .untilClose:
            expected = BodyReference.chunked(octets, lineMax: limits.chunkLineBytesMax)
        }
        return ours == expected ? nil : "\(ours), naively \(expected)"
    }
}
