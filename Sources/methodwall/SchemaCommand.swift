import ArgumentParser
import Glibc
import PolicyFile

/// `methodwall schema`: the JSON Schema of a policy file, for editors.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of policy files.",
        discussion: """
            Editors that know the YAML language server use it when a policy starts with this line:
            # yaml-language-server: $schema=methodwall.schema.json
            """
    )

    @Flag(help: "Print the schema of methodwall.yaml instead.")
    var configuration = false

    func run() {
        let schema = configuration ? PolicySchema.configurationJSON() : PolicySchema.json()
        Terminal.write(schema, to: STDOUT_FILENO)
    }
}
