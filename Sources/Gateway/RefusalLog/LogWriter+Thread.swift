import Glibc
internal import Locking

/// What the writer's thread does next.
private enum LogStep {
    case write(LogBatch)
    case tell(LogLoss)
    case reopen
    case sleep
    case stop
}

extension LogWriter.State {
    /// Decides the next step, in this order: what a reopening waits for comes before it, losses are
    /// told once the queue is empty or from time to time, and the end comes when nothing is left.
    fileprivate mutating func nextStep(now: Int64, reportMilliseconds: Int64) -> LogStep {
        if let reopensAfter, queue.finished >= reopensAfter {
            self.reopensAfter = nil
            return .reopen
        }
        if queue.hasUnreportedLoss, queue.isEmpty || now >= nextLossReportMilliseconds {
            nextLossReportMilliseconds = now + reportMilliseconds
            return .tell(queue.takeUnreportedLoss())
        }
        if let batch = queue.next() {
            return .write(batch)
        }
        if stopsAtMilliseconds != nil {
            return .stop
        }
        isSleeping = true
        return .sleep
    }
}

extension LogWriter {
    /// Starts the thread.
    ///
    /// It owns one reference to the writer until it ends.
    func startThread() throws(LogOpenFault) {
        var thread = pthread_t()
        let reference = unsafe Unmanaged.passRetained(self)
        let code = unsafe pthread_create(
            &thread,
            nil,
            { argument in
                // The reference that was retained for this thread, taken exactly once.
                if let argument = unsafe argument {
                    unsafe Unmanaged<LogWriter>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            reference.toOpaque()
        )
        guard code == 0 else {
            unsafe reference.release()
            throw LogOpenFault(path: "(thread)", code: code, log: options.log)
        }
        state.withLock { $0.thread = thread }
    }

    /// The thread's whole life.
    private func run() {
        var session = LogSession(output: output)
        while true {
            let now = LogInstant.monotonicNow()
            let step = state.withLock {
                $0.nextStep(now: now, reportMilliseconds: options.lossReportMilliseconds)
            }
            switch step {
            case .write(let batch):
                if !batch.isOfAccess { state.withLock({ $0.lineObserver })?(batch.text.octets) }
                write(batch, wasQueued: true, in: &session)
            case .tell(let loss):
                guard options.tellsLosses else {
                    onError("\(loss.lines) lines were lost because they came too fast")
                    continue
                }
                write(session.batch(telling: loss), wasQueued: false, in: &session)
            case .reopen:
                reopen(&session)
            case .sleep:
                wake.wait()
            case .stop:
                session.output.close()
                ended.signal()
                return
            }
        }
    }

    /// Writes a batch whole, however long it takes; gives up only at the end of a shutdown.
    private func write(_ batch: LogBatch, wasQueued: Bool, in session: inout LogSession) {
        var offset = 0
        while offset < batch.text.count {
            if isPastEnd() { break }
            let octets = batch.text.octets.span
            switch session.output.write(octets.extracting(offset..<octets.count)) {
            case .wrote(let count):
                offset += count
                session.reportedError = nil
            case .wouldBlock:
                let descriptor = session.output.descriptor
                wake.wait(orUntilWritable: descriptor, milliseconds: millisecondsLeft())
            case .failed(let code):
                reportFailure(code, in: &session)
                if takeReopening() {
                    reopen(&session)
                    // The new file begins with a whole line.
                    offset = octets.startOfLine(before: offset)
                } else {
                    waitForRetry()
                }
            }
        }
        let written = batch.written(upTo: offset)
        let observers = state.withLock { state in
            state.queue.finish(batch, written: written, wasQueued: wasQueued)
                ? state.roomObservers : []
        }
        for observer in observers {
            observer()
        }
    }

    private func reopen(_ session: inout LogSession) {
        do throws(LogOpenFault) {
            try session.output.reopen()
            session.reportedError = nil
        } catch {
            let fault = LogOpenFault(path: error.path, code: error.code, log: options.log)
            onError("\(fault); the lines still go to the file that was open")
        }
    }

    /// Tells of an error once, until something has been written again.
    private func reportFailure(_ code: Int32, in session: inout LogSession) {
        state.withLock { $0.queue.countWriteError() }
        guard session.reportedError != code else { return }
        session.reportedError = code
        let name = session.output.path ?? "(descriptor \(session.output.descriptor))"
        onError(
            "cannot write the \(options.log) \(name): \(systemErrorText(code)); "
                + "trying again every \(options.retryMilliseconds) ms"
        )
    }

    private func takeReopening() -> Bool {
        state.withLock { $0.reopensAfter.take() != nil }
    }

    private func isPastEnd() -> Bool {
        millisecondsLeft().map { $0 <= 0 } ?? false
    }

    /// How long a shutdown still gives; nil when none is under way.
    private func millisecondsLeft() -> Int64? {
        guard let end = state.withLock({ $0.stopsAtMilliseconds }) else { return nil }
        return end - LogInstant.monotonicNow()
    }

    private func waitForRetry() {
        let left = millisecondsLeft() ?? Int64.max
        wake.wait(milliseconds: min(options.retryMilliseconds, left))
    }
}

/// What the writer's thread has to itself.
private struct LogSession {
    var output: LogOutput
    /// The error that was told last and has not gone away.
    var reportedError: Int32?
    private var timestamp = TimestampText()

    init(output: LogOutput) {
        self.output = output
    }

    /// The line that tells of losses, in the log itself.
    mutating func batch(telling loss: LogLoss) -> LogBatch {
        var batch = LogBatch()
        batch.text.beginLine()
        let now = LogInstant.now()
        timestamp.append(unixMilliseconds: now.unixMilliseconds, to: &batch.text)
        batch.text.append("\"")
        batch.text.append(key: LogKey.event, text: "log_lines_lost")
        batch.text.append(key: LogKey.lost, number: loss.lines)
        batch.text.append(key: LogKey.lostAttempts, number: loss.attempts)
        batch.text.append("}\n")
        batch.lines = 1
        return batch
    }
}

extension Span where Element == UInt8 {
    /// Where the line begins that holds the octet before `offset`'s successor.
    fileprivate func startOfLine(before offset: Int) -> Int {
        var start = Swift.min(offset, count)
        while start > 0, self[start - 1] != UInt8(ascii: "\n") {
            start -= 1
        }
        return start
    }
}

extension LogBatch {
    /// What the first octets of the batch amount to.
    ///
    /// A batch cut short by a shutdown counts one attempt for each whole line, which is the least
    /// these can stand for.
    fileprivate func written(upTo offset: Int) -> LogLoss {
        if offset >= text.count {
            return LogLoss(lines: lines, attempts: attempts)
        }
        var whole: UInt64 = 0
        for octet in text.octets.prefix(offset) where octet == UInt8(ascii: "\n") {
            whole += 1
        }
        return LogLoss(lines: whole, attempts: min(whole, attempts))
    }
}
