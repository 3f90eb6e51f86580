import MethodPolicy

/// One test of a policy file: a request, and what must become of it.
struct PolicyTest: Sendable, Equatable {
    /// The test as it was written, its words with single spaces between them.
    let text: String
    /// Where it stands.
    var location = SourceLocation(file: "")
    var request = TestRequest()
    var expectation = TestExpectation()

    init(text: String) {
        self.text = text
    }
}

/// The request of a test.
struct TestRequest: Sendable, Equatable {
    var method = ""
    /// The path, with or without a query, or `*`.
    var target = ""
    /// The host, with or without a port; nil for one that the test's policy serves.
    var host: String?
    var origin: String?
    /// `Access-Control-Request-Method`, which makes OPTIONS a preflight.
    var asking: String?
    /// `Access-Control-Request-Headers`.
    var askingFields: String?
    var address: NetworkAddress?
    /// `X-HTTP-Method-Override`.
    var overriding: String?
    /// `Destination`.
    var destination: String?

    /// The head of the request as a client would send it.
    ///
    /// Nothing in it can end a line: words hold neither white space nor control characters.
    func head(host: String) -> [UInt8] {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host)"]
        let fields = [
            ("Origin", origin), ("Access-Control-Request-Method", asking),
            ("Access-Control-Request-Headers", askingFields),
            ("X-HTTP-Method-Override", overriding), ("Destination", destination),
        ]
        for case (let name, let value?) in fields { lines.append("\(name): \(value)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    }
}

/// What a test says must become of its request.
struct TestExpectation: Sendable, Equatable {
    enum Result: Sendable, Equatable {
        /// It is forwarded without complaint, to this upstream if one is named.
        case forward(upstream: String?)
        /// It is answered here with this status code.
        case answer(status: Int)
        /// It is forwarded, and reported as one that would have got this status code.
        case report(status: Int)
    }

    var result = Result.forward(upstream: nil)
    /// The members of `Allow`, in any order; nil if the test does not ask.
    var allow: [String]?
    /// The reason; nil if the test does not ask.
    var reason: String?
}
