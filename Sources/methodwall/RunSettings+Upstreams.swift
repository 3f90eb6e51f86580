import Curl
import Gateway
import PolicyFile

extension RunSettings {
    /// An upstream of the configuration file as the gateway takes it.
    ///
    /// - Parameters:
    ///   - upstream: As it stands in the file.
    ///   - workers: How many workers share its limits.
    /// - Returns: Its settings for one worker.
    /// - Throws: A `CommandFailure` if a URL or a file cannot be used.
    static func origin(
        _ upstream: GatewayDocument.Upstream,
        workers: Int
    ) throws -> OriginConfiguration {
        let option = "upstream '\(upstream.name)'"
        let targets = try upstream.urls.map { try url($0, option: option) }
        var origin = OriginConfiguration(targets: targets)
        origin.balance =
            switch upstream.balance {
            case .roundRobin: .roundRobin
            case .leastConnections: .leastConnections
            case .client: .client
            }
        origin.preservesHost = upstream.preservesHost
        origin.speaksHTTP2 = upstream.speaksHTTP2
        origin.connect.nameCacheSeconds = Int(upstream.nameRefresh.components.seconds)
        origin.connect.tls = tls(upstream.tls)
        do {
            try origin.connect.tls.check()
        } catch {
            throw CommandFailure.unusable("\(option): tls: \(error.description)")
        }
        apply(upstream.timeouts, to: &origin)
        apply(upstream.limits, to: &origin, workers: workers)
        origin.healthCheck = upstream.health.map(healthCheck)
        return origin
    }

    /// A URL of the operator's.
    static func url(_ text: String, option: String) throws -> OriginURL {
        do {
            return try OriginURL(text)
        } catch {
            throw CommandFailure.unusable("\(option): \(error.description)")
        }
    }

    private static func tls(_ document: GatewayDocument.UpstreamTLS) -> OriginTLS {
        var tls = OriginTLS()
        tls.certificateAuthorityFile = document.ca
        tls.certificateFile = document.certificate
        tls.keyFile = document.key
        tls.serverName = document.serverName
        tls.minimumVersion = document.minimum == .tls13 ? .tls13 : .tls12
        return tls
    }

    private static func apply(
        _ timeouts: GatewayDocument.Timeouts,
        to origin: inout OriginConfiguration
    ) {
        origin.connect.timeoutMilliseconds = Int(timeouts.connect.milliseconds)
        origin.responseTimeoutMilliseconds = timeouts.response.milliseconds
        origin.silenceTimeoutMilliseconds = timeouts.idle.milliseconds
        origin.keepMilliseconds = timeouts.keep.milliseconds
        origin.lifeMilliseconds = timeouts.life.milliseconds
    }

    /// Each worker gets its share of what is for all, and never none of it.
    private static func apply(
        _ limits: GatewayDocument.UpstreamLimits,
        to origin: inout OriginConfiguration,
        workers: Int
    ) {
        func share(_ all: Int) -> Int { max(1, all / max(1, workers)) }
        if let connections = limits.connections {
            origin.connectionsMax = share(connections)
            origin.idleConnectionsMax = min(origin.idleConnectionsMax, origin.connectionsMax)
        }
        // None is allowed to wait if the file says so.
        if let waiting = limits.waiting { origin.waitingMax = waiting == 0 ? 0 : share(waiting) }
        origin.waitTimeoutMilliseconds = limits.wait.milliseconds
        origin.perClientMax = limits.perClient.map(share)
    }

    private static func healthCheck(_ document: GatewayDocument.HealthCheck) -> HealthCheck {
        var check = HealthCheck(path: document.path)
        check.host = document.host
        check.intervalMilliseconds = document.interval.milliseconds
        check.timeoutMilliseconds = document.patience.milliseconds
        check.failuresMax = document.unhealthy
        check.successesMin = document.healthy
        check.status = document.status
        return check
    }
}
