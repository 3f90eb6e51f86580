import Curl
import Testing

@testable import Gateway

@Suite("The name that all targets of an upstream share")
struct OriginConfigurationTests {
    private func authority(_ urls: String..., name: String? = nil) throws -> String {
        var origin = OriginConfiguration(targets: try urls.map { try OriginURL($0) })
        origin.connect.tls.serverName = name
        return origin.authority
    }

    @Test("It is the server name, with a port that is not the scheme's, or else the first URL's")
    func namesTheUpstream() throws {
        #expect(try authority("http://a:8080", "http://b:9090") == "a:8080")
        #expect(try authority("http://a") == "a")
        #expect(try authority("unix:/run/a.sock") == "localhost")
        #expect(try authority("https://10.0.0.5:8443") == "10.0.0.5:8443")
        #expect(try authority("https://10.0.0.5:8443", name: "a.test") == "a.test:8443")
        #expect(try authority("https://10.0.0.5", name: "a.test") == "a.test")
        // Without TLS nobody is asked for by name.
        #expect(try authority("http://10.0.0.5:80", name: "a.test") == "10.0.0.5:80")
        #expect(OriginConfiguration(targets: []).authority.isEmpty)
    }

    @Test("A URL without a port has the scheme's, and IPv6 keeps its brackets")
    func readsHostAndPort() throws {
        let urls = try ["http://a", "https://[::1]", "https://a:8443"].map { try OriginURL($0) }
        #expect(urls.map(\.port) == [80, 443, 8443])
        #expect(urls.map(\.host) == ["a", "[::1]", "a"])
        #expect(try OriginURL("unix:/run/a.sock").port == nil)
    }
}
