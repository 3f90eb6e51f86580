internal import HTTPMessage
internal import MethodPolicy

/// Whom a request comes from by the word of proxies that are trusted (B-42,
/// RFC 7239 section 8.1).
///
/// The elements of X-Forwarded-For and Forwarded are walked from the right. Each is the word of the
/// node to its right: as long as that one is trusted it is believed, and the first node that is not
/// trusted is the client. What stands left of it was the client's to write, and is not passed on.
/// An element that names no address ends the walk, and nobody is vouched for: such a client is none
/// of those that a policy names.
struct TrustedChain {
    /// Where what is believed begins: a line of the head's fields, and an offset in the head.
    struct Place {
        var line: Int
        var offset: Int
    }

    /// The address of the last node that is vouched for; nil if that is the peer.
    private(set) var client: NetworkAddress?
    /// Whether nobody vouches for who the client is: the word of the last node that is trusted
    /// cannot be read, or the two fields name different clients.
    private(set) var isUnknown = false
    /// What is passed on of X-Forwarded-For; nil if nothing is.
    private(set) var forwardedFor: Place?
    /// What is passed on of Forwarded; nil if nothing is.
    private(set) var forwarded: Place?

    /// The chain of a request that only its peer vouches for.
    init() {}

    /// Walks the chain of a request whose peer is trusted.
    init(
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        trusting trusted: [NetworkPrefix]
    ) {
        let hasAddresses = head.first(.xForwardedFor) != nil
        if hasAddresses {
            let walk = Self.walk(.addresses, of: head, bytes, trusted)
            (client, forwardedFor, isUnknown) = (walk.client, walk.place, walk.isBroken)
        }
        guard head.first(.forwarded) != nil else { return }
        let walk = Self.walk(.forwarded, of: head, bytes, trusted)
        // A proxy that writes one of the fields may pass the other on as the client sent it.
        guard !hasAddresses || walk.client == client else {
            isUnknown = true
            return
        }
        (client, forwarded) = (walk.client, walk.place)
        isUnknown = isUnknown || walk.isBroken
    }

    private struct Walk {
        var client: NetworkAddress?
        var place: Place?
        /// Whether it ended at an element that names no address.
        var isBroken = false
    }

    private static func walk(
        _ notation: ForwardingChain.Notation,
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>,
        _ trusted: [NetworkPrefix]
    ) -> Walk {
        var chain = ForwardingChain(notation, of: head)
        var walk = Walk()
        while let element = chain.next(of: head, bytes) {
            guard let node = element.node, let address = NetworkAddress(bytes.bytes(in: node))
            else {
                walk.isBroken = true
                break
            }
            walk.client = address
            walk.place = Place(line: element.line, offset: element.range.lowerBound)
            if !trusted.contains(where: { $0.contains(address) }) { break }
        }
        return walk
    }
}

extension ClientConnection {
    /// Finds out who sent the request with this head.
    func identifyClient(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        guard isTrustedProxy else { return }
        chain = TrustedChain(
            of: head,
            bytes,
            trusting: worker.configuration.trustedProxies
        )
        requester = chain.client.map { Requester(PeerAddress($0), port: 0) } ?? peer
        if chain.isUnknown { requester.client = Client() }
    }
}
