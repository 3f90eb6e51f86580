import Testing

@testable import Gateway

@Suite("Certificates of several loads")
struct TLSContextsTests {
    @Test("What was read later stays, in whatever order loads end")
    func keepsTheLatest() throws {
        var contexts = TLSContexts()
        for load in [2, 1, 3] as [UInt64] {
            contexts.renew(by: try TLSContexts(GatewayConfiguration(), load: load))
            #expect(contexts.load == max(2, load))
        }
    }
}
