import HTTPMessage
import TestKit

/// Everything that a request head says, as values that can be compared.
struct RequestValues: Equatable {
    let outcome: HeadOutcome
    let length: Int
    let method: String
    let target: String
    let path: String
    let query: String?
    let form: TargetForm
    let host: String
    let authority: String
    let version: HTTPVersion
    let lines: [WireMessage.Line]
    let hopByHop: [Bool]
    let framing: BodyFraming
    let flags: [Bool]

    init(_ head: borrowing RequestHead, _ outcome: HeadOutcome, _ octets: [UInt8]) {
        self.outcome = outcome
        length = head.length
        method = text(octets, head.method)
        target = text(octets, head.target)
        path = text(octets, head.path)
        query = head.hasQuery ? text(octets, head.query) : nil
        form = head.form
        host = text(octets, head.host)
        authority = text(octets, head.authority)
        version = head.version
        lines = head.fields.map { WireMessage.Line($0, of: octets) }
        var hopByHop: [Bool] = []
        for line in head.fields { hopByHop.append(head.isHopByHop(line, in: octets.span)) }
        self.hopByHop = hopByHop
        framing = head.framing
        flags = [
            head.keepsAlive, head.expectsContinue, head.hasUnknownExpectation, head.hasUpgrade,
            head.isServerWideOptions,
        ]
    }

    /// Reads a head that arrives whole.
    init(_ octets: [UInt8]) {
        var head = RequestHead()
        let outcome = head.parse(octets.span, limits: MessageLimits())
        self.init(head, outcome, octets)
    }

    /// Reads a head that arrives in these pieces, with a value that has read another before.
    init(pieces: [[UInt8]]) {
        var head = RequestHead()
        let earlier = Array("OPTIONS * HTTP/1.0\r\nHost: z\r\nExpect: x\r\n\r\n".utf8)
        _ = head.parse(earlier.span, limits: MessageLimits())
        head.reset()
        var octets: [UInt8] = []
        var outcome = HeadOutcome.incomplete
        for piece in pieces where outcome == .incomplete {
            octets += piece
            outcome = head.parse(octets.span, limits: MessageLimits())
        }
        self.init(head, outcome, octets)
    }

    /// The head written anew from what was read of it, in the form that is forwarded.
    var rewritten: [UInt8] {
        var octets = Array("\(method) \(target) HTTP/\(version.text)\r\n".utf8)
        for line in lines { octets += line.name + Array(": ".utf8) + line.value + [0x0D, 0x0A] }
        return octets + [0x0D, 0x0A]
    }

    /// How reading the head in pieces, or writing it and reading it again, changes what it says.
    func inconsistency(_ octets: [UInt8], _ random: inout SeededGenerator) -> String? {
        let pieced = RequestValues(pieces: pieces(octets, &random))
        if pieced != self { return "whole \(self), in pieces \(pieced)" }
        guard outcome == .complete, lines.allSatisfy({ !$0.isRepaired }) else { return nil }
        let again = RequestValues(rewritten)
        let isSame =
            again.outcome == .complete && again.method == method && again.target == target
            && again.path == path && again.query == query && again.authority == authority
            && again.lines == lines && again.hopByHop == hopByHop && again.framing == framing
            && again.flags == flags && again.length == rewritten.count
        return isSame ? nil : "\(self), written and read again \(again)"
    }
}

extension WireMessage.Line {
    /// Whether the value had invalid UTF-8, so that it is not what was sent.
    var isRepaired: Bool { String(decoding: value, as: UTF8.self).contains("\u{FFFD}") }
}

extension WireReading {
    /// Reads pipelined requests the way the gateway does.
    static func requests(_ stream: [UInt8], signature: inout Signature) -> WireReading {
        var reading = WireReading()
        var rest = stream
        var random = splits(of: stream)
        while true {
            let request = RequestValues(rest)
            reading.excess = request.inconsistency(rest, &random)
            signature.add(request)
            if case .malformed(let fault) = request.outcome {
                reading.stop = .fault(fault.code.rawValue)
            }
            guard request.outcome == .complete, reading.excess == nil else { return reading }
            var message = WireMessage(
                start: "\(request.method) \(request.target)",
                version: request.version.text,
                lines: request.lines
            )
            let hasUpgrade = request.flags[3]
            if request.form == .authority || hasUpgrade {
                reading.messages.append(message)
                reading.stop = .connectionOver
                return reading
            }
            rest.removeFirst(request.length)
            let isWhole = reading.read(&message, request.framing, &rest, &random, &signature)
            reading.messages.append(message)
            guard isWhole else { return reading }
            guard request.flags[0] else {
                reading.stop = .connectionOver
                return reading
            }
        }
    }

    /// Reads a message's content from the front of `rest`; returns whether it is whole.
    mutating func read(
        _ message: inout WireMessage,
        _ framing: BodyFraming,
        _ rest: inout [UInt8],
        _ random: inout SeededGenerator,
        _ signature: inout Signature
    ) -> Bool {
        let body = StreamedBody(framing, pieces: framing == .none ? [[]] : pieces(rest, &random))
        signature.add(body.fault?.rawValue ?? "")
        signature.add(body.isFinished)
        signature.add(body.trailers.isEmpty)
        message.content = body.content
        message.trailers = body.trailerLines
        excess = body.excess
        if let fault = body.fault { stop = .fault(fault.rawValue) }
        guard body.isFinished, excess == nil else { return false }
        message.isComplete = true
        rest.removeFirst(body.consumed)
        return true
    }
}

extension Signature {
    fileprivate mutating func add(_ request: RequestValues) {
        switch request.outcome {
        case .complete: add("complete")
        case .incomplete: add("incomplete")
        case .malformed(let fault): add(fault.code.rawValue)
        }
        add(String(request.method.prefix(4)))
        add("\(request.form)")
        add(request.version.text)
        add(request.framing.kind)
        add(count: request.lines.count)
        add(request.query == nil)
        add(request.lines.contains { $0.value.isEmpty })
        add(request.hopByHop.contains(true))
        for flag in request.flags { add(flag) }
    }
}
