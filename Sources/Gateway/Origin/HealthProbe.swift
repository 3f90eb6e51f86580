internal import Curl
internal import HTTPMessage
internal import NIOCore

/// Asks one target again and again whether it is well, each time on a connection of its own.
///
/// The connection is made as those for requests are, so name lookup, TLS and the certificate are
/// checked too; and the answer is read as strictly as any other.
final class HealthProbe {
    private let check: HealthCheck
    private unowned let target: OriginPool
    private unowned let upstream: Upstream
    private unowned let worker: Worker
    private let question: [UInt8]
    private var tally: CheckTally
    private var transport: CurlConnection?
    private var unsent: ArraySlice<UInt8> = []
    private var isConnected = false
    /// What has come of an answer whose head is not complete.
    private var partial = ByteBuffer()
    private var timer: Scheduled<Void>?

    init(_ check: HealthCheck, of target: OriginPool, in upstream: Upstream, worker: Worker) {
        self.check = check
        self.target = target
        self.upstream = upstream
        self.worker = worker
        tally = CheckTally(failuresMax: check.failuresMax, successesMin: check.successesMin)
        let host = check.host ?? upstream.authority
        question = Array(
            """
            GET \(check.path) HTTP/1.1\r
            Host: \(host)\r
            User-Agent: \(worker.configuration.pseudonym) health check\r
            Accept: */*\r
            Connection: close\r
            \r

            """.utf8
        )
    }

    /// Asks at once, and from then on after each interval.
    func start() { after(0) { $0.ask() } }

    func stop() {
        timer?.cancel()
        timer = nil
        transport?.close()
        transport = nil
    }

    private func after(_ milliseconds: Int64, _ act: @escaping (HealthProbe) -> Void) {
        timer?.cancel()
        timer = worker.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) {
            [weak self] in
            guard let self else { return }
            worker.refreshClock()
            timer = nil
            act(self)
        }
    }

    // MARK: One question

    private func ask() {
        unsent = question[...]
        isConnected = false
        partial.clear()
        after(check.timeoutMilliseconds) { $0.finish(isGood: false) }
        var options = upstream.configuration.connect
        options.timeoutMilliseconds = Int(check.timeoutMilliseconds)
        do throws(CurlError) {
            let curl = worker.origins.curl
            // On a connection of its own, whatever is kept.
            options.isFresh = true
            options.isKept = false
            let transport: CurlConnection
            if upstream.configuration.speaksHTTP2 {
                let question = question
                let span = question.span
                transport = try curl.request(span, from: target.url, options: options)
            } else {
                transport = try curl.connect(to: target.url, options: options)
            }
            transport.onEvents = { [weak self] events in self?.changed(events) }
            self.transport = transport
        } catch {
            finish(isGood: false)
        }
    }

    private func changed(_ events: CurlConnection.Events) {
        if events.contains(.failed) { return finish(isGood: false) }
        if events.contains(.connected) { isConnected = true }
        guard isConnected else { return }
        send()
        receive()
    }

    private func send() {
        while !unsent.isEmpty, let transport {
            switch transport.send(unsent.span) {
            case .sent(let count): unsent.removeFirst(count)
            case .wouldBlock: return
            // It may have answered before it stopped listening.
            case .failed: unsent = []
            }
        }
    }

    private func receive() {
        while let transport {
            var buffer = worker.origins.takeReceiveBuffer()
            let outcome = worker.origins.receive(from: transport, into: &buffer)
            if case .received = outcome { partial.writeBuffer(&buffer) }
            worker.origins.giveBack(&buffer)
            switch outcome {
            case .received: readAnswer()
            case .wouldBlock: return
            case .endOfStream, .failed: finish(isGood: false)
            }
        }
    }

    /// Reads heads as far as there are any: interim responses, then the answer.
    private func readAnswer() {
        while partial.readableBytes > 0, transport != nil {
            var head = worker.takeResponseHead()
            defer { worker.giveBack(&head) }
            let outcome = head.parse(
                partial.readableBytesUInt8Span,
                answeringHead: false,
                limits: worker.configuration.limits.message
            )
            switch outcome {
            case .incomplete: return
            case .malformed: return finish(isGood: false)
            case .complete where head.isInformational && head.status != 101:
                partial.moveReaderIndex(forwardBy: head.length)
            case .complete:
                return finish(isGood: check.status.contains(head.status))
            }
        }
    }

    /// The question is answered, or given up.
    ///
    /// The content of an answer is not waited for.
    private func finish(isGood: Bool) {
        transport?.close()
        transport = nil
        tally.record(isGood: isGood)
        after(check.intervalMilliseconds) { $0.ask() }
        worker.checked(upstream, target: target.index, isWell: tally.isWell)
    }
}

/// Belongs to its event loop.
@available(*, unavailable)
extension HealthProbe: Sendable {}
