import HTTPMessage
import TestKit

/// Everything that a response head says, as values that can be compared.
struct ResponseValues: Equatable {
    let outcome: HeadOutcome
    let length: Int
    let version: HTTPVersion
    let status: Int
    let reason: String
    let lines: [WireMessage.Line]
    let hopByHop: [Bool]
    let framing: BodyFraming
    let keepsAlive: Bool
    let isInformational: Bool

    init(_ head: borrowing ResponseHead, _ outcome: HeadOutcome, _ octets: [UInt8]) {
        self.outcome = outcome
        length = head.length
        version = head.version
        status = head.status
        reason = text(octets, head.reason)
        lines = head.fields.map { WireMessage.Line($0, of: octets) }
        var hopByHop: [Bool] = []
        for line in head.fields { hopByHop.append(head.isHopByHop(line, in: octets.span)) }
        self.hopByHop = hopByHop
        framing = head.framing
        keepsAlive = head.keepsAlive
        isInformational = head.isInformational
    }

    /// Reads a head that arrives whole.
    init(_ octets: [UInt8], answeringHead: Bool) {
        var head = ResponseHead()
        let outcome = head.parse(
            octets.span,
            answeringHead: answeringHead,
            limits: MessageLimits()
        )
        self.init(head, outcome, octets)
    }

    /// Reads a head that arrives in these pieces, with a value that has read another before.
    init(pieces: [[UInt8]], answeringHead: Bool) {
        var head = ResponseHead()
        let earlier = Array("HTTP/1.0 204 x\r\nContent-Length: 7\r\n\r\n".utf8)
        _ = head.parse(earlier.span, answeringHead: false, limits: MessageLimits())
        head.reset()
        var octets: [UInt8] = []
        var outcome = HeadOutcome.incomplete
        for piece in pieces where outcome == .incomplete {
            octets += piece
            outcome = head.parse(
                octets.span,
                answeringHead: answeringHead,
                limits: MessageLimits()
            )
        }
        self.init(head, outcome, octets)
    }

    /// The head written anew from what was read of it.
    var rewritten: [UInt8] {
        var octets = Array("HTTP/\(version.text) \(status) \(reason)\r\n".utf8)
        for line in lines { octets += line.name + Array(": ".utf8) + line.value + [0x0D, 0x0A] }
        return octets + [0x0D, 0x0A]
    }

    /// How reading the head in pieces, or writing it and reading it again, changes what it says.
    func inconsistency(
        _ octets: [UInt8],
        answeringHead: Bool,
        _ random: inout SeededGenerator
    ) -> String? {
        let pieced = ResponseValues(pieces: pieces(octets, &random), answeringHead: answeringHead)
        if pieced != self { return "whole \(self), in pieces \(pieced)" }
        guard outcome == .complete, lines.allSatisfy({ !$0.isRepaired }),
            !reason.contains("\u{FFFD}")
        else { return nil }
        let again = ResponseValues(rewritten, answeringHead: answeringHead)
        let isSame =
            again.outcome == .complete && again.status == status && again.reason == reason
            && again.lines == lines && again.hopByHop == hopByHop && again.framing == framing
            && again.keepsAlive == keepsAlive && again.length == rewritten.count
        return isSame ? nil : "\(self), written and read again \(again)"
    }
}

extension WireReading {
    /// Reads the responses to GET or HEAD requests the way the gateway does.
    static func responses(
        _ stream: [UInt8],
        answeringHead: Bool,
        signature: inout Signature
    ) -> WireReading {
        var reading = WireReading()
        var rest = stream
        var random = splits(of: stream)
        while true {
            let response = ResponseValues(rest, answeringHead: answeringHead)
            reading.excess = response.inconsistency(rest, answeringHead: answeringHead, &random)
            signature.add(response)
            if case .malformed(let fault) = response.outcome {
                reading.stop = .fault(fault.code.rawValue)
            }
            guard response.outcome == .complete, reading.excess == nil else { return reading }
            var message = WireMessage(
                start: "\(response.status)",
                version: response.version.text,
                lines: response.lines
            )
            if response.status == 101 {
                reading.messages.append(message)
                reading.stop = .connectionOver
                return reading
            }
            rest.removeFirst(response.length)
            let isWhole = reading.read(&message, response.framing, &rest, &random, &signature)
            reading.messages.append(message)
            guard isWhole else { return reading }
            guard response.keepsAlive || response.isInformational else {
                reading.stop = .connectionOver
                return reading
            }
        }
    }
}

extension Signature {
    fileprivate mutating func add(_ response: ResponseValues) {
        switch response.outcome {
        case .complete: add("complete")
        case .incomplete: add("incomplete")
        case .malformed(let fault): add(fault.code.rawValue)
        }
        add(count: response.status)
        add(response.status == 204 || response.status == 304 || response.status == 101)
        add(response.version.text)
        add(response.framing.kind)
        add(count: response.lines.count)
        add(response.reason.isEmpty)
        add(response.keepsAlive)
        add(response.hopByHop.contains(true))
    }
}
