import ArgumentParser
import Glibc
import MethodPolicy
import PolicyFile

/// `methodwall diff`: what a change of policies lets through, refuses or treats in another way.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Tell which methods and paths become allowed, refused or reported.",
        discussion: """
            Lines that begin with + let something through that was refused, with - refuse \
            something that was let through, with ~ change something else. Exits with 0, with 1 if \
            policies have mistakes or, with --fail-on-widening, something is let through that was \
            refused, with 2 if something cannot be read.
            """
    )

    @Argument(help: "The policies before: a folder or a file.", completion: .file())
    var old: String

    @Argument(help: "The policies after: a folder or a file.", completion: .file())
    var new: String

    @Flag(help: "Report as JSON.")
    var json = false

    @Flag(help: "Exit with 1 if something is let through that was refused.")
    var failOnWidening = false

    @Flag(help: "Accept policy files that other users may write to.")
    var insecurePolicyPermissions = false

    func run() throws {
        let source = PolicySource(config: nil, insecurePermissions: insecurePolicyPermissions)
        let loads = [old, new].map { source.loader([$0]).load() }
        guard let before = loads[0].snapshot, let after = loads[1].snapshot else {
            let report = loads.filter { !$0.isValid }.map { $0.report() }.joined(separator: "\n")
            throw CommandFailure(
                code: loads.contains(where: \.isUnreadable) ? 2 : 1,
                message: report
            )
        }
        let comparison = PolicyComparison(old: before, new: after)
        Terminal.write(
            json ? Self.report(comparison) : Self.text(comparison),
            to: STDOUT_FILENO
        )
        guard comparison.isComplete else {
            throw CommandFailure.invalid(
                "methodwall: the policies tell too many paths apart to be compared as a whole"
            )
        }
        if failOnWidening, comparison.isWidening { throw CommandFailure.invalid("") }
    }

    private static func text(_ comparison: PolicyComparison) -> String {
        guard !comparison.differences.isEmpty else {
            return comparison.isComplete ? "no difference" : "no difference found so far"
        }
        return comparison.differences.map(\.description).joined(separator: "\n")
    }

    private static func report(_ comparison: PolicyComparison) -> String {
        JSONValue.object([
            ("complete", .boolean(comparison.isComplete)),
            ("widening", .boolean(comparison.isWidening)),
            ("differences", .array(comparison.differences.map { json($0) })),
        ]).text(indented: true)
    }

    private static func json(_ difference: PolicyDifference) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("kind", .string(difference.kind.rawValue)),
            ("hosts", .array(difference.hosts.map(JSONValue.string))),
            ("methods", .array(difference.methods.map(JSONValue.string))),
            ("paths", .string(difference.paths)),
        ]
        if let subject = difference.subject { members.append(("subject", .string(subject))) }
        members.append(("old", .string(difference.old)))
        members.append(("new", .string(difference.new)))
        let places = [("old_rule", difference.oldLocation), ("new_rule", difference.newLocation)]
        for case (let key, let place?) in places {
            members.append((key, .string("\(place.file):\(place.line)")))
        }
        if let example = difference.example { members.append(("example", .string(example))) }
        return .object(members)
    }
}
