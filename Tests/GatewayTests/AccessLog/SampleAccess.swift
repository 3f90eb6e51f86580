import HTTPMessage

@testable import Gateway

/// A request with its octets, and what became of it, for lines of the access log.
struct SampleAccess {
    var method = Array("GET".utf8)
    var path = Array("/users/7".utf8)
    var query: [UInt8] = []
    var host = Array("shop.test:8080".utf8)
    var userAgent = Array("curl/8.5".utf8)
    var referer: [UInt8] = []
    var clientAddress = Array("192.0.2.7".utf8)
    var clientPort: UInt16 = 40_001
    var protocolVersion = "1.1"
    var trace: TraceParent?

    /// When it begins.
    static let began = LogInstant.at(1_000)

    func begin(_ record: AccessRecord) {
        record.begin(at: Self.began, identifier: RequestIdentifier(), trace: trace)
    }

    func withRequest(_ body: (borrowing LoggedRequest) -> Void) {
        var request = LoggedRequest(
            method: method.span,
            path: path.span,
            query: query.span,
            host: host.span,
            userAgent: userAgent.span,
            referer: referer.span,
            clientAddress: clientAddress.span
        )
        request.clientPort = clientPort
        request.protocolVersion = protocolVersion
        body(request)
    }

    /// The line of this request, without a log around it.
    ///
    /// - Parameters:
    ///   - format: what the line looks like.
    ///   - includesQuery: whether it has the query.
    ///   - happen: what becomes of it between its head and its end, 42 ms later.
    /// - Returns: the line, its line feed included.
    func line(
        _ format: AccessLogConfiguration.Format,
        includesQuery: Bool = false,
        _ happen: (AccessRecord) -> Void = { $0.answers(204) }
    ) -> [UInt8] {
        var encoder = AccessEncoder(format: format, includesQuery: includesQuery)
        let record = AccessRecord()
        begin(record)
        withRequest { encoder.begin(record, $0) }
        happen(record)
        var buffer = OctetBuffer()
        let ended = Self.began.monotonicMilliseconds + 42
        encoder.append(record, endedMilliseconds: ended, to: &buffer)
        return buffer.octets
    }

    /// The same, as JSON.
    func parsed(
        includesQuery: Bool = false,
        _ happen: (AccessRecord) -> Void = { $0.answers(204) }
    ) throws -> ParsedLine {
        let lines = try ParsedLine.all(in: line(.json, includesQuery: includesQuery, happen))
        guard lines.count == 1 else { throw LineFault(count: lines.count) }
        return lines[0]
    }

    /// The same in the combined format, as text without its line feed.
    func combined(
        includesQuery: Bool = false,
        _ happen: (AccessRecord) -> Void = { $0.answers(204) }
    ) -> String {
        String(
            decoding: line(.combined, includesQuery: includesQuery, happen).dropLast(),
            as: UTF8.self
        )
    }

    /// There was not one line.
    struct LineFault: Error {
        let count: Int
    }
}
