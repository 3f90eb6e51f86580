import TestKit
import Testing

/// A gateway with an access log in its folder, which speaks HTTP/1.1 and HTTP/2 in the clear.
struct LoggingGateway {
    let origin: RawOrigin
    let gateway: RunningGateway

    /// - Parameters:
    ///   - log: more keys of `log`.
    ///   - more: more keys of the configuration.
    ///   - policy: the text of the policy file.
    ///   - script: what the origin does with each connection; nil lets the test play the origin.
    /// - Throws: an error if either does not listen in time.
    init(
        log: String = "access_format: json",
        _ more: String = "",
        policy: String = Policies.shop,
        script: (@Sendable (OriginConnection) throws -> Void)? = nil
    ) throws {
        origin = try RawOrigin(script: script)
        gateway = try RunningGateway(
            configuration: """
                listen: [{ address: 127.0.0.1:0, http2: true }]
                workers: 1
                upstreams: { legacy: "http://127.0.0.1:\(origin.port)" }
                log: { refusals: ./refusals.log, access: ./access.log, \(log) }
                \(more)
                """,
            policy: policy,
            keeping: origin
        )
    }

    init(origin: RawOrigin, gateway: RunningGateway) {
        self.origin = origin
        self.gateway = gateway
    }

    /// One whose origin answers every request with its request line and how much content there was.
    static func echoing(log: String = "access_format: json") throws -> LoggingGateway {
        try LoggingGateway(log: log, script: ClearGateway.echo)
    }

    /// The text of a log so far.
    func text(_ log: String = "access.log") -> String { (try? gateway.folder.read(log)) ?? "" }

    /// The entries of a log so far; a line that is not JSON is a failure.
    func entries(_ log: String = "access.log") -> [LogEntry] {
        LogEntry.entries(text(log), sourceLocation: #_sourceLocation)
    }

    /// Waits until the access log has this many lines, and returns its entries.
    func waitForEntries(
        _ count: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> [LogEntry] {
        let isThere = eventually { entries().count >= count }
        #expect(isThere, "\(text())", sourceLocation: sourceLocation)
        return entries()
    }

    /// Ends the gateway, which writes what it has, and returns the access log's entries.
    func finish() throws -> [LogEntry] {
        gateway.process.signal(15)
        #expect(try gateway.process.wait() == 0)
        return entries()
    }
}

extension LogEntry {
    var decision: String? { self["methodwall.decision"] }
    var requestID: String? { self["methodwall.request_id"] }
    var version: String? { self["network.protocol.version"] }
    var responseBytes: Int? { keys["http.response.body.size"] as? Int }
    var milliseconds: Int? { keys["methodwall.duration_ms"] as? Int }
}
