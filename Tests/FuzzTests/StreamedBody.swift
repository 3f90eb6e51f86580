import HTTPMessage
import TestKit

/// What the strict reader made of one message's content.
struct StreamedBody: Equatable {
    var content: [UInt8] = []
    var trailers: [UInt8] = []
    var fault: MessageFault.Code?
    var isFinished = false
    var endsAtClose = false
    /// Octets used up.
    var consumed = 0
    /// What went beyond the bound of steps or ranges, if anything did.
    var excess: String?

    /// The trailer section's lines.
    var trailerLines: [WireMessage.Line] {
        var lines: [FieldLine] = []
        _ = FieldSection.parse(trailers.span, limits: MessageLimits(), into: &lines)
        return lines.map { WireMessage.Line($0, of: trailers) }
    }

    /// Reads content that arrives in these pieces, the way a connection presents it: what a step
    /// leaves is there again before the next piece.
    init(_ framing: BodyFraming, pieces: [[UInt8]], limits: MessageLimits = MessageLimits()) {
        var reader = BodyReader(framing, limits: limits)
        var buffer: [UInt8] = []
        // Each step but the last of a piece uses up an octet, so steps are bounded.
        var stepsLeft = pieces.reduce(0) { $0 + $1.count } + 2 * pieces.count + 2
        reading: for piece in pieces {
            buffer += piece
            while true {
                stepsLeft -= 1
                guard stepsLeft >= 0 else {
                    excess = "the body reader does not come to an end"
                    break reading
                }
                var used = -1
                let step = reader.read(buffer.span, consumed: &used)
                guard 0...buffer.count ~= used else {
                    excess = "consumed \(used) of \(buffer.count) octets"
                    break reading
                }
                let isOver = take(step, buffer: buffer, used: used)
                consumed += used
                buffer.removeFirst(used)
                if isFinished || fault != nil || excess != nil { break reading }
                if isOver { break }
            }
        }
        endsAtClose = reader.endsAtClose()
    }

    /// Takes one step into account; returns whether it asks for the next piece.
    private mutating func take(_ step: BodyReader.Step, buffer: [UInt8], used: Int) -> Bool {
        switch step {
        case .content(let range):
            guard range.upperBound <= used, !range.isEmpty else {
                excess = "content \(range) of \(used) octets"
                return true
            }
            content += buffer[range.lowerBound..<range.upperBound]
            return false
        case .needsMore:
            return true
        case .end(let range):
            guard range.upperBound <= used else {
                excess = "trailers \(range) of \(used) octets"
                return true
            }
            trailers = Array(buffer[range.lowerBound..<range.upperBound])
            isFinished = true
            return true
        case .malformed(let fault):
            self.fault = fault.code
            return true
        }
    }
}

/// The octets cut into pieces: one, single octets, or random lengths.
func pieces(_ octets: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
    let lengthMax = random.pick([1, 2, 3, 8, 40, 500])
    var pieces: [[UInt8]] = []
    var rest = octets[...]
    while !rest.isEmpty {
        let piece = rest.prefix(1 + random.below(lengthMax))
        pieces.append(Array(piece))
        rest = rest.dropFirst(piece.count)
    }
    return pieces
}

/// A generator that the octets of an input decide, so that an input alone repeats its splits.
func splits(of octets: [UInt8]) -> SeededGenerator {
    SeededGenerator(
        seed: octets.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    )
}
