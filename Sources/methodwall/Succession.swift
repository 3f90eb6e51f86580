import Gateway
import Glibc
import Locking
import Logging

/// The one successor that this process may have at a time.
final class Succession: Sendable {
    private struct State {
        var successor: pid_t?
        var isHandedOver = false
    }

    private let state = Lock(State())

    /// Whether a successor has taken over.
    var isHandedOver: Bool { state.withLock { $0.isHandedOver } }

    /// Starts a successor, unless there is one already, and watches whether it lives.
    func begin(_ gateway: Gateway, _ logger: Logger) async {
        guard state.withLock({ $0.successor == nil }) else {
            logger.warning("a successor is starting already")
            return
        }
        let (variable, descriptors) = await gateway.handover()
        do throws(GatewayError) {
            let process = try Successor.start(variable, descriptors)
            state.withLock { $0.successor = process }
            logger.info("successor started", metadata: ["process": "\(process)"])
            Task { await watch(process, logger) }
        } catch {
            logger.error("no successor", metadata: ["error": "\(error)"])
        }
    }

    /// Called when this process is told to stop: by its successor, if there is one.
    func handOver() {
        let successor = state.withLock { state in
            state.isHandedOver = state.successor != nil
            return state.successor
        }
        if let successor { ServiceNotifier.send("MAINPID=\(successor)") }
    }

    private func watch(_ process: pid_t, _ logger: Logger) async {
        while !isHandedOver, (try? await Task.sleep(for: .milliseconds(100))) != nil {
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
