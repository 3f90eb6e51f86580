import ArgumentParser
import Glibc
import HTTPMessage
import MethodPolicy
import PolicyFile

/// `methodwall explain`: what the policies make of one request, and why.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tell what becomes of a request, and why.",
        discussion: """
            Exits with 0 if the request passes or is answered, with 1 if it is refused or the \
            policies have mistakes, with 2 if something cannot be read. For a browser's preflight:
            methodwall explain OPTIONS /users/7 --origin https://app.example.com --asking PUT
            """
    )

    @Argument(help: "The method, exactly as a client would send it.")
    var method: String

    @Argument(help: "The path, with or without a query, or * for OPTIONS *.")
    var path: String

    @Option(help: "The host that the client names.")
    var host: String?

    @Option(help: "The origin of the web page that sends the request.")
    var origin: String?

    @Option(
        help: ArgumentHelp("The method a preflight asks for; needs --origin.", valueName: "method")
    )
    var asking: String?

    @Option(
        help: ArgumentHelp(
            "The request fields a preflight asks for, with commas.",
            valueName: "fields"
        )
    )
    var askingFields: String?

    @Option(help: "The folder of the policy files, or one file. By default policies.")
    var policies: String?

    @Option(help: "The configuration file, which says where the policies are.")
    var config: String?

    @Flag(help: "Report as JSON.")
    var json = false

    @Flag(help: "Accept policy files that other users may write to.")
    var insecurePolicyPermissions = false

    func validate() throws {
        guard Method(method) != nil else {
            throw ValidationError("\(method) cannot be a method.")
        }
        guard path.hasPrefix("/") || path == "*" && method == "OPTIONS" else {
            throw ValidationError("The path starts with /, or is * for OPTIONS.")
        }
        if asking != nil, method != "OPTIONS" || origin == nil {
            throw ValidationError("--asking is for OPTIONS with --origin.")
        }
        if askingFields != nil, asking == nil {
            throw ValidationError("--asking-fields is for --asking.")
        }
    }

    func run() throws {
        let source = PolicySource(config: config, insecurePermissions: insecurePolicyPermissions)
        guard source.isValid else {
            let report = source.diagnostics.map { $0.rendered() }.joined(separator: "\n")
            throw CommandFailure(code: source.isUnreadable ? 2 : 1, message: report)
        }
        let load = source.loader(policies.map { [$0] } ?? []).load()
        guard let snapshot = load.snapshot else {
            throw CommandFailure(code: load.isUnreadable ? 2 : 1, message: load.report())
        }
        let request = ExplainedRequest(
            method: method,
            path: path,
            host: host ?? "",
            origin: origin,
            asking: asking,
            askingFields: askingFields
        )
        let explanation = Explanation(of: request, by: snapshot)
        Terminal.write(json ? explanation.json() : explanation.text(), to: STDOUT_FILENO)
        if explanation.isRefused { throw CommandFailure(code: 1, message: "") }
    }
}

/// The request that is asked about.
struct ExplainedRequest {
    var method: String
    var path: String
    var host: String
    var origin: String?
    /// `Access-Control-Request-Method`, which makes OPTIONS a preflight.
    var asking: String?
    /// `Access-Control-Request-Headers`.
    var askingFields: String?

    /// The head of the request as a client would send it.
    ///
    /// Without a host it is of HTTP/1.0, where that may be.
    var head: [UInt8] {
        var lines = ["\(method) \(path) HTTP/1.\(host.isEmpty ? 0 : 1)"]
        if !host.isEmpty { lines.append("Host: \(host)") }
        if let origin { lines.append("Origin: \(origin)") }
        if let asking { lines.append("Access-Control-Request-Method: \(asking)") }
        if let askingFields { lines.append("Access-Control-Request-Headers: \(askingFields)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }

    /// The path without its query.
    var pathWithoutQuery: String {
        path.firstIndex(of: "?").map { String(path[..<$0]) } ?? path
    }
}
