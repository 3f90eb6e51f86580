/// One key of a mapping: its name, what it means, what its value looks like, and how it is read.
///
/// This is the only place that knows a key. The reader, the "did you mean" hints and the JSON
/// Schema all go through it.
struct Key<Draft>: Sendable {
    let description: KeyDescription
    let read: @Sendable (inout DocumentReader, YAMLNode, inout Draft) -> Void

    init(
        _ name: String,
        _ summary: String,
        _ shape: Shape,
        presence: KeyDescription.Presence = .optional,
        read: @escaping @Sendable (inout DocumentReader, YAMLNode, inout Draft) -> Void
    ) {
        description = KeyDescription(
            name: name,
            summary: summary,
            presence: presence,
            shape: shape
        )
        self.read = read
    }

    /// A key that belongs elsewhere: its use is an error that says why.
    static func misplaced(_ name: String, because why: String) -> Key {
        Key(name, why, .text(), presence: .misplaced) { _, _, _ in }
    }

    /// A key whose value is one of a few words.
    static func keyword<Value: Sendable>(
        _ name: String,
        _ summary: String,
        _ words: [(String, Value)],
        to path: any WritableKeyPath<Draft, Value> & Sendable
    ) -> Key {
        let names = words.map(\.0)
        return Key(name, summary, .keywords(names)) { reader, node, draft in
            if let value = reader.keyword(node, key: name, words) { draft[keyPath: path] = value }
        }
    }

    /// A key whose value is `true` or `false`.
    static func boolean(
        _ name: String,
        _ summary: String,
        to path: any WritableKeyPath<Draft, Bool> & Sendable
    ) -> Key {
        Key(name, summary, .boolean) { reader, node, draft in
            if let value = reader.boolean(node, key: name) { draft[keyPath: path] = value }
        }
    }

    /// A key whose value is a duration with its unit.
    ///
    /// A time-out of zero would end everything before it began, so zero takes permission.
    static func duration(
        _ name: String,
        _ summary: String,
        allowsZero: Bool = false,
        to path: any WritableKeyPath<Draft, Duration> & Sendable
    ) -> Key {
        let pattern = allowsZero ? Quantity.durationPattern : Quantity.positiveDurationPattern
        return Key(name, summary, .text(pattern: pattern)) { reader, node, draft in
            let value = reader.duration(node, key: name, allowsZero: allowsZero)
            if let value { draft[keyPath: path] = value }
        }
    }

    /// A key whose value is a size with its unit.
    static func size(
        _ name: String,
        _ summary: String,
        minimum: Int,
        to path: any WritableKeyPath<Draft, Int> & Sendable
    ) -> Key {
        Key(name, summary, .text(pattern: Quantity.sizePattern)) { reader, node, draft in
            let value = reader.size(node, key: name, minimum: minimum)
            if let value { draft[keyPath: path] = value }
        }
    }

    /// A key whose value is a whole number from the minimum up.
    static func count(
        _ name: String,
        _ summary: String,
        minimum: Int = 1,
        to path: any WritableKeyPath<Draft, Int> & Sendable
    ) -> Key {
        Key(name, summary, .integer(minimum: minimum)) { reader, node, draft in
            if let value = reader.integer(node, key: name, minimum: minimum) {
                draft[keyPath: path] = value
            }
        }
    }
}

/// The keys of one kind of mapping.
struct KeyTable<Draft>: Sendable {
    /// What the mapping is, as reports name it: "a policy", "a `cors` block".
    let owner: String
    let keys: [Key<Draft>]
    private let indexByName: [String: Int]

    init(_ owner: String, _ keys: [Key<Draft>]) {
        self.owner = owner
        self.keys = keys
        indexByName = Dictionary(
            keys.enumerated().map { ($1.description.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The mapping's shape for the schema.
    var shape: Shape { .mapping(keys.map(\.description)) }

    func key(named name: String) -> Key<Draft>? {
        indexByName[name].map { keys[$0] }
    }

    /// The names of the keys that can be used now.
    var usableNames: [String] {
        keys.map(\.description).filter(\.isUsable).map(\.name)
    }
}
