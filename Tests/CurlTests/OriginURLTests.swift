import Curl
import Testing

@Suite("Origin URLs")
struct OriginURLTests {
    @Test(
        "accepts the three forms",
        arguments: [
            ("http://127.0.0.1:8080", "127.0.0.1:8080", false),
            ("http://127.0.0.1:8080/", "127.0.0.1:8080", false),
            ("https://crm.internal", "crm.internal", true),
            ("http://[::1]:9000", "[::1]:9000", false),
            ("unix:/run/app.sock", "localhost", false),
        ]
    )
    func acceptsTheThreeForms(text: String, authority: String, isSecure: Bool) throws {
        let url = try OriginURL(text)
        #expect(url.authority == authority)
        #expect(url.isSecure == isSecure)
        #expect(url.description == text)
    }

    @Test(
        "L-10, L-11, L-26: refuses what is no origin, with a reason",
        arguments: [
            "", "127.0.0.1:8080", "file:///etc/passwd", "ftp://host", "http://", "http:///path",
            "http://user:secret@host", "http://host/path", "http://host?query",
            "http://host#part", "http://host:99999", "unix:relative.sock", "unix:",
            "gopher://host", "http://169.254.169.254", "http://[fe80::1]:80", "http://a b",
            "unix:/" + String(repeating: "x", count: 120),
        ]
    )
    func refusesWhatIsNoOrigin(text: String) {
        let error = #expect(throws: CurlError.self) { try OriginURL(text) }
        #expect(error?.kind == .configuration)
        #expect(error?.description.contains("is not an origin") == true)
    }
}
