import TestKit
import Testing

/// A running gateway with an admin listener, whose metrics a test reads.
struct MeteredGateway {
    let gateway: RunningGateway
    let admin: Int

    /// - Parameters:
    ///   - origin: the one server of the upstream `app`, kept as long as the gateway.
    ///   - listen: the value of `listen`.
    ///   - upstream: the value of `app`; the origin's URL alone if nil.
    ///   - more: more keys of the configuration.
    ///   - policy: the text of the policy file.
    /// - Throws: an error if the gateway does not listen in time.
    init(
        _ origin: RawOrigin,
        listen: String = "127.0.0.1:0",
        upstream: String? = nil,
        more: String = "",
        policy: String = Policies.allOpen
    ) throws {
        let app = upstream ?? "\"http://127.0.0.1:\(origin.port)\""
        gateway = try RunningGateway(
            configuration: """
                listen: \(listen)
                admin: 127.0.0.1:0
                workers: 1
                upstreams: { app: \(app) }
                \(more)
                """,
            policy: policy,
            keeping: origin
        )
        admin = try gateway.adminPort()
    }

    /// The answer of the admin listener.
    func ask(_ method: String, _ path: String) throws -> RawResponse {
        try RawClient(port: admin).exchange(request(method, path, host: "localhost"))
    }

    /// The lines of `/metrics` that are no comments.
    func samples() throws -> [String] {
        let text = try ask("GET", "/metrics").text
        return text.split(separator: "\n").map { String($0) }.filter { !$0.hasPrefix("#") }
    }

    /// The value of a metric that has no labels.
    func value(_ name: String) throws -> Double {
        let sample = try samples().first { $0.hasPrefix("\(name) ") }
        let number = sample.flatMap { Double($0.dropFirst(name.count + 1)) }
        return try #require(number, "\(name): \(sample ?? "no sample")")
    }

    /// Waits until the metrics that are named in these lines have these samples and no others.
    ///
    /// The gateway learns of what clients and origins do a moment later.
    func expectSamples(
        _ lines: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let wanted = lines.split(separator: "\n").map { String($0) }.sorted()
        let names = Set(wanted.map { Self.name(of: $0) })
        var found: [String] = []
        _ = try eventually(every: .milliseconds(20)) {
            found = try samples().filter { names.contains(Self.name(of: $0)) }.sorted()
            return found == wanted
        }
        #expect(found == wanted, sourceLocation: sourceLocation)
    }

    private static func name(of sample: String) -> String {
        String(sample.prefix { $0 != "{" && $0 != " " })
    }
}
