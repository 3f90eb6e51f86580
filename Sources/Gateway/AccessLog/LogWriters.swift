/// The writers of the two logs, which all workers share.
///
/// Where both logs go to the same place there is one writer, so that no line of the one is in the
/// midst of a line of the other.
struct LogWriters: Sendable {
    let refusals: LogWriter
    /// Nil without an access log.
    let access: LogWriter?

    /// Opens the logs and starts their threads.
    ///
    /// - Parameters:
    ///   - configuration: which logs there are, and where.
    ///   - onError: told the log's name and what keeps its lines from being written; called on a
    ///     writer's thread.
    /// - Throws: `LogOpenFault` if one cannot be opened; then none is open.
    init(
        _ configuration: GatewayConfiguration,
        onError: @escaping @Sendable (_ log: String, _ message: String) -> Void
    ) throws(LogOpenFault) {
        var options = LogWriterOptions()
        options.overflow = configuration.log.waitsOnOverflow ? .wait : .drop
        refusals = try LogWriter(
            to: LogDestination(configuration.log.destination),
            options: options
        ) { message in onError("refusal log", message) }
        guard let log = configuration.accessLog else {
            access = nil
            return
        }
        guard log.destination != configuration.log.destination else {
            access = refusals
            return
        }
        options.log = "access log"
        options.tellsLosses = log.format == .json
        do throws(LogOpenFault) {
            access = try LogWriter(to: LogDestination(log.destination), options: options) {
                message in onError("access log", message)
            }
        } catch {
            refusals.shutdown(withinMilliseconds: 0)
            throw error
        }
    }

    /// The access log's writer, if it is not the other one.
    private var second: LogWriter? { access === refusals ? nil : access }

    /// Whether requests may go on; see `LogWriter.hasRoom`.
    var hasRoom: Bool { refusals.hasRoom && second?.hasRoom ?? true }

    /// Has a closure called on a writer's thread each time room has returned in one of the logs.
    func whenRoomReturns(_ observer: @escaping @Sendable () -> Void) {
        refusals.whenRoomReturns(observer)
        second?.whenRoomReturns(observer)
    }

    /// How many lines of both logs were written, and how many were lost.
    var lines: (written: UInt64, lost: UInt64) {
        let (first, other) = (refusals.counts, second?.counts ?? LogCounts())
        return (
            first.linesWritten &+ other.linesWritten, first.lost.lines &+ other.lost.lines
        )
    }

    /// Has the files opened anew; see `LogWriter.reopen`.
    func reopen() {
        refusals.reopen()
        second?.reopen()
    }

    /// Writes what is queued and ends the threads.
    ///
    /// Blocks its caller.
    func shutdown(withinMilliseconds milliseconds: Int64) {
        refusals.shutdown(withinMilliseconds: milliseconds)
        second?.shutdown(withinMilliseconds: milliseconds)
    }
}

extension LogDestination {
    init(_ destination: RefusalLogConfiguration.Destination) {
        self =
            switch destination {
            case .standardOutput: .standardOutput
            case .file(let path): .file(path: path)
            }
    }
}
