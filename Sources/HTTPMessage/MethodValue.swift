/// Collects the methods that one value claims: a list, split at commas.
///
/// White space (SP, HTAB, CR, LF) around a member is left out, and empty members are no claim. Any
/// other octet stays, a NUL above all: a value that only some parsers read as a method must not be
/// taken for it.
struct MethodValue {
    /// The longest method that any policy can name.
    private static var methodBytesMax: Int { 64 }

    /// How many different claims of one carrier are kept; what is beyond them is one claim more, of
    /// a method that does not exist.
    private static var claimsMax: Int { 16 }

    private let carrier: ClaimedMethod.Carrier
    private let nameIndex: Int
    private var member: [UInt8] = []
    private var pendingSpaces = 0
    private var isCut = false

    init(_ carrier: ClaimedMethod.Carrier, nameIndex: Int) {
        self.carrier = carrier
        self.nameIndex = nameIndex
    }

    /// Takes the next decoded octet.
    mutating func append(_ octet: UInt8, into claims: inout [ClaimedMethod]) {
        switch octet {
        case Octet.comma:
            endMember(into: &claims)
        case Octet.space, Octet.horizontalTab, Octet.carriageReturn, Octet.lineFeed:
            if !member.isEmpty { pendingSpaces = min(pendingSpaces &+ 1, Self.methodBytesMax) }
        default:
            while pendingSpaces > 0 {
                store(Octet.space)
                pendingSpaces &-= 1
            }
            store(octet &- 0x61 < 26 ? octet & 0xDF : octet)
        }
    }

    private mutating func store(_ octet: UInt8) {
        if member.count < Self.methodBytesMax {
            member.append(octet)
        } else {
            isCut = true
        }
    }

    /// The value was not seen to its end: its last member is no method.
    mutating func cut() {
        isCut = true
    }

    /// The value is over, or one of its members is.
    mutating func endMember(into claims: inout [ClaimedMethod]) {
        if isCut { member.append(Octet.queryMark) }
        if !member.isEmpty { keep(into: &claims) }
        member.removeAll(keepingCapacity: true)
        pendingSpaces = 0
        isCut = false
    }

    private func keep(into claims: inout [ClaimedMethod]) {
        let claim = ClaimedMethod(carrier: carrier, nameIndex: nameIndex, value: member)
        guard !claims.contains(claim) else { return }
        var kept = 0
        for index in claims.indices where claims[index].carrier == carrier { kept &+= 1 }
        if kept < Self.claimsMax {
            claims.append(claim)
        } else if kept == Self.claimsMax {
            let rest = [Octet.queryMark]
            claims.append(ClaimedMethod(carrier: carrier, nameIndex: nameIndex, value: rest))
        }
    }
}
