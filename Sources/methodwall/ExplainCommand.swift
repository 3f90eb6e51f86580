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
            policies have mistakes, with 2 if something cannot be read. What is only reported \
            passes.
            For a browser's preflight:
            methodwall explain OPTIONS /users/7 --origin https://app.example.com --asking PUT
            For a method that a field claims:
            methodwall explain POST /users/7 --field "X-HTTP-Method-Override: DELETE"
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

    @Option(help: "The address of the client, for rules with `only`.")
    var client: String?

    @Option(
        help: ArgumentHelp(
            "A further field of the request, as in \"Destination: /b\"; repeat it for several.",
            valueName: "field"
        )
    )
    var field: [String] = []

    @Option(
        help: "The folder of the policy files, or one file. By default policies.",
        completion: .file()
    )
    var policies: String?

    @Option(
        help: "The configuration file, which says where the policies are.",
        completion: .file()
    )
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
        if let client, NetworkAddress(client) == nil {
            throw ValidationError("\(client) is not an address.")
        }
        for line in field where ExplainedRequest.field(of: line) == nil {
            throw ValidationError("\(line) is not a field: write \"Name: value\".")
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
            askingFields: askingFields,
            client: client.flatMap { NetworkAddress($0) },
            fields: field.compactMap { ExplainedRequest.field(of: $0) }
        )
        let explanation = Explanation(of: request, by: snapshot)
        Terminal.write(json ? explanation.json() : explanation.text(), to: STDOUT_FILENO)
        if explanation.isRefused { throw CommandFailure(code: 1, message: "") }
    }
}
