/// Where NIOHTTP1's decoder reads a message otherwise than we do, and why that is right.
///
/// Any other difference in what we accept is a finding.
enum ExplainedDifference: String {
    /// llhttp has a fixed list of methods and gives up at any other.
    case unknownMethod
    /// NIOHTTP1 gives `M-SEARCH` the name `MSEARCH`.
    case renamedMethod
    /// NIOHTTP1 leaves the white space behind a field value in it; RFC 9112 section 5.1 has it
    /// excluded.
    case trailingWhitespace
    /// llhttp takes `Proxy-Connection: close` for `Connection: close`; no specification has it.
    case proxyConnection
    /// llhttp takes Connection and Proxy-Connection in a trailer section for the head's; RFC 9110
    /// section 6.5.1 does not let trailers decide about the connection.
    case connectionInTrailers
    /// llhttp does not know `keep-alive` with HTAB behind it: the connection of HTTP/1.0 ends for
    /// it; RFC 9110 section 5.6.1 allows HTAB there, and we name the option anew for the origin.
    case tabBehindOption
    /// llhttp takes an informational response with `Connection: close`, or in HTTP/1.0, for the
    /// connection's last; RFC 9110 section 15.2 has the final response follow it.
    case closingInformational
    /// Equal Content-Length lines of a response are one to us; llhttp gives up at the second.
    case repeatedContentLength
}

/// Compares two readings of the same octets: what we accept, NIOHTTP1 has to read the same way.
///
/// The other direction is no requirement, as refusing more is what a strict parser is for.
struct ReadingComparison {
    private(set) var explained: Set<ExplainedDifference> = []
    private(set) var finding: String?

    /// The methods that llhttp reads in an HTTP request.
    private static let methodsOfNIO: Set<String> = [
        "DELETE", "GET", "HEAD", "POST", "PUT", "CONNECT", "OPTIONS", "TRACE", "COPY", "LOCK",
        "MKCOL", "MOVE", "PROPFIND", "PROPPATCH", "SEARCH", "UNLOCK", "BIND", "REBIND", "UNBIND",
        "ACL", "REPORT", "MKACTIVITY", "CHECKOUT", "MERGE", "M-SEARCH", "NOTIFY", "SUBSCRIBE",
        "UNSUBSCRIBE", "PATCH", "PURGE", "MKCALENDAR", "LINK", "UNLINK", "SOURCE", "QUERY",
    ]

    init(ours: WireReading, nio: WireReading) {
        for (index, message) in ours.messages.enumerated() {
            guard index < nio.messages.count else {
                // NIOHTTP1's reading has the white space behind values.
                let previous = nio.messages.last
                if let difference = Self.explainMissing(message, after: previous, nio.stop) {
                    explained.insert(difference)
                } else {
                    finding = "message \(index) \(message): NIO has none, \(nio.stop)"
                }
                return
            }
            compare(message, nio.messages[index], at: index, stop: nio.stop)
            if finding != nil { return }
        }
        guard ours.stop == .exhausted, nio.messages.count > ours.messages.count else { return }
        finding = "NIO has \(nio.messages.count) messages, we \(ours.messages.count)"
    }

    private mutating func compare(
        _ ours: WireMessage,
        _ nio: WireMessage,
        at index: Int,
        stop: WireReading.Stop
    ) {
        var theirs = nio
        if ours.start.hasPrefix("M-SEARCH "), theirs.start.hasPrefix("MSEARCH ") {
            theirs.start = "M-" + theirs.start.dropFirst(1)
            explained.insert(.renamedMethod)
        }
        if theirs.trimmingValues != theirs {
            theirs = theirs.trimmingValues
            explained.insert(.trailingWhitespace)
        }
        guard ours.start.utf8.elementsEqual(theirs.start.utf8), ours.version == theirs.version,
            ours.lines == theirs.lines
        else {
            finding = "message \(index): \(ours) against \(theirs), \(stop)"
            return
        }
        // Behind a head that is followed by another protocol, or by content that we refuse in
        // the end, only the head is compared, and content as far as both have it.
        guard ours.isComplete else {
            if !theirs.content.starts(with: ours.content),
                !ours.content.starts(with: theirs.content)
            {
                finding = "content of message \(index): \(ours) against \(theirs), \(stop)"
            }
            return
        }
        guard ours == theirs else {
            finding = "message \(index): \(ours) against \(theirs), \(stop)"
            return
        }
    }

    /// Why NIOHTTP1 may have no message where we have one.
    private static func explainMissing(
        _ message: WireMessage,
        after previous: WireMessage?,
        _ stop: WireReading.Stop
    ) -> ExplainedDifference? {
        guard case .fault(let error) = stop else { return nil }
        let first = String(message.start.prefix { $0 != " " })
        let isResponse = !first.isEmpty && first.allSatisfy(\.isNumber)
        if !isResponse, !methodsOfNIO.contains(first) { return .unknownMethod }
        if error == "closed_connection", let previous {
            if isResponse, previous.start.hasPrefix("1") { return .closingInformational }
            if previous.version == "1.0", previous.hasTab(in: "connection") {
                return .tabBehindOption
            }
            if previous.has("proxy-connection") { return .proxyConnection }
            if previous.hasTrailer("connection") || previous.hasTrailer("proxy-connection") {
                return .connectionInTrailers
            }
        }
        if error == "unexpected_content_length", isResponse,
            message.count(of: "content-length") > 1
        {
            return .repeatedContentLength
        }
        return nil
    }
}
