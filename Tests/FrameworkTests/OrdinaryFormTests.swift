import TestKit
import Testing

/// What browsers and curl send arrives as it was sent.
@Suite("Real frameworks: ordinary forms", .frameworkStage, .blocking)
struct OrdinaryFormTests {
    static let boundary = "----WebKitFormBoundary7MA4YWxkTrZu0gW"

    static let forms: [Attack] = [
        form(
            "a urlencoded form as browsers send it",
            "application/x-www-form-urlencoded",
            "name=J%C3%BCrgen+M.&method=fast&note=a%3Db%26c%3Bd&empty=&_methods=x&x_method=y"
        ),
        form(
            "a multipart form as browsers send it",
            "multipart/form-data; boundary=\(boundary)",
            part("name=\"name\"", "J\u{fc}rgen \u{1f600}")
                + part("name=\"note\"", "two\r\nlines -- and _method=DELETE\r\n-")
                + part(
                    "name=\"upload\"; filename=\"report (1).txt\"\r\nContent-Type: text/plain",
                    "--\(boundary.dropLast())\r\n\r\n--\r\n-----"
                )
                + part(
                    "name=\"none\"; filename=\"\"\r\nContent-Type: application/octet-stream",
                    ""
                )
                + "--\(boundary)--\r\n"
        ),
    ]

    private static func form(_ name: String, _ type: String, _ content: String) -> Attack {
        Attack(
            name: name,
            fields: ["Content-Type: \(type)"],
            content: content,
            effect: "POST /users/{n}",
            works: Framework.overriding
        )
    }

    private static func part(_ disposition: String, _ content: String) -> String {
        "--\(boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n\r\n\(content)\r\n"
    }

    @Test(
        "A form passes byte for byte, at once and octet by octet",
        arguments: Framework.overriding,
        forms
    )
    func formsPass(_ framework: Framework, _ form: Attack) throws {
        let walled = try WalledService.shared(framework)
        let number = nextNumber()
        let direct = try walled.service.exchange(form.request(number))
        #expect(direct.status == 200 && direct.text.contains("acted: \(form.effect(number))\n"))
        #expect(direct.text.contains("field: name=J\u{fc}rgen"), "\(direct.text)")
        let walledAnswer = try walled.exchange(form.request(number))
        #expect(walledAnswer.text == direct.text)

        let client = try RawClient(port: walled.port)
        for octet in form.request(number).utf8 { try client.send([octet]) }
        #expect(try client.readResponse(to: "POST").text == direct.text)
    }

    @Test("What curl -F and curl -d send passes byte for byte", arguments: Framework.overriding)
    func curlPasses(_ framework: Framework) throws {
        let walled = try WalledService.shared(framework)
        let folder = try TemporaryFolder()
        var pattern = Pattern()
        // More than the servers keep in memory, and every octet value in it.
        var octets: [UInt8] = []
        for _ in 0..<20 { octets += pattern.next(65_521) }
        let file = try folder.write(octets, to: "upload.bin")
        let number = nextNumber()
        let requests = [
            ["-F", "name=a b", "-F", "upload=@\(file)"],
            ["-H", "Transfer-Encoding: chunked", "-F", "name=a b", "-F", "upload=@\(file)"],
            ["-d", "name=a+b&c=d"],
        ]
        for arguments in requests {
            // wsgiref knows no chunked content.
            if framework == .wsgi && arguments.contains("Transfer-Encoding: chunked") { continue }
            let texts = try [walled.service.port, walled.port].map { port in
                let url = "http://127.0.0.1:\(port)/users/\(number)"
                let curl = try ChildProcess.run(
                    try Programs.installed("curl"),
                    ["-sS", "--max-time", "60", "--noproxy", "*"] + arguments + [url],
                    within: .seconds(90)
                )
                #expect(curl.status == 0, "\(curl.error)")
                // curl chooses a new boundary each time, so only the parts can be compared.
                let isForm = arguments.contains("-F")
                return curl.output.split(separator: "\n")
                    .filter { !isForm || !$0.hasPrefix("content:") }.joined(separator: "\n")
            }
            #expect(texts[0].contains("field: name=a b"), "\(texts[0])")
            #expect(arguments.contains("-d") || texts[0].contains("file: upload="))
            #expect(texts[0] == texts[1], "\(arguments)")
        }
    }
}
