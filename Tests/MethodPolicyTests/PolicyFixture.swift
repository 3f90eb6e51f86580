import MethodPolicy

/// What a decision came to, in a form that tests can compare and print.
enum Outcome: Equatable, CustomStringConvertible {
    case forward(pattern: String?)
    case options(allow: String)
    /// The pattern is nil for a path that is not listed.
    case preflight(pattern: String?)
    case refuse(status: Int, RefusalReason, allow: String?)
    /// Forwarded, although it would be refused.
    case report(RefusalReason, pattern: String?)

    var isRefused: Bool {
        if case .refuse = self { true } else { false }
    }

    var description: String {
        switch self {
        case .forward(let pattern): "forward by \(pattern ?? "no rule")"
        case .options(let allow): "options, Allow \(allow)"
        case .preflight(let pattern): "preflight by \(pattern ?? "no rule")"
        case .refuse(let status, let reason, let allow):
            "\(status) \(reason.rawValue), Allow \(allow ?? "absent")"
        case .report(let reason, let pattern):
            "forward by \(pattern ?? "no rule"), would be \(reason.rawValue)"
        }
    }
}

extension PolicySnapshot {
    func outcome(
        _ method: String,
        _ path: String,
        host: String = "example.com",
        isPreflight: Bool = false,
        claims: [MethodClaim] = [],
        destination: String = "",
        client: Client = Client()
    ) -> Outcome {
        outcome(
            Array(method.utf8),
            Array(path.utf8),
            Array(host.utf8),
            isPreflight: isPreflight,
            claims: claims,
            destination: Array(destination.utf8),
            client: client
        )
    }

    func outcome(
        _ method: [UInt8],
        _ path: [UInt8],
        _ host: [UInt8],
        isPreflight: Bool = false,
        claims: [MethodClaim] = [],
        destination: [UInt8] = [],
        client: Client = Client()
    ) -> Outcome {
        var request = PolicyRequest(
            method: method.span,
            path: path.span,
            destination: destination.span
        )
        request.isPreflight = isPreflight
        request.claims = claims
        request.client = client
        let decision = decide(request, host: host.span)
        switch consume decision {
        case .forward(let permit):
            if let refusal = permit.wouldRefuse {
                return .report(refusal.reason, pattern: permit.rule?.pattern)
            }
            return .forward(pattern: permit.rule?.pattern)
        case .options(let answer):
            return .options(allow: text(answer.allow))
        case .preflight(let answer):
            return .preflight(pattern: answer.rule?.pattern)
        case .refuse(let refusal):
            return .refuse(
                status: refusal.status,
                refusal.reason,
                allow: refusal.allow.map { text($0) }
            )
        }
    }

    /// The upstream that a request is forwarded to, or nil if it is not forwarded.
    func upstream(_ method: String, _ path: String, host: String = "example.com") -> String? {
        let (method, path, host) = (Array(method.utf8), Array(path.utf8), Array(host.utf8))
        let decision = decide(
            method: method.span,
            path: path.span,
            host: host.span,
            isPreflight: false
        )
        guard case .forward(let permit) = consume decision else { return nil }
        return upstreams[permit.upstream]
    }
}

func text(_ octets: [UInt8]) -> String {
    String(decoding: octets, as: UTF8.self)
}

/// The methods that a text names, as a policy file would.
func methods(_ names: String) -> [Method] {
    names.split(separator: " ").compactMap { Method(String($0)) }
}

/// A rule as the short form of a policy file has it, on a line of its own.
func rule(
    _ pattern: String,
    _ allowed: String = "GET",
    line: Int = 10,
    options: OptionsMode = .local,
    cors: CORSSetting = .inherited,
    upstream: String? = nil,
    mode: PolicyMode? = nil,
    override: OverrideMode? = nil,
    only: [ClientRestriction] = []
) -> RuleDefinition {
    RuleDefinition(
        pattern: pattern,
        allow: allowed == "any" ? .any : .methods(allowed == "none" ? [] : methods(allowed)),
        options: options,
        cors: cors,
        upstream: upstream,
        mode: mode,
        override: override,
        only: only,
        location: SourceLocation(file: "demo.yaml", line: line, column: 3)
    )
}

func policy(
    _ rules: [RuleDefinition],
    name: String = "demo",
    hosts: [String] = [],
    upstream: String? = "http://127.0.0.1:9000",
    unlisted: Unlisted = .refuse,
    extensions: String = "",
    cors: CORSDefinition? = nil,
    caseInsensitive: Bool = false,
    ignoresTrailingSlash: Bool = false,
    mode: PolicyMode = .enforce,
    override: OverrideMode = .judge
) -> PolicyDefinition {
    let file = "\(name).yaml"
    return PolicyDefinition(
        name: name,
        file: file,
        hosts: hosts.enumerated().map { place, host in
            HostDefinition(host, location: SourceLocation(file: file, line: 2, column: place + 1))
        },
        upstream: upstream,
        unlisted: unlisted,
        extensionMethods: methods(extensions),
        cors: cors,
        caseInsensitive: caseInsensitive,
        ignoresTrailingSlash: ignoresTrailingSlash,
        mode: mode,
        override: OverrideDefinition(
            mode: override,
            location: SourceLocation(file: file, line: 5, column: 3)
        ),
        rules: rules
    )
}

/// Methods for the clients of some networks, or with certificates of some names, alone.
func only(_ names: String, _ clients: String..., line: Int = 11) -> ClientRestriction {
    ClientRestriction(
        methods: names == "any" ? .any : .methods(methods(names)),
        networks: clients.compactMap { NetworkPrefix($0) },
        certificates: clients.compactMap { CertificateName($0) },
        location: SourceLocation(file: "demo.yaml", line: line, column: 7)
    )
}

/// A client at an address, with a certificate perhaps.
func client(_ address: String?, subject: String? = nil, names: [CertificateName] = []) -> Client {
    Client(
        address: address.flatMap { NetworkAddress($0) },
        certificate: subject.map { ClientCertificate(subject: $0, alternativeNames: names) }
    )
}

func claim(_ method: String, _ carrier: MethodClaim.Carrier = .field) -> MethodClaim {
    MethodClaim(carrier: carrier, name: "x-http-method-override", method: Array(method.utf8))
}

func cors(
    _ origins: [String],
    headers: [String] = [],
    expose: [String] = [],
    credentials: Bool = false,
    maxAgeSeconds: Int = 600
) -> CORSDefinition {
    CORSDefinition(
        origins: origins,
        headers: headers,
        expose: expose,
        credentials: credentials,
        maxAgeSeconds: maxAgeSeconds,
        location: SourceLocation(file: "demo.yaml", line: 4, column: 3)
    )
}

func snapshot(_ definitions: [PolicyDefinition]) throws -> PolicySnapshot {
    try PolicySnapshot.compile(definitions, version: "test", defaultUpstream: nil).get()
}

func snapshot(_ definition: PolicyDefinition) throws -> PolicySnapshot {
    try snapshot([definition])
}

/// The faults of policies that must not compile; empty if they do.
func faults(_ definitions: [PolicyDefinition]) -> [PolicyFault] {
    switch PolicySnapshot.compile(definitions, version: "test", defaultUpstream: nil) {
    case .success: []
    case .failure(let faults): faults.faults
    }
}
