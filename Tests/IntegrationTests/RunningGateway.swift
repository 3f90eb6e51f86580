import Foundation
import TestKit
import Testing

/// A `methodwall run` that a test started, with the folder that holds its policies.
final class RunningGateway: Sendable {
    let process: ChildProcess
    let folder: TemporaryFolder
    let port: Int
    /// The origin lives as long as the gateway before it.
    private let origin: RawOrigin?

    /// Starts the gateway and waits until it accepts connections.
    ///
    /// - Parameters:
    ///   - policy: the text of the one policy file.
    ///   - upstream: the origin's URL.
    ///   - arguments: flags on top of the usual ones.
    ///   - folder: where the policies go, in its subfolder `policies`.
    ///   - origin: an origin that lives as long as the gateway.
    /// - Throws: an error if it does not listen in time.
    init(
        policy: String = Policies.shop,
        upstream: String,
        arguments: [String] = [],
        folder: TemporaryFolder? = nil,
        keeping origin: RawOrigin? = nil
    ) throws {
        self.origin = origin
        let folder = try folder ?? TemporaryFolder()
        try folder.write(policy, to: "policies/shop.yaml")
        let usual = [
            "run", "--listen", "127.0.0.1:0", "--upstream", upstream, "--policies",
            folder.path("policies"),
        ]
        self.folder = folder
        process = try ChildProcess(try Programs.methodwall(), usual + arguments)
        port = try Self.port(of: process)
    }

    /// Starts the gateway with a configuration file.
    ///
    /// - Parameters:
    ///   - configuration: the text of `methodwall.yaml`, which names `policies/`.
    ///   - policy: the text of the one policy file.
    ///   - commands: what sh(1) does first in the process that becomes the gateway.
    ///   - environment: variables on top of this process's own.
    ///   - origin: an origin that lives as long as the gateway.
    /// - Throws: an error if it does not listen in time.
    init(
        configuration: String,
        policy: String = Policies.shop,
        after commands: String? = nil,
        environment: [String: String] = [:],
        keeping origin: RawOrigin? = nil
    ) throws {
        self.origin = origin
        folder = try TemporaryFolder()
        try folder.write(policy, to: "policies/shop.yaml")
        let file = try folder.write(configuration, to: "methodwall.yaml")
        let program = try Programs.methodwall()
        let arguments = ["run", "--config", file]
        if let commands {
            let script = commands + " && exec \"$0\" \"$@\""
            process = try ChildProcess(
                "/bin/sh",
                ["-c", script, program] + arguments,
                environment: environment,
                folder: folder.path
            )
        } else {
            process = try ChildProcess(
                program,
                arguments,
                environment: environment,
                folder: folder.path
            )
        }
        port = try Self.port(of: process)
    }

    static func port(of process: ChildProcess) throws -> Int {
        let line = try process.waitForLine(.standardError, containing: "listening on 127.0.0.1:")
        let digits = line.components(separatedBy: "127.0.0.1:").last?.prefix { $0.isNumber }
        return try #require(digits.flatMap { Int($0) }, "no port in: \(line)")
    }

    /// Waits for the admin listener, which has a port of the kernel's on 127.0.0.1.
    func adminPort() throws -> Int {
        let line = try process.waitForLine(
            .standardError,
            containing: "admin listening on 127.0.0.1:"
        )
        return try #require(line.split(separator: ":").last.flatMap { Int($0) })
    }

    /// A new connection to the gateway.
    func connect(receiveBufferBytes: Int32? = nil) throws -> RawClient {
        try RawClient(port: port, receiveBufferBytes: receiveBufferBytes)
    }

    /// Sends one request on a connection of its own and reads the response.
    func exchange(_ request: String, within limit: Duration = .seconds(10)) throws -> RawResponse {
        try connect().exchange(request, within: limit)
    }

    /// The lines of the log of refused attempts so far.
    ///
    /// A line that is not JSON is a failure.
    func logEntries(sourceLocation: SourceLocation = #_sourceLocation) -> [LogEntry] {
        LogEntry.entries(process.text(.standardOutput), sourceLocation: sourceLocation)
    }

    /// Waits for a log line for which `isMeant` holds.
    func waitForLogEntry(
        within limit: Duration = .seconds(10),
        sourceLocation: SourceLocation = #_sourceLocation,
        _ isMeant: (LogEntry) -> Bool
    ) throws -> LogEntry {
        var found: LogEntry?
        _ = eventually(within: limit) {
            found = logEntries(sourceLocation: sourceLocation).first(where: isMeant)
            return found != nil
        }
        return try #require(
            found,
            "no such line in: \(process.text(.standardOutput).suffix(4000))",
            sourceLocation: sourceLocation
        )
    }
}

/// One line of the log of refused attempts.
struct LogEntry {
    let line: String
    let keys: [String: Any]

    subscript(_ key: String) -> String? { keys[key].map { "\($0)" } }
    var method: String? { self["http.request.method"] }
    var path: String? { self["url.path"] }
    var status: Int? { keys["http.response.status_code"] as? Int }
    var reason: String? { self["methodwall.reason"] }
    var detail: String? { self["methodwall.detail"] }
    /// How many attempts the line stands for: itself and the identical ones folded into it.
    var attempts: Int {
        if keys["methodwall.event"] != nil { return 0 }
        return 1 + (keys["methodwall.repeated"] as? Int ?? 0)
    }

    static func entries(_ text: String, sourceLocation: SourceLocation) -> [LogEntry] {
        // Lines end with a line feed alone; the last one may still be on its way.
        text.utf8.split(separator: 10, omittingEmptySubsequences: false).dropLast().compactMap {
            let line = String(decoding: Array($0), as: UTF8.self)
            guard
                let keys = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                    as? [String: Any]
            else {
                Issue.record("not a JSON object: \(line)", sourceLocation: sourceLocation)
                return nil
            }
            return LogEntry(line: line, keys: keys)
        }
    }
}

/// Policy texts that many tests share.
enum Policies {
    static let shop = """
        methodwall: 1
        policy: shop
        methods: [PURGE, BAKE]
        paths:
          /status: GET
          /users: GET POST
          /users/{id:int}: GET PUT PATCH DELETE
          /assets/**: GET
          /upload: PUT POST
          /anything: any
          /cache/{key}: PURGE
          /nothing: none
          /reports/{name}:
            allow: GET
            reason: "old reports are read only"
          /dav/**:
            allow: GET PUT DELETE PROPFIND MKCOL
            options: forward
        """

    static let allOpen = """
        methodwall: 1
        paths:
          /**: any
        """

    static let cors = """
        methodwall: 1
        policy: api
        cors:
          origins: ["https://app.example.com", "https://*.example.org"]
          headers: [Content-Type, Authorization]
          expose: [X-Total-Count]
          credentials: true
          max_age: 10m
        paths:
          /users: GET POST
          /users/{id:int}: GET PUT DELETE
          /plain:
            allow: GET PUT
            cors: off
          /public:
            allow: GET
            cors:
              origins: "*"
        """
}

/// A gateway with a raw origin behind it.
struct Fixture: Sendable {
    let origin: RawOrigin
    let gateway: RunningGateway

    /// - Parameters:
    ///   - policy: the text of the policy file.
    ///   - arguments: flags for `methodwall run`.
    ///   - script: what the origin does with each connection; nil lets the test play the origin.
    /// - Throws: an error if either does not listen in time.
    init(
        policy: String = Policies.shop,
        arguments: [String] = ["--workers", "1"],
        script: (@Sendable (OriginConnection) throws -> Void)? = nil
    ) throws {
        origin = try RawOrigin(script: script)
        gateway = try RunningGateway(
            policy: policy,
            upstream: "http://127.0.0.1:\(origin.port)",
            arguments: arguments,
            keeping: origin
        )
    }

    /// A fixture whose origin answers every request with its method and target.
    static func echoing(
        policy: String = Policies.shop,
        arguments: [String] = ["--workers", "1"]
    ) throws -> Fixture {
        try Fixture(policy: policy, arguments: arguments) { connection in
            while let request = try connection.readRequest() {
                let text = "origin saw \(request.method) \(request.target)"
                let length = "Content-Length: \(text.utf8.count)\r\n"
                let body = request.method == "HEAD" ? "" : text
                try connection.send("HTTP/1.1 200 OK\r\nX-Origin: raw\r\n\(length)\r\n\(body)")
            }
        }
    }
}

/// The text of one request.
///
/// `Host` comes first unless `fields` has one.
func request(
    _ method: String,
    _ target: String,
    _ fields: [String] = [],
    body: String? = nil,
    host: String? = "shop.test"
) -> String {
    var lines = ["\(method) \(target) HTTP/1.1"]
    if let host { lines.append("Host: \(host)") }
    lines += fields
    if let body { lines.append("Content-Length: \(body.utf8.count)") }
    return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
}

/// The members of a JSON object in a response's content.
func problem(
    _ response: RawResponse,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> [String: Any] {
    let object = try? JSONSerialization.jsonObject(with: Data(response.body))
    return try #require(
        object as? [String: Any],
        "no JSON object: \(response.text)",
        sourceLocation: sourceLocation
    )
}

/// One fixture that the cases of a table share.
///
/// It ends with the test process.
final class SharedFixture: Sendable {
    private let fixture: Result<Fixture, any Error>

    init(_ make: () throws -> Fixture) {
        fixture = Result { try make() }
    }

    func get() throws -> Fixture { try fixture.get() }
}
