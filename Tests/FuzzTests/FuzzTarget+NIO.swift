import HTTPMessage

extension FuzzVerdict {
    /// Compares a reading with NIOHTTP1's of the same octets and takes what comes of it.
    fileprivate mutating func compare(_ ours: WireReading, _ nio: WireReading) {
        let comparison = ReadingComparison(ours: ours, nio: nio)
        finding = finding ?? comparison.finding
        explained = Set(comparison.explained.map(\.rawValue))
        if case .fault(let fault) = nio.stop { signature.add(fault) }
        for name in explained.sorted() { signature.add(name) }
    }
}

extension RequestHeadTarget: FuzzTarget {
    func check(_ input: [UInt8]) throws -> FuzzVerdict {
        var verdict = FuzzVerdict()
        let ours = read(input, &verdict)
        verdict.compare(ours, try WireReading.requestsByNIO(input))
        return verdict
    }
}

extension ResponseHeadTarget: FuzzTarget {
    func check(_ input: [UInt8]) throws -> FuzzVerdict {
        var verdict = FuzzVerdict()
        let ours = read(input, &verdict)
        let nio = try WireReading.responsesByNIO(
            Array(input.dropFirst()),
            answeringHead: answersHead(input)
        )
        verdict.compare(ours, nio)
        return verdict
    }
}

extension BodyTarget: FuzzTarget {
    func check(_ input: [UInt8]) throws -> FuzzVerdict {
        var verdict = FuzzVerdict()
        let body = read(input, &verdict)
        var head = "POST / HTTP/1.1\r\nHost: a\r\n"
        switch framing(input.first ?? 0) {
        case .length(let length): head += "Content-Length: \(length)\r\n"
        case .chunked: head += "Transfer-Encoding: chunked\r\n"
        case .none, .untilClose: break
        }
        let stream = Array((head + "\r\n").utf8) + input.dropFirst()
        var message = WireMessage(
            start: "POST /",
            version: "1.1",
            lines: RequestValues(stream).lines
        )
        message.content = body.content
        message.trailers = body.trailerLines
        message.isComplete = body.isFinished
        var ours = WireReading(messages: [message])
        // What follows the content is another target's business.
        if body.isFinished { ours.stop = .connectionOver }
        if let fault = body.fault { ours.stop = .fault(fault.rawValue) }
        verdict.compare(ours, try WireReading.requestsByNIO(stream))
        return verdict
    }
}
