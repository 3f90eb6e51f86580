import Admin
import Curl
import Gateway
import HTTPMessage
import PolicyFile

/// What `run` runs with, from the configuration file and the flags.
struct RunSettings {
    var gateway = GatewayConfiguration()
    var loader: PolicyLoader
    var drainMilliseconds: Int64 = 30_000
    var drainTunnelsMilliseconds: Int64?
    var admin: AdminConfiguration?

    /// The name under which the upstream of `--upstream` is known.
    private static let flagUpstream = "default"

    init(_ command: RunCommand) throws {
        let document = try Self.document(
            command.config,
            insecurePermissions: command.insecurePolicyPermissions
        )
        gateway.workers = command.workers ?? document.workers ?? GatewayConfiguration.coreCount
        try Self.apply(document, to: &gateway)
        var defaultUpstream = document.defaultUpstream
        if let upstream = command.upstream {
            gateway.origins[Self.flagUpstream] = OriginConfiguration(
                url: try Self.url(upstream, option: "--upstream")
            )
            defaultUpstream = Self.flagUpstream
        }
        for address in command.listen {
            if let fault = ListenAddress.fault(in: address) {
                throw CommandFailure.unusable("--listen \(address): \(fault)")
            }
        }
        if !command.listen.isEmpty {
            gateway.listen = command.listen.compactMap { ListenAddress($0) }
                .map { ListenerConfiguration(Self.address($0)) }
        }
        if let log = command.log {
            gateway.log.destination = log == "-" ? .standardOutput : .file(log)
        }
        drainMilliseconds = document.drain.milliseconds
        drainTunnelsMilliseconds = document.drainTunnels?.milliseconds
        admin = try Self.admin(document.admin, command.admin)
        var options = LoadOptions(
            defaultUpstream: defaultUpstream,
            upstreamNames: gateway.origins.keys.sorted(),
            insecurePermissions: command.insecurePolicyPermissions
        )
        options.hasClientCertificates = document.asksForClientCertificates
        loader = PolicyLoader(path: command.policies ?? document.policies, options: options)
    }

    private static func document(
        _ path: String?,
        insecurePermissions: Bool
    ) throws -> GatewayDocument {
        guard let path else { return GatewayDocument() }
        let load = GatewayDocument.read(path: path, insecurePermissions: insecurePermissions)
        if let document = load.document { return document }
        let report = load.diagnostics.map { $0.rendered() }.joined(separator: "\n")
        throw CommandFailure(code: load.isUnreadable ? 2 : 1, message: report)
    }

    private static func apply(
        _ document: GatewayDocument,
        to gateway: inout GatewayConfiguration
    ) throws {
        gateway.listen = document.listen.map(listener)
        gateway.preservesHost = document.preservesHost
        gateway.trustedProxies = document.trustedProxies
        gateway.identityFieldsToStrip = document.identityFieldsToStrip
        for name in document.identityFieldsToKeep
        where !GatewayConfiguration.isIdentityField(name) {
            throw CommandFailure.unusable(
                "identity_fields: keep: \(name) is no field that is stripped; remove it"
            )
        }
        gateway.identityFieldsToKeep = document.identityFieldsToKeep
        for upstream in document.upstreams {
            gateway.origins[upstream.name] = try origin(upstream, workers: gateway.workers)
        }
        gateway.log.includesQuery = document.log.includesQuery
        gateway.log.waitsOnOverflow = document.log.overflow == .wait
        gateway.log.destination = destination(document.log.refusals)
        gateway.accessLog = document.log.access.map { place in
            var log = AccessLogConfiguration(to: destination(place))
            log.format = document.log.accessFormat == .json ? .json : .combined
            return log
        }
        gateway.trace = document.trace == .pass ? .pass : .make
        apply(document.limits, to: &gateway.limits)
    }

    private static func destination(
        _ place: GatewayDocument.Log.Destination
    ) -> RefusalLogConfiguration.Destination {
        switch place {
        case .standardOutput: .standardOutput
        case .file(let path): .file(path)
        }
    }

    private static func address(_ address: ListenAddress) -> ListenerConfiguration.Address {
        switch address {
        case .tcp(let host, let port): .tcp(host: host, port: port)
        case .unix(let path): .unix(path: path)
        case .systemd(let name): .systemd(name: name)
        }
    }

    private static func admin(
        _ block: GatewayDocument.Admin?,
        _ flag: String?
    ) throws -> AdminConfiguration? {
        var address = block?.address
        if let flag {
            if let fault = ListenAddress.fault(in: flag) {
                throw CommandFailure.unusable("--admin \(flag): \(fault)")
            }
            address = ListenAddress(flag)
        }
        switch address {
        case .tcp(let host, let port):
            return AdminConfiguration(
                address: .tcp(host: host, port: port),
                hosts: block?.hosts ?? []
            )
        case .unix(let path):
            return AdminConfiguration(address: .unix(path: path), hosts: block?.hosts ?? [])
        case .systemd:
            throw CommandFailure.unusable("--admin takes ADDRESS:PORT or unix:/PATH")
        case nil: return nil
        }
    }

    private static func listener(_ entry: GatewayDocument.Listener) -> ListenerConfiguration {
        var listener = ListenerConfiguration(address(entry.address))
        listener.tls = entry.tls.map(tls)
        listener.http2 = entry.speaksHTTP2
        listener.expectsProxyHeader = entry.expectsProxyHeader
        listener.redirectPort = entry.redirectPort
        return listener
    }

    private static func tls(_ block: GatewayDocument.TLS) -> TLSListenerConfiguration {
        var tls = TLSListenerConfiguration(
            identities: block.identities.map {
                .init(certificateFile: $0.certificateFile, keyFile: $0.keyFile)
            }
        )
        tls.clientAuthorityFile = block.clientAuthorityFile
        tls.clientCertificates = block.clientCertificates == .required ? .required : .optional
        tls.minimumVersion = block.minimumVersion == .tls12 ? .tls12 : .tls13
        return tls
    }

    private static func apply(_ document: GatewayDocument.Limits, to limits: inout GatewayLimits) {
        limits.message.headBytesMax = document.headBytesMax
        limits.message.targetBytesMax = document.targetBytesMax
        limits.message.fieldCountMax = document.fieldCountMax
        limits.contentBytesMax = document.bodyBytesMax.map { UInt64(clamping: $0) }
        limits.headTimeoutMilliseconds = document.headTimeout.milliseconds
        limits.idleTimeoutMilliseconds = document.idleTimeout.milliseconds
        limits.bodyTimeoutMilliseconds = document.bodyTimeout.milliseconds
        limits.tunnelIdleTimeoutMilliseconds = document.tunnelIdleTimeout.milliseconds
        limits.connectionsMax = document.connectionsMax
        limits.connectionsPerClientMax = document.connectionsPerClientMax
    }
}

extension Duration {
    /// Whole milliseconds, at most what an `Int64` holds of them.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow ? Int64.max / 4 : product + attoseconds / 1_000_000_000_000_000
    }
}
