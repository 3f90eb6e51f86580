import TestKit
import Testing

@Suite("A gateway that had nothing to do for a while", .blocking)
struct QuietGatewayTests {
    @Test("The first client after that has the whole time for its head")
    func countsFromTheConnection() throws {
        let witness = try WitnessedGateway(
            policy: Policies.shop,
            configuration: ["limits: { head_timeout: 3s }"]
        )
        let first = try witness.gateway.connect()
        #expect(try first.exchange(request("DELETE", "/users")).status == 405)
        first.close()
        // Longer than a head may take: a clock that stood still would have used that up.
        pause(.seconds(4))
        let client = try witness.gateway.connect()
        #expect(client.staysSilent(for: .milliseconds(800)))
        #expect(try client.exchange(request("DELETE", "/users")).status == 405)
    }
}
