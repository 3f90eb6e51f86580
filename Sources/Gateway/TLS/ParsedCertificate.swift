internal import MethodPolicy
internal import NIOSSL
internal import SwiftASN1

/// The names in a certificate (RFC 5280 §4.1).
///
/// Only the names are read: whether the certificate is any good has been found out in the
/// handshake, by BoringSSL. A library that knows all of X.509 would bring a second copy of that.
struct ParsedCertificate {
    /// The subject's distinguished name as RFC 4514 writes it.
    var subject: String
    var alternativeNames: [CertificateName] = []

    /// Reads a certificate.
    ///
    /// - Parameter octets: Its DER encoding.
    /// - Throws: An `ASN1Error` for anything else.
    init(derEncoded octets: [UInt8]) throws {
        var fields = try Self.members(of: DER.parse(octets))
        guard let body = fields.next() else { throw ASN1Error.truncatedASN1Field() }
        var parts = Array(try Self.sequence(of: body))[...]
        // The version is tagged, and left out by version 1.
        if parts.first?.identifier.tagClass == .contextSpecific { parts = parts.dropFirst() }
        // serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo.
        let places = Array(parts)
        guard places.count >= 6 else { throw ASN1Error.truncatedASN1Field() }
        subject = try DistinguishedName(places[4]).text
        for part in places.dropFirst(6)
        where part.identifier == ASN1Identifier(tagWithNumber: 3, tagClass: .contextSpecific) {
            alternativeNames = try Self.alternativeNames(inExtensions: part)
        }
    }

    private static func members(
        of node: ASN1Node
    ) throws -> ASN1NodeCollection.Iterator {
        guard case .constructed(let children) = node.content else {
            throw ASN1Error.unexpectedFieldType(node.identifier)
        }
        return children.makeIterator()
    }

    static func sequence(of node: ASN1Node) throws -> ASN1NodeCollection {
        guard case .constructed(let children) = node.content else {
            throw ASN1Error.unexpectedFieldType(node.identifier)
        }
        return children
    }

    /// `[3] EXPLICIT SEQUENCE OF Extension`, of which one names more names (§4.2.1.6).
    private static func alternativeNames(inExtensions tagged: ASN1Node) throws -> [CertificateName]
    {
        for list in try sequence(of: tagged) {
            for entry in try sequence(of: list) {
                let parts = Array(try sequence(of: entry))
                guard let first = parts.first, let last = parts.last, parts.count >= 2,
                    try ASN1ObjectIdentifier(derEncoded: first) == subjectAlternativeName
                else { continue }
                let value = try ASN1OctetString(derEncoded: last)
                return try sequence(of: DER.parse(value.bytes)).compactMap(Self.name)
            }
        }
        return []
    }

    private static let subjectAlternativeName: ASN1ObjectIdentifier = [2, 5, 29, 17]

    /// A `GeneralName` of the kinds that policies can name; nil for the others.
    private static func name(_ node: ASN1Node) -> CertificateName? {
        guard node.identifier.tagClass == .contextSpecific,
            case .primitive(let octets) = node.content
        else { return nil }
        // IA5String: anything else is no name that anybody could have meant.
        guard octets.allSatisfy({ 0x20...0x7E ~= $0 }) else { return nil }
        let text = String(decoding: octets, as: UTF8.self)
        return switch node.identifier.tagNumber {
        case 1: .email(text)
        case 2: .dns(text)
        case 6: .uri(text)
        default: nil
        }
    }
}

/// A distinguished name, as text (RFC 4514).
struct DistinguishedName {
    /// The relative names, the most specific first, with commas between.
    let text: String

    init(_ node: ASN1Node) throws {
        var names: [String] = []
        for relative in try ParsedCertificate.sequence(of: node) {
            var attributes: [String] = []
            for attribute in try ParsedCertificate.sequence(of: relative) {
                attributes.append(try Self.text(of: attribute))
            }
            names.append(attributes.joined(separator: "+"))
        }
        text = names.reversed().joined(separator: ",")
    }

    /// Section 3: the short names that every implementation knows.
    private static let shortNames: [ASN1ObjectIdentifier: String] = [
        [2, 5, 4, 3]: "CN", [2, 5, 4, 7]: "L", [2, 5, 4, 8]: "ST", [2, 5, 4, 10]: "O",
        [2, 5, 4, 11]: "OU", [2, 5, 4, 6]: "C", [2, 5, 4, 9]: "STREET",
        [0, 9, 2342, 19_200_300, 100, 1, 25]: "DC", [0, 9, 2342, 19_200_300, 100, 1, 1]: "UID",
    ]

    private static func text(of attribute: ASN1Node) throws -> String {
        let parts = Array(try ParsedCertificate.sequence(of: attribute))
        guard parts.count == 2 else { throw ASN1Error.truncatedASN1Field() }
        let type = try ASN1ObjectIdentifier(derEncoded: parts[0])
        guard let name = shortNames[type], let value = string(parts[1]) else {
            // Of what has no short name, or is no string, the encoding is shown (§2.4).
            let octets = parts[1].encodedBytes.map { hexadecimal($0) }
            return "\(shortNames[type] ?? type.description)=#" + octets.joined()
        }
        return "\(name)=\(escaped(value))"
    }

    private static func string(_ node: ASN1Node) -> String? {
        guard case .primitive(let octets) = node.content else { return nil }
        switch node.identifier {
        case .utf8String, .printableString, .ia5String, .numericString, .visibleString:
            return String(validating: octets, as: UTF8.self)
        default:
            return nil
        }
    }

    /// Section 2.4: what would be read as something else has a backslash before it.
    private static func escaped(_ value: String) -> String {
        var text = ""
        for (place, character) in value.unicodeScalars.enumerated() {
            let isEdge = place == 0 || place == value.unicodeScalars.count - 1
            switch character {
            case "\"", "+", ",", ";", "<", ">", "\\": text += "\\"
            case "#" where place == 0: text += "\\"
            case " " where isEdge: text += "\\"
            case "\u{0}":
                text += "\\00"
                continue
            default: break
            }
            text.unicodeScalars.append(character)
        }
        return text
    }

    private static func hexadecimal(_ octet: UInt8) -> String {
        let digits = String(octet, radix: 16)
        return octet < 16 ? "0" + digits : digits
    }
}

extension NIOSSLCertificate {
    /// The names in it; nil for one that cannot be read.
    var parsed: ParsedCertificate? {
        guard let octets = try? toDERBytes() else { return nil }
        return try? ParsedCertificate(derEncoded: octets)
    }
}

extension ClientCertificate {
    /// The names of a certificate that the handshake has verified.
    convenience init?(_ certificate: NIOSSLCertificate) {
        guard let parsed = certificate.parsed else { return nil }
        self.init(subject: parsed.subject, alternativeNames: parsed.alternativeNames)
    }
}
