/// Where COPY and MOVE write: the Destination field (RFC 4918 section 10.3).
///
/// Narrower than `Simple-ref`: neither query nor fragment, as a resource in a collection has none.
public enum DestinationReference: Sendable, Equatable {
    /// There is no Destination.
    case none
    /// The path, as sent, in the head's octets; an empty one means `/`.
    case path(ByteRange)
    /// `invalid_destination`: two lines, or one that is neither a path nor an http or https URI.
    ///
    /// `foreign_destination`: the URI's authority is not the request's.
    case refused(MessageFault)

    /// Reads the Destination of a request.
    ///
    /// - Parameters:
    ///   - head: A complete head.
    ///   - bytes: The octets that it was read from.
    public init(of head: borrowing RequestHead, _ bytes: Span<UInt8>) {
        guard let line = head.first(.destination) else {
            self = .none
            return
        }
        guard head.count(of: .destination) == 1 else {
            self = .refused(MessageFault(.invalidDestination))
            return
        }
        do throws(MessageFault) {
            self = .path(try Self.path(line.value, of: head, bytes))
        } catch {
            self = .refused(error)
        }
    }

    private static func path(
        _ value: ByteRange,
        of head: borrowing RequestHead,
        _ bytes: Span<UInt8>
    ) throws(MessageFault) -> ByteRange {
        let text = bytes.bytes(in: value)
        guard !text.isEmpty, text.skip(.targetPath, from: 0, to: text.count) == text.count else {
            throw MessageFault(.invalidDestination)
        }
        if text[0] == Octet.slash {
            // `//` would begin an authority.
            guard text.count == 1 || text[1] != Octet.slash else {
                throw MessageFault(.invalidDestination)
            }
            return value
        }
        var target = RequestTarget()
        do throws(MessageFault) {
            try target.read(bytes, in: value, queryMark: nil, method: .other)
        } catch {
            throw MessageFault(.invalidDestination)
        }
        guard let authority = target.authority, head.names(authority, of: target, in: bytes) else {
            throw MessageFault(.foreignDestination)
        }
        return target.path
    }
}

extension RequestHead {
    /// Whether an authority is the one that this request is for.
    ///
    /// The scheme that the client used is not known here, as TLS may end before this gateway. So a
    /// request without a port is for the default port of whatever scheme the other URI has.
    fileprivate func names(
        _ authority: Authority,
        of target: RequestTarget,
        in bytes: Span<UInt8>
    ) -> Bool {
        guard let own = effectiveAuthority else { return false }
        let ownDefault = form == .absolute ? requestTarget.defaultPort : target.defaultPort
        return (authority.port ?? target.defaultPort) == (own.port ?? ownDefault)
            && bytes.bytes(in: authority.host).equalsIgnoringCase(bytes.bytes(in: own.host))
    }
}
