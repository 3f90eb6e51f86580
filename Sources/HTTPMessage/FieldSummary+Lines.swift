extension FieldSummary {
    /// The first line of a field.
    func first(_ field: FieldName, of lines: [FieldLine]) -> FieldLine? {
        guard contains(field) else { return nil }
        for index in lines.indices where lines[index].field == field {
            return lines[index]
        }
        return nil
    }

    /// How many lines a field has.
    func count(of field: FieldName, in lines: [FieldLine]) -> Int {
        guard contains(field) else { return 0 }
        var count = 0
        for index in lines.indices where lines[index].field == field {
            count &+= 1
        }
        return count
    }

    /// Whether a list field has a member, on any of its lines and in any case.
    ///
    /// The member is in lower case, of at most 15 octets.
    @inline(__always)
    func lists(
        _ member: String,
        in field: FieldName,
        of lines: [FieldLine],
        _ bytes: Span<UInt8>
    ) -> Bool {
        guard contains(field) else { return false }
        for index in lines.indices where lines[index].field == field {
            let value = bytes.bytes(in: lines[index].value)
            var members = ListMembers()
            while let range = members.next(in: value) {
                if value.bytes(in: range).spells(member) { return true }
            }
        }
        return false
    }

    /// Whether a line is for one connection only and must not be forwarded.
    func isHopByHop(_ line: FieldLine, of lines: [FieldLine], in bytes: Span<UInt8>) -> Bool {
        if line.field.isAlwaysHopByHop { return true }
        guard namesFields, !line.field.isProtectedFromConnection else { return false }
        let name = bytes.bytes(in: line.name)
        if name.bytes(in: ByteRange(0, 12)).spells("x-forwarded-") { return false }
        for index in lines.indices where lines[index].field == .connection {
            let options = bytes.bytes(in: lines[index].value)
            var members = ListMembers()
            while let member = members.next(in: options) {
                if options.bytes(in: member).equalsIgnoringCase(name) { return true }
            }
        }
        return false
    }
}
