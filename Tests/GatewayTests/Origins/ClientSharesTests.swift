import Testing

@testable import Gateway

@Suite("B-69: what one client may have of an upstream")
struct ClientSharesTests {
    @Test("Clients are counted from the exchange on with which one could have too many")
    func countsLate() {
        var shares = ClientShares(perClientMax: 3)
        var running: [UInt64] = []
        func begin(_ client: UInt64) {
            running.append(client)
            shares.began(client) { running }
        }
        begin(1)
        begin(1)
        #expect(!shares.isCounting && shares.admits(1))
        begin(2)
        #expect(shares.isCounting && shares.admits(1) && shares.admits(2))
        begin(1)
        #expect(!shares.admits(1) && shares.admits(2) && shares.underWay == 4)
        shares.ended(1)
        #expect(shares.admits(1) && shares.isCounting)
    }

    @Test("Counting ends when few are under way, and begins anew with those that are left")
    func forgets() {
        var shares = ClientShares(perClientMax: 4)
        for _ in 0..<4 { shares.began(1) { [1, 1, 1, 1] } }
        #expect(shares.isCounting && !shares.admits(1))
        shares.ended(1)
        #expect(shares.isCounting && shares.admits(1))
        shares.ended(1)
        #expect(!shares.isCounting && shares.admits(1))
        shares.began(2) { [] }
        #expect(!shares.isCounting)
        shares.began(2) { [1, 1, 2, 2] }
        #expect(shares.isCounting && shares.admits(1) && shares.admits(2))
    }

    @Test("One exchange is always allowed, and who has no address is not held to a bound")
    func allowsOne() {
        var shares = ClientShares(perClientMax: 0)
        #expect(shares.admits(1))
        shares.began(1) { [1] }
        #expect(!shares.admits(1) && shares.admits(2) && shares.admits(0))
        shares.ended(1)
        #expect(shares.admits(1) && shares.underWay == 0)
    }
}
