import TestKit
import Testing

/// The histogram of a running gateway.
@Suite("What the metrics say of time", .blocking)
struct DurationMetricsTests {
    @Test("How long requests took: buckets hold those below them, and the sum is all of it")
    func countsDurations() throws {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
        let origin = try RawOrigin()
        let metered = try MeteredGateway(origin)
        let begun = ContinuousClock.now
        let client = try metered.gateway.connect()
        try client.send(request("GET", "/slow"))
        let connection = try origin.accept()
        _ = try connection.expectRequest()
        // Beyond the bound of 0.1 s, so that some buckets are empty.
        #expect(client.staysSilent(for: .milliseconds(150)))
        try connection.send(answer)
        #expect(try client.readResponse().status == 200)
        let took = (ContinuousClock.now - begun) / .seconds(1)
        let name = "methodwall_request_duration_seconds"
        #expect(eventually { (try? metered.value("\(name)_count")) == 1 })
        let sum = try metered.value("\(name)_sum")
        #expect(sum >= 0.15 && sum <= took + 1, "\(sum) of \(took)")
        var counts: [Double] = []
        for sample in try metered.samples() where sample.hasPrefix("\(name)_bucket{") {
            let parts = sample.split(separator: "\"")
            let bound = parts[1] == "+Inf" ? Double.infinity : try #require(Double(parts[1]))
            let count = try #require(Double(parts[2].dropFirst(2)))
            #expect(count == (sum <= bound ? 1 : 0), "\(sample), the sum is \(sum)")
            counts.append(count)
        }
        #expect(counts.first == 0 && counts.last == 1 && counts == counts.sorted())
    }
}
