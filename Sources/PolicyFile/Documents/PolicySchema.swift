/// The JSON Schemas (draft 2020-12) of the files, for editors that complete and check them.
///
/// They are generated from the tables that the files are read with, so they cannot know a key that
/// the reader does not, or miss one. What a schema cannot say (whether two rules overlap, whether a
/// method is known) `methodwall check` does.
public enum PolicySchema {
    /// The schema of a policy file.
    public static func json() -> String {
        document(
            title: "A methodwall policy",
            root: PolicyKeys.file.shape,
            definitions: [
                (
                    "rule",
                    .any([.named("methods"), PolicyKeys.rule.shape]),
                    "Methods, or a mapping that has them under `allow`."
                ),
                (
                    "methods",
                    .any([
                        .text(pattern: MethodSyntax.listPattern),
                        .list(of: .text(pattern: MethodSyntax.pattern)),
                    ]),
                    "Methods with spaces between them or as a list; `any`; or `none`."
                ),
                ("cors", PolicyKeys.cors.shape, "What browsers may do from other origins."),
                (
                    "clients",
                    .some(of: PolicyKeys.clients.shape),
                    "The clients that may: any address or any certificate of these."
                ),
            ]
        )
    }

    /// The schema of the configuration file, methodwall.yaml.
    public static func configurationJSON() -> String {
        document(title: "methodwall.yaml", root: GatewayKeys.file.shape, definitions: [])
    }

    private static func document(
        title: String,
        root: Shape,
        definitions: [(name: String, shape: Shape, summary: String)]
    ) -> String {
        guard case .object(let members) = root.schema else { return "" }
        var document: [(String, JSONValue)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string(title)),
        ]
        document += members
        if !definitions.isEmpty {
            let definitions = definitions.map { name, shape, summary -> (String, JSONValue) in
                guard case .object(let members) = shape.schema else { return (name, shape.schema) }
                return (name, .object([("description", .string(summary))] + members))
            }
            document.append(("$defs", .object(definitions)))
        }
        return JSONValue.object(document).text(indented: true) + "\n"
    }
}
