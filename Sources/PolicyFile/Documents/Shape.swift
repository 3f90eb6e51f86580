/// What a value may look like, in words an editor understands.
///
/// Each key's shape stands beside the code that reads it, built from the same tables, and is what
/// the JSON Schema is generated from.
indirect enum Shape: Sendable {
    /// Text; `pattern` is an ECMA 262 regular expression.
    case text(pattern: String? = nil)
    /// One of these words.
    case keywords([String])
    case boolean
    /// This number and nothing else.
    case constant(Int)
    /// A whole number from the lower bound up.
    case integer(minimum: Int)
    case list(of: Shape)
    /// Any one of several shapes.
    case any([Shape])
    /// A mapping whose keys are fixed.
    case mapping([KeyDescription])
    /// A mapping of the shape that holds one key at least.
    case some(of: Shape)
    /// A mapping whose keys follow a pattern and whose values are all alike.
    case map(keyPattern: String, value: Shape)
    /// A shape that has a name of its own in the schema.
    case named(String)

    /// The shape as JSON Schema, draft 2020-12.
    var schema: JSONValue {
        .object(schemaMembers)
    }

    private var schemaMembers: [(String, JSONValue)] {
        switch self {
        case .text(let pattern):
            var members: [(String, JSONValue)] = [("type", .string("string"))]
            if let pattern { members.append(("pattern", .string(pattern))) }
            return members
        case .keywords(let words):
            return [("enum", .array(words.map(JSONValue.string)))]
        case .boolean:
            return [("type", .string("boolean"))]
        case .constant(let number):
            return [("const", .integer(number))]
        case .integer(let minimum):
            return [("type", .string("integer")), ("minimum", .integer(minimum))]
        case .list(let element):
            return [
                ("type", .string("array")), ("items", element.schema), ("minItems", .integer(1)),
            ]
        case .any(let shapes):
            return [("anyOf", .array(shapes.map(\.schema)))]
        case .mapping(let keys):
            return Self.mappingMembers(keys)
        case .some(let shape):
            return shape.schemaMembers + [("minProperties", .integer(1))]
        case .map(let keyPattern, let value):
            return [
                ("type", .string("object")),
                ("propertyNames", .object([("pattern", .string(keyPattern))])),
                ("additionalProperties", value.schema),
                ("minProperties", .integer(1)),
            ]
        case .named(let name):
            return [("$ref", .string("#/$defs/\(name)"))]
        }
    }

    private static func mappingMembers(_ keys: [KeyDescription]) -> [(String, JSONValue)] {
        let supported = keys.filter(\.isUsable)
        let properties = supported.map { key in
            let description = ("description", JSONValue.string(key.summary))
            return (key.name, JSONValue.object([description] + key.shape.schemaMembers))
        }
        let required = supported.filter { $0.presence == .required }.map(\.name)
        var members: [(String, JSONValue)] = [
            ("type", .string("object")),
            ("properties", .object(properties)),
            ("additionalProperties", .boolean(false)),
        ]
        if !required.isEmpty {
            members.append(("required", .array(required.map(JSONValue.string))))
        }
        return members
    }
}

/// A key as the schema and the hints know it.
struct KeyDescription: Sendable {
    /// Whether a key must, may, or cannot be there.
    enum Presence: Sendable {
        case required, optional
        /// A key of another mapping, named so that its use here is explained; the summary says why.
        case misplaced
    }

    let name: String
    let summary: String
    let presence: Presence
    let shape: Shape

    /// Whether the key can be used where it stands.
    var isUsable: Bool { presence == .required || presence == .optional }
}
