/// What a proxy in front says about a connection: the header of the PROXY protocol, version 1 or 2
/// (HAProxy's proxy-protocol.txt, section 2).
///
/// It is the first thing on the connection, before TLS and HTTP. Anybody can write one, so it is
/// only to be looked for where the configuration says so, and only to be believed from proxies that
/// are trusted; both are the caller's business.
public struct ProxyHeader: Sendable, Equatable {
    /// Whom the connection is from.
    public enum Source: Sendable, Equatable {
        /// The proxy itself, for instance to see whether this gateway lives (`LOCAL`).
        ///
        /// The connection's own addresses are the true ones.
        case proxy
        /// A client without an address that has a meaning here: `UNKNOWN`, an unspecified family,
        /// a unix-domain socket or datagrams.
        ///
        /// The protocol lets the receiver take the connection's own address, the proxy's. A gateway
        /// that permits by address must not: the client would be as trusted as the proxy.
        case unknown
        /// A client, and the address and port that it connected to.
        case client(Endpoint, destination: Endpoint)
    }

    /// One end of a TCP connection.
    public struct Endpoint: Sendable, Equatable {
        /// The address as IPv6, an IPv4 address mapped (RFC 4291 section 2.5.5.2).
        public let address: UInt128
        /// The port; 0 is possible.
        public let port: UInt16

        /// Makes the end of a connection from its parts.
        public init(address: UInt128, port: UInt16) {
            self.address = address
            self.port = port
        }

        /// Makes the end of an IPv4 connection.
        init(ipv4 address: UInt32, port: UInt16) {
            self.init(address: 0xFFFF << 32 | UInt128(address), port: port)
        }

        /// The octets of the address in network order.
        public var octets: InlineArray<16, UInt8> {
            InlineArray { UInt8(truncatingIfNeeded: address >> (120 &- 8 &* $0)) }
        }
    }

    /// What the proxy says about the TLS connection that it ended (section 2.2.6).
    public struct TLS: Sendable, Equatable {
        /// The version of TLS as the proxy calls it, for instance `TLSv1.3`, in the header's
        /// octets; empty if it does not say.
        ///
        /// Visible ASCII only.
        public let version: ByteRange
        /// Whether the client showed a certificate, now or earlier in the TLS session, and the
        /// proxy verified it.
        public let hasVerifiedCertificate: Bool
    }

    /// What came of looking at the first octets of a connection.
    public enum Outcome: Sendable, Equatable {
        /// Nothing wrong so far; more octets are needed.
        case incomplete
        /// This is not the header of a PROXY protocol and will never be one, whatever follows.
        case malformed(Fault)
        /// A header of `length` octets; what follows is the client's.
        case complete(ProxyHeader, length: Int)
    }

    /// Whom the connection is from.
    public let source: Source
    /// The client's TLS connection; nil if there was none or the header does not say.
    public let tls: TLS?

    init(source: Source, tls: TLS? = nil) {
        self.source = source
        self.tls = tls
    }

    /// The longest header that is read, in octets.
    ///
    /// The fixed part of version 2, the largest addresses, and 4 KiB of what else a proxy may say.
    /// A proxy sends far less: the protocol's authors count on 536 octets (section 2).
    public static var octetCountMax: Int { 16 + 216 + 4096 }

    /// Looks at the first octets of a connection.
    ///
    /// After `.incomplete` call it again with the same octets and more behind them. What cannot
    /// become a header any more is malformed at once, from the first octet on.
    public static func parse(_ bytes: Span<UInt8>) -> Outcome {
        guard !bytes.isEmpty else { return .incomplete }
        do throws(Fault) {
            let reading =
                switch bytes[0] {
                case UInt8(ascii: "P"): try readText(bytes)
                case Octet.carriageReturn: try readBinary(bytes)
                default: throw Fault.notProxyProtocol
                }
            guard let reading else { return .incomplete }
            return .complete(reading.header, length: reading.length)
        } catch {
            return .malformed(error)
        }
    }

    /// A header and how many octets it has.
    struct Reading {
        let header: ProxyHeader
        let length: Int
    }
}
