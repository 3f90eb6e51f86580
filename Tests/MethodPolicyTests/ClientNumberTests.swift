import MethodPolicy
import Testing

@Suite("What counts as one client (B-69)")
struct ClientNumberTests {
    private func number(_ text: String) throws -> UInt64 {
        try #require(NetworkAddress(text)).clientNumber
    }

    @Test("An IPv4 address is a client, mapped or not; an IPv6 client has all of a /64")
    func tellsClientsApart() throws {
        #expect(try number("192.0.2.7") == number("::ffff:192.0.2.7"))
        #expect(try number("192.0.2.7") != number("192.0.2.8"))
        #expect(try number("2001:db8:0:1::1") == number("2001:db8:0:1:ffff::2"))
        #expect(try number("2001:db8:0:1::1") != number("2001:db8:0:2::1"))
        #expect(try number("0.0.0.0") != 0)
    }
}
