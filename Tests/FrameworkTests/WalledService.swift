import Foundation
import Synchronization
import TestKit
import Testing

/// A service, and a `methodwall run` before it with a policy.
final class WalledService: Sendable {
    let service: FrameworkService
    /// The port of the gateway.
    let port: Int
    private let gateway: ChildProcess
    private let folder: TemporaryFolder

    /// Starts the gateway before a service that runs.
    ///
    /// - Parameters:
    ///   - service: the origin server.
    ///   - policy: the text of the one policy file.
    /// - Throws: an error if it does not listen in time.
    init(_ service: FrameworkService, policy: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(policy, to: "policies/framework.yaml")
        let upstream = "http://127.0.0.1:\(service.port)"
        let gateway = try ChildProcess(
            try Programs.methodwall(),
            [
                "run", "--listen", "127.0.0.1:0", "--workers", "1", "--upstream", upstream,
                "--policies", folder.path("policies"),
            ]
        )
        let line = try gateway.waitForLine(.standardError, containing: "listening on 127.0.0.1:")
        let digits = line.components(separatedBy: "127.0.0.1:").last?.prefix { $0.isNumber }
        port = try #require(digits.flatMap { Int($0) }, "no port in: \(line)")
        self.service = service
        self.gateway = gateway
        self.folder = folder
    }

    /// Sends one request through the gateway on a connection of its own and reads the response.
    func exchange(_ request: String) throws -> RawResponse {
        try RawClient(port: port).exchange(request, within: .seconds(30))
    }

    /// Whether the service does not do `effect`, not even late.
    func neverDoes(_ effect: String, for limit: Duration = .milliseconds(250)) -> Bool {
        always(for: limit, every: .milliseconds(25)) { !service.hasDone(effect) }
    }
}

extension WalledService {
    /// The policy before every framework that takes a method from fields, query or forms.
    static let policy = """
        methodwall: 1
        policy: framework
        paths:
          /users/{id:int}: GET POST PUT
          /public/**: GET POST PUT DELETE
          /admin/**: GET
        """

    /// The policy before mod_dav.
    static let davPolicy = """
        methodwall: 1
        policy: dav
        paths:
          /public/**: GET PUT DELETE COPY MOVE MKCOL PROPFIND
          /secret/**: GET PROPFIND
        """

    /// One service and gateway that the cases of all tables share.
    ///
    /// They end with the test process.
    static func shared(_ framework: Framework) throws -> WalledService {
        switch framework {
        case .phpModule: try phpModule.get()
        case .phpServer: try phpServer.get()
        case .rack: try rack.get()
        case .wsgi: try wsgi.get()
        case .tomcat: try tomcat.get()
        case .dav: try dav.get()
        }
    }

    private static let phpModule = start(.phpModule)
    private static let phpServer = start(.phpServer)
    private static let rack = start(.rack)
    private static let wsgi = start(.wsgi)
    private static let tomcat = start(.tomcat)
    private static let dav = start(.dav, policy: davPolicy)

    private static func start(
        _ framework: Framework,
        policy: String = policy
    ) -> Result<WalledService, any Error> {
        Result { try WalledService(try FrameworkService(framework), policy: policy) }
    }
}

/// A number that no other request of this run has, so that each request's effect is its own.
func nextNumber() -> Int { lastNumber.add(1, ordering: .relaxed).newValue }

private let lastNumber = Atomic(1000)
