/// The methods that one policy knows, each interned to a bit of its ``MethodSet``s.
struct MethodTable: Sendable {
    /// The bits of the two methods that are known and never allowed: no set ever holds them.
    static let traceBit: UInt8 = 62
    static let connectBit: UInt8 = 63
    /// GET, HEAD and OPTIONS have the places that `Method.registered` gives them.
    static let getBit: UInt8 = 0
    static let headBit: UInt8 = 1
    static let optionsBit: UInt8 = 6
    /// PUT has the place that `Method.registered` gives it.
    static let putBit: UInt8 = 3
    /// The methods that write to a second path (RFC 4918 section 10.3).
    static let writing = MethodSet(bits: 1 << 12 | 1 << 22)

    /// A table of the registry and nothing else: for hosts that no policy serves.
    static let registry = MethodTable(extensions: [])

    /// The methods by bit, without TRACE and CONNECT.
    let methods: [Method]
    /// The bits in the order of `Allow`.
    let listing: [UInt8]
    private let table: OctetTable

    /// - Parameter extensions: Declared methods, distinct, none of them registered or prohibited.
    /// Those beyond ``MethodSet/extensionMethodsMax`` are left out; the compiler has reported
    /// them.
    init(extensions: [Method]) {
        let methods = Method.registered + extensions.prefix(MethodSet.extensionMethodsMax)
        var table = OctetTable()
        for (bit, method) in methods.enumerated() {
            Self.insert(method, bit: UInt8(bit), into: &table)
        }
        Self.insert(.trace, bit: Self.traceBit, into: &table)
        Self.insert(.connect, bit: Self.connectBit, into: &table)
        self.methods = methods
        self.table = table
        self.listing = methods.indices.sorted { methods[$0] < methods[$1] }.map { UInt8($0) }
    }

    private static func insert(_ method: Method, bit: UInt8, into table: inout OctetTable) {
        table.insert(Array(method.name.utf8), value: UInt32(bit))
    }

    /// Every method that a rule may allow: the registry and the declared extensions.
    var all: MethodSet {
        MethodSet(bits: (1 << UInt64(methods.count)) &- 1)
    }

    /// The bit of a method as a client sent it, or nil if it is unknown.
    ///
    /// Compares octets.
    func bit(of name: Span<UInt8>) -> UInt8? {
        guard name.count <= Method.nameBytesMax else { return nil }
        let key = OctetKey(name, foldsCase: false)
        guard let value = table.value(key, in: name) else { return nil }
        return UInt8(truncatingIfNeeded: value)
    }

    func bit(of method: Method) -> UInt8? {
        table.value(Array(method.name.utf8)).map { UInt8(truncatingIfNeeded: $0) }
    }

    /// The members of a set in `Allow` order.
    func members(of set: MethodSet) -> [Method] {
        listing.filter { set.contains(bit: $0) }.map { methods[Int($0)] }
    }
}
