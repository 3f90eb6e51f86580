import HTTPMessage
import MethodPolicy
import Testing

@testable import Gateway

@Suite("B-42 R-71: who a request comes from")
struct TrustedChainTests {
    private static let trusted = ["10.0.0.0/8", "fd00::/8"].compactMap { NetworkPrefix($0) }

    private func chain(_ fields: [String]) throws -> (client: String?, kept: String?) {
        let text = (["GET / HTTP/1.1", "Host: a"] + fields).joined(separator: "\r\n") + "\r\n\r\n"
        let octets = Array(text.utf8)
        var head = RequestHead()
        try #require(head.parse(octets.span, limits: MessageLimits()) == .complete)
        let chain = TrustedChain(of: head, octets.span, trusting: Self.trusted)
        let place = chain.forwardedFor ?? chain.forwarded
        let kept = place.map { place in
            let end = head.fields[place.line].value.upperBound
            return String(decoding: octets[place.offset..<end], as: UTF8.self)
        }
        return (chain.client?.description, kept)
    }

    @Test(
        "The first address from the right that is not trusted is the client",
        arguments: [
            (["X-Forwarded-For: 192.0.2.1"], "192.0.2.1", "192.0.2.1"),
            (["X-Forwarded-For: 6.6.6.6, 192.0.2.1"], "192.0.2.1", "192.0.2.1"),
            (["X-Forwarded-For: 6.6.6.6, 192.0.2.1, 10.0.0.2"], "192.0.2.1", "192.0.2.1, 10.0.0.2"),
            (["X-Forwarded-For: 10.0.0.9, 10.0.0.2"], "10.0.0.9", "10.0.0.9, 10.0.0.2"),
            (["X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 192.0.2.1"], "192.0.2.1", "192.0.2.1"),
            (["X-Forwarded-For: 192.0.2.1:4711"], "192.0.2.1", "192.0.2.1:4711"),
            (["X-Forwarded-For: 6.6.6.6, junk, 10.0.0.2"], "10.0.0.2", "10.0.0.2"),
            (
                ["Forwarded: for=6.6.6.6, for=192.0.2.1;proto=https"], "192.0.2.1",
                "for=192.0.2.1;proto=https"
            ),
            (
                ["Forwarded: for=192.0.2.1, for=\"[fd00::7]:80\""], "192.0.2.1",
                "for=192.0.2.1, for=\"[fd00::7]:80\""
            ),
        ]
    )
    func walks(fields: [String], client: String, kept: String) throws {
        let found = try chain(fields)
        #expect(found.client == client)
        #expect(found.kept == kept)
    }

    @Test(
        "What names no address is not believed",
        arguments: [
            ["X-Forwarded-For: unknown"], ["X-Forwarded-For: 192.0.2.1, junk"],
            ["Forwarded: for=_hidden"], ["Forwarded: proto=https"],
        ]
    )
    func stops(fields: [String]) throws {
        let found = try chain(fields)
        #expect(found.client == nil)
        #expect(found.kept == nil)
    }

    @Test("A Forwarded that contradicts X-Forwarded-For is dropped")
    func prefersAddresses() throws {
        let octets = Array(
            ("GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=6.6.6.6\r\n"
                + "X-Forwarded-For: 192.0.2.1\r\n\r\n")
                .utf8
        )
        var head = RequestHead()
        try #require(head.parse(octets.span, limits: MessageLimits()) == .complete)
        let chain = TrustedChain(of: head, octets.span, trusting: Self.trusted)
        #expect(chain.client?.description == "192.0.2.1")
        #expect(chain.forwarded == nil)
    }
}
