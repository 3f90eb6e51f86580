import Foundation
import TestKit
import Testing

/// An origin that speaks HTTP/2 only as its script says, and a gateway before it.
final class HTTP2Fixture: Sendable {
    let origin: RawOrigin
    let gateway: RunningGateway
    /// Its files are needed as long as connections are made.
    private let authority: TestAuthority?
    private let relay: TLSRelay?

    /// - Parameters:
    ///   - isSecure: whether there is TLS between them: libcurl before 8.0 uses a connection
    ///     without it once only.
    ///   - keys: more keys of the upstream, indented by four.
    ///   - settings: the payload of the origin's SETTINGS.
    ///   - environment: variables of the gateway on top of this process's own.
    ///   - script: what each connection does, once its preface is read.
    /// - Throws: an error if anything of it does not start.
    init(
        isSecure: Bool = false,
        keys: String = "",
        settings: [UInt8] = [],
        environment: [String: String] = [:],
        _ script: @escaping @Sendable (HTTP2RawServer) throws -> Void
    ) throws {
        origin = try RawOrigin { connection in
            try script(try HTTP2RawServer(connection, settings: settings))
        }
        guard isSecure else {
            authority = nil
            relay = nil
            gateway = try Self.gateway(
                "http://127.0.0.1:\(origin.port)",
                keys: keys,
                environment: environment
            )
            return
        }
        let authority = try TestAuthority()
        let relay = try TLSRelay(try authority.issue("origin", ["IP:127.0.0.1"]), to: origin.port)
        self.authority = authority
        self.relay = relay
        let trust = "    tls: { ca: \(authority.certificate) }\n"
        gateway = try Self.gateway(
            "https://127.0.0.1:\(relay.port)",
            keys: trust + keys,
            environment: environment
        )
    }

    static func gateway(
        _ url: String,
        keys: String = "",
        environment: [String: String] = [:]
    ) throws -> RunningGateway {
        try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams:
                  app:
                    url: \(url)
                    http2: true
                \(keys)
                policies: policies/
                log: { refusals: stdout }
                workers: 1
                """,
            policy: """
                methodwall: 1
                upstream: app
                paths:
                  /live: { allow: GET, upgrade: websocket }
                  /**: any
                """,
            environment: environment
        )
    }

    /// Answers every request with these fields and this content.
    static func answering(
        _ fields: [(String, String)],
        _ content: String = "",
        isSecure: Bool = false,
        environment: [String: String] = [:]
    ) throws -> HTTP2Fixture {
        try HTTP2Fixture(isSecure: isSecure, environment: environment) { server in
            while let head = try server.readHead() {
                try server.respond(head.stream, fields, endsStream: content.isEmpty)
                if !content.isEmpty { try server.content(head.stream, content) }
            }
        }
    }

    func exchange(_ text: String) throws -> RawResponse { try gateway.exchange(text) }
}

/// A gateway that speaks HTTP/2 to another one, which speaks HTTP/1.1 to an origin: what goes in
/// and what comes out can be read, and all between is HTTP/2.
final class HTTP2Chain: Sendable {
    let origin: RawOrigin
    let inner: RunningGateway
    let outer: RunningGateway

    /// - Parameters:
    ///   - keys: more keys of the outer one's upstream, indented by four.
    ///   - tls: the inner one's certificate, and whom the outer one trusts; without TLS if absent.
    ///   - script: what each connection of the origin does.
    /// - Throws: an error if anything of it does not start.
    init(
        keys: String = "",
        tls: (identity: TestAuthority.Identity, authority: String)? = nil,
        _ script: @escaping @Sendable (OriginConnection) throws -> Void
    ) throws {
        origin = try RawOrigin(script: script)
        let proof = tls.map {
            "tls: { certificate: \($0.identity.certificate), key: \($0.identity.key) }"
        }
        inner = try RunningGateway(
            configuration: """
                listen:
                  - address: 127.0.0.1:0
                    \(proof ?? "http2: true")
                upstreams: { app: "http://127.0.0.1:\(origin.port)" }
                policies: policies/
                workers: 1
                """,
            policy: """
                methodwall: 1
                paths:
                  /live: { allow: GET, upgrade: websocket }
                  /**: any
                """
        )
        let scheme = tls == nil ? "http" : "https"
        let trust = tls.map { "    tls: { ca: \($0.authority) }\n" } ?? ""
        outer = try HTTP2Fixture.gateway(
            "\(scheme)://127.0.0.1:\(inner.port)",
            keys: trust + keys
        )
    }
}
