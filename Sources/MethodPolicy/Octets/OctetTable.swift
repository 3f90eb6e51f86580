/// A flat open-addressing table from octet strings to numbers, looked up without allocating.
///
/// A key is a run of octets within a *scope* (a number: for path segments the node they hang off),
/// so that one table serves every node of a rule table and a decision costs the same whatever the
/// number of rules.
///
/// It is filled while a policy is compiled and never changed afterwards.
struct OctetTable: Sendable {
    /// One slot, half a cache line.
    ///
    /// `value` is `OctetTable.vacant` in an empty one.
    struct Entry: Sendable {
        var scope: UInt32 = 0
        var value: UInt32 = OctetTable.vacant
        var head: UInt64 = 0
        var next: UInt64 = 0
        var count: UInt32 = 0
        var offset: UInt32 = 0
    }

    /// The value that no key may have.
    static let vacant = UInt32.max
    /// How many octets of a key the two words of an entry hold.
    private static let inlineCount = 16

    /// Whether keys compare without regard to ASCII case.
    ///
    /// Then both the keys that are inserted and those that are looked up must have been folded.
    let foldsCase: Bool
    private(set) var entries: [Entry]
    private(set) var count = 0
    private var octets: [UInt8] = []
    private var mask: Int

    init(foldsCase: Bool = false) {
        self.foldsCase = foldsCase
        self.entries = Array(repeating: Entry(), count: 16)
        self.mask = 15
    }

    @inline(__always)
    private func slot(scope: UInt32, hash: UInt64) -> Int {
        let mixed = (hash ^ UInt64(scope)) &* 0xD6E8_FEB8_6659_FD93
        return Int(truncatingIfNeeded: mixed >> 32) & mask
    }

    /// The value of a key in `scope`, or nil if it is not in the table.
    ///
    /// - Parameters:
    ///   - key: The finished key.
    ///   - scope: The scope that the key was inserted in.
    ///   - bytes: The span that the key was scanned in.
    /// - Returns: The value.
    @inline(__always)
    func value(_ key: OctetKey, scope: UInt32 = 0, in bytes: Span<UInt8>) -> UInt32? {
        var index = slot(scope: scope, hash: key.hash)
        // At most half the slots are taken, so that an empty one ends every probe.
        while true {
            let entry = entries[index]
            if entry.value == Self.vacant { return nil }
            if entry.head == key.head, entry.next == key.next, entry.scope == scope,
                Int(entry.count) == key.count,
                key.count <= Self.inlineCount || holdsRest(entry, key, bytes)
            {
                return entry.value
            }
            index = (index &+ 1) & mask
        }
    }

    @inline(never)
    private func holdsRest(_ entry: Entry, _ key: OctetKey, _ bytes: Span<UInt8>) -> Bool {
        var position = Int(entry.offset) &+ Self.inlineCount
        for index in key.start &+ Self.inlineCount..<key.end {
            let octet = foldsCase ? Octet.folded(bytes[index]) : bytes[index]
            if octets[position] != octet { return false }
            position &+= 1
        }
        return true
    }

    /// The octets of an entry's key, for those who walk through `entries`.
    func octets(of entry: Entry) -> [UInt8] {
        Array(octets[Int(entry.offset)..<Int(entry.offset) + Int(entry.count)])
    }

    /// The value of a key in `scope`, or nil.
    func value(_ key: [UInt8], scope: UInt32 = 0) -> UInt32? {
        let span = key.span
        let scanned = OctetKey(span, foldsCase: foldsCase)
        return value(scanned, scope: scope, in: span)
    }

    /// Adds a key that is not in the table yet.
    mutating func insert(_ key: [UInt8], scope: UInt32 = 0, value: UInt32) {
        if (count + 1) * 2 > entries.count { grow() }
        let offset = octets.count
        octets += foldsCase ? key.map(Octet.folded) : key
        count += 1
        place(
            Entry(
                scope: scope,
                value: value,
                count: UInt32(key.count),
                offset: UInt32(offset)
            )
        )
    }

    private mutating func grow() {
        let old = entries
        entries = Array(repeating: Entry(), count: old.count * 2)
        mask = entries.count - 1
        for entry in old where entry.value != Self.vacant { place(entry) }
    }

    private mutating func place(_ entry: Entry) {
        let key = scanned(entry)
        var placed = entry
        placed.head = key.head
        placed.next = key.next
        var index = slot(scope: entry.scope, hash: key.hash)
        while entries[index].value != Self.vacant { index = (index + 1) & mask }
        entries[index] = placed
    }

    private func scanned(_ entry: Entry) -> OctetKey {
        let start = Int(entry.offset)
        let span = octets.span.extracting(start..<start + Int(entry.count))
        return OctetKey(span, foldsCase: false)
    }
}
