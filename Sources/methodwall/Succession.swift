import Gateway
import Glibc
import Locking
import Logging

/// The one successor that this process may have at a time.
final class Succession: Sendable {
    private struct State {
        var successor: pid_t?
        var isHandedOver = false
        var isStopping = false
    }

    private let state = Lock(State())

    /// Whether a successor has taken over.
    var isHandedOver: Bool { state.withLock { $0.isHandedOver } }

    /// Starts a successor, unless there is one already, and watches whether it lives.
    ///
    /// - Parameters:
    ///   - gateway: Whose sockets it gets.
    ///   - logger: For what the operator should know.
    ///   - whenRelieved: Called once it serves.
    func begin(
        _ gateway: Gateway,
        _ logger: Logger,
        whenRelieved: @escaping @Sendable () -> Void
    ) async {
        // What a container ends with is its first process.
        guard getpid() != 1 else {
            logger.warning("no successor: this is the first process of a container; replace that")
            return
        }
        guard state.withLock({ $0.successor == nil }) else {
            logger.warning("a successor is starting already")
            return
        }
        let (variable, descriptors) = await gateway.handover()
        do throws(GatewayError) {
            let (process, relief) = try Successor.start(variable, descriptors)
            state.withLock { $0.successor = process }
            logger.info("successor started", metadata: ["process": "\(process)"])
            Task { await watch(process, relief, logger, whenRelieved) }
        } catch {
            logger.error("no successor", metadata: ["error": "\(error)"])
        }
    }

    /// This process is told to stop before it was relieved: so is a successor that is starting.
    func abandon() {
        let successor = state.withLock { state -> pid_t? in
            state.isStopping = true
            return state.isHandedOver ? nil : state.successor
        }
        if let successor { kill(successor, SIGTERM) }
    }

    private func watch(
        _ process: pid_t,
        _ relief: Int32,
        _ logger: Logger,
        _ whenRelieved: @Sendable () -> Void
    ) async {
        defer { close(relief) }
        while (try? await Task.sleep(for: .milliseconds(20))) != nil {
            if Successor.hasRelieved(relief) {
                let isRelieved = state.withLock { state in
                    state.isHandedOver = !state.isStopping
                    return state.isHandedOver
                }
                guard isRelieved else { return }
                ServiceNotifier.send("MAINPID=\(process)")
                return whenRelieved()
            }
            guard let end = Successor.end(of: process) else { continue }
            state.withLock { $0.successor = nil }
            logger.error(
                "the successor did not start; this process goes on",
                metadata: ["end": "\(end)"]
            )
            return
        }
    }
}
