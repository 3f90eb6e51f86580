/// Turns the literal parts of a pattern into the form in which paths are compared: visible
/// characters plain, whether the path has them escaped or not, all other octets escaped.
///
/// What a canonical path cannot hold is a fault: unescaped it would make a rule that never matches.
enum PatternLiteral {
    static func canonical(_ octets: ArraySlice<UInt8>) throws(PatternFault) -> [UInt8] {
        var output: [UInt8] = []
        var decoded: [UInt8] = []
        output.reserveCapacity(octets.count)
        var index = octets.startIndex
        while index < octets.endIndex {
            if octets[index] == Octet.percent {
                let octet = try escaped(octets, at: index)
                decoded.append(octet)
                if 0x21...0x7E ~= octet, octet != Octet.percent {
                    output.append(octet)
                } else {
                    appendEscape(of: octet, to: &output)
                }
                index += 3
            } else {
                let octet = octets[index]
                try refusePlain(octet, at: index)
                decoded.append(octet)
                // Octets above ASCII are encoded for the author: `/café` means `/caf%C3%A9`.
                if octet < 0x80 {
                    output.append(octet)
                } else {
                    appendEscape(of: octet, to: &output)
                }
                index += 1
            }
        }
        guard String(validating: decoded, as: UTF8.self) != nil else {
            throw PatternFault(
                .unreachablePattern,
                "the pattern is not valid UTF-8 once decoded: such paths are refused",
                at: octets.startIndex
            )
        }
        return output
    }

    private static func appendEscape(of octet: UInt8, to output: inout [UInt8]) {
        output.append(Octet.percent)
        output.append(Octet.hexDigit(octet >> 4))
        output.append(Octet.hexDigit(octet & 0x0F))
    }

    /// The octet that the escape at `index` stands for.
    private static func escaped(
        _ octets: ArraySlice<UInt8>,
        at index: Int
    ) throws(PatternFault)
        -> UInt8
    {
        guard index + 2 < octets.endIndex, let high = Octet.hexValue(octets[index + 1]),
            let low = Octet.hexValue(octets[index + 2])
        else {
            throw PatternFault(
                .unreachablePattern,
                "% is not followed by two hexadecimal digits",
                hint: "a % is written %25",
                at: index
            )
        }
        let octet = high << 4 | low
        switch octet {
        case Octet.slash, 0x5C:
            throw PatternFault(
                .unreachablePattern,
                "no path matches an encoded slash or backslash: such paths are refused",
                at: index
            )
        case 0x3B:
            throw semicolon(at: index)
        case 0...0x1F, 0x7F:
            throw PatternFault(
                .unreachablePattern,
                "no path matches an encoded control character: such paths are refused",
                at: index
            )
        case Octet.percent:
            let next = octets[(index + 3)...].prefix(2)
            if next.count == 2, next.allSatisfy({ Octet.hexValue($0) != nil }) {
                throw PatternFault(
                    .unreachablePattern,
                    "no path matches a doubly encoded octet: such paths are refused",
                    at: index
                )
            }
        default:
            break
        }
        return octet
    }

    private static func refusePlain(_ octet: UInt8, at index: Int) throws(PatternFault) {
        switch octet {
        case 0x3B:
            throw semicolon(at: index)
        case 0x3F:
            throw PatternFault(
                .unreachablePattern,
                "a pattern matches the path only, without the query",
                hint: "leave ? and what follows out",
                at: index
            )
        case 0x23:
            throw PatternFault(
                .unreachablePattern,
                "no path holds a #: a fragment is never sent",
                hint: "leave # and what follows out",
                at: index
            )
        case 0x5C:
            throw PatternFault(
                .unreachablePattern,
                "no path matches a backslash: such paths are refused",
                hint: "segments are separated by /",
                at: index
            )
        case 0...0x20, 0x7F:
            throw PatternFault(
                .unreachablePattern,
                "no path holds a space or a control character",
                hint: "a space is written %20",
                at: index
            )
        default:
            break
        }
    }

    private static func semicolon(at index: Int) -> PatternFault {
        PatternFault(
            .unreachablePattern,
            "no path matches a ; because paths with parameters are refused",
            hint: "leave ; and what follows out of the segment",
            at: index
        )
    }
}
