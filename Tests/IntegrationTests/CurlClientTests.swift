import Foundation
import TestKit
import Testing

@Suite("curl as the client", .blocking)
struct CurlClientTests {
    private func curl(_ arguments: [String]) throws -> ChildProcess.Finished {
        try ChildProcess.run(
            try Programs.installed("curl"),
            ["-sS", "--max-time", "60", "--noproxy", "*"] + arguments,
            within: .seconds(90)
        )
    }

    private func url(_ gateway: RunningGateway, _ path: String) -> String {
        "http://127.0.0.1:\(gateway.port)\(path)"
    }

    @Test("GET, HEAD, POST, refusals and OPTIONS")
    func speaksToTheGateway() throws {
        let gateway = try Fixture.echoing().gateway
        let get = try curl([url(gateway, "/status")])
        #expect(get.status == 0 && get.output == "origin saw GET /status")
        #expect(try curl(["-I", url(gateway, "/status")]).output.contains("HTTP/1.1 200"))
        #expect(try curl(["-d", "a=b", url(gateway, "/users")]).output == "origin saw POST /users")
        let refused = try curl(["-i", "-X", "DELETE", url(gateway, "/users")])
        #expect(refused.output.contains("HTTP/1.1 405"))
        #expect(refused.output.contains("Allow: GET, HEAD, POST, OPTIONS"))
        let options = try curl(["-i", "-X", "OPTIONS", url(gateway, "/users")])
        #expect(options.output.contains("HTTP/1.1 204"))
    }

    @Test(
        "An upload is byte-identical at the origin, by length and chunked",
        arguments: [true, false]
    )
    func uploads(isChunked: Bool) throws {
        let fixture = try Fixture { connection in
            while let head = try connection.readHead() {
                if head["Expect"] != nil { try connection.send("HTTP/1.1 100 Continue\r\n\r\n") }
                var pattern = Pattern()
                var isSame = true
                try connection.readContent(of: head) { isSame = pattern.matches($0) && isSame }
                let text = "\(pattern.position) \(isSame)"
                try connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
                )
            }
        }
        var pattern = Pattern()
        var octets: [UInt8] = []
        while octets.count < 5_000_000 { octets += pattern.next(60_000) }
        let folder = try TemporaryFolder()
        let file = try folder.write(octets, to: "upload.bin")
        let coding = isChunked ? ["-H", "Transfer-Encoding: chunked"] : []
        let result = try curl(coding + ["-T", file, url(fixture.gateway, "/upload")])
        #expect(result.output == "\(octets.count) true", "\(result.error)")
    }

    @Test(
        "A download is byte-identical at the client, by length and chunked",
        arguments: [true, false]
    )
    func downloads(isChunked: Bool) throws {
        var pattern = Pattern()
        var octets: [UInt8] = []
        while octets.count < 5_000_000 { octets += pattern.next(60_000) }
        let content = octets
        let fixture = try Fixture { connection in
            while try connection.readRequest() != nil {
                if isChunked {
                    try connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    try connection.send("\(String(content.count, radix: 16))\r\n")
                    try connection.send(content, within: .seconds(60))
                    try connection.send("\r\n0\r\n\r\n")
                } else {
                    try connection.send(
                        "HTTP/1.1 200 OK\r\nContent-Length: \(content.count)\r\n\r\n"
                    )
                    try connection.send(content, within: .seconds(60))
                }
            }
        }
        let folder = try TemporaryFolder()
        let file = folder.path("download.bin")
        let result = try curl(["-o", file, url(fixture.gateway, "/assets/big")])
        #expect(result.status == 0, "\(result.error)")
        #expect(try Array(Data(contentsOf: URL(fileURLWithPath: file))) == content)
    }

    @Test("A large refused upload shows curl the 405, not a reset")
    func showsRefusalOfLargeUpload() throws {
        let gateway = try Fixture.echoing().gateway
        let folder = try TemporaryFolder()
        let file = try folder.write([UInt8](repeating: 0x61, count: 20_000_000), to: "big.bin")
        for expect in [[], ["-H", "Expect:"]] {
            let result = try curl(
                expect + [
                    "-o", "/dev/null", "-w", "%{http_code}", "-T", file, url(gateway, "/status"),
                ]
            )
            #expect(result.output == "405", "\(result.error)")
        }
    }

    @Test("Several requests share one connection")
    func keepsTheConnection() throws {
        let gateway = try Fixture.echoing().gateway
        let result = try curl([
            "-w", "%{http_code} %{num_connects}\n", "-o", "/dev/null", "-o", "/dev/null", "-o",
            "/dev/null", "-X", "DELETE", url(gateway, "/users"), url(gateway, "/status"),
            url(gateway, "/users/7"),
        ])
        #expect(result.output == "405 1\n405 0\n200 0\n")
    }
}
