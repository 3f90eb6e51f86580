import Testing

@testable import Gateway

@Suite("Which form of a refusal a client gets (RFC 9110 section 12.5.1)")
struct ContentPreferenceTests {
    private func prefersHTML(_ accept: String) -> Bool {
        let octets = Array(accept.utf8)
        return ContentPreference.prefersHTML(accept: octets.span)
    }

    @Test(
        "HTML only for those who would rather have it",
        arguments: [
            "text/html", "TEXT/HTML", "text/*", "text/html, application/json;q=0.9",
            // What browsers send.
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html;charset=utf-8", "text/html ; q=1.000", "text/html\t;\tq=0.5, */*;q=0.4",
            "*/*;q=0.1, text/*", "application/*;q=0.1, text/html;q=0.2",
            "application/json;q=0, */*", "application/problem+json;q=0, text/html;q=0.001",
            "text/html;Q=0.5, application/json;Q=0.4", ",, text/html ,,",
            "text/html;level=1;q=0.5, application/json;q=0.499", "text/html;xq=0",
        ]
    )
    func choosesHTML(_ accept: String) {
        #expect(prefersHTML(accept))
    }

    @Test(
        "JSON for everybody else",
        arguments: [
            "", " ", ",", "*/*", "application/json", "application/problem+json", "application/*",
            "text/html, application/json", "text/html;q=0.9, application/json",
            "text/html;q=0.5, */*;q=0.9, application/problem+json;q=0.6", "image/png",
            "text/plain", "*", "text", "text/", "text/htm", "text/html/x", "text /html", "\u{e9}",
            "text/html;q=0", "text/html;q=0.000", "text/html;q=0, */*", "text/*;q=0, */*;q=0.1",
            // The more specific range counts, wherever it stands.
            "text/*;q=0.5, text/html;q=0.1, application/problem+json;q=0.2",
            "text/html;q=0.1, text/*;q=0.5, application/problem+json;q=0.2",
            "application/json;q=0.1, application/problem+json;q=0.9, text/html;q=0.5",
        ]
    )
    func choosesJSON(_ accept: String) {
        #expect(!prefersHTML(accept))
    }

    @Test(
        "A member whose weight is no qvalue counts for nothing",
        arguments: ["q=2", "q=-1", "q=abc", "q=", "q=1.5", "q=0.5x", "q=.5", "q=10"]
    )
    func ignoresMalformedWeights(_ weight: String) {
        #expect(!prefersHTML("text/html;\(weight)"))
    }

    @Test("Every octet in every place is survived")
    func survivesAnyOctet() {
        let sample = Array("text/html;q=0.5, */*;q=0.4".utf8)
        for place in sample.indices {
            for octet in UInt8.min ... .max {
                var changed = sample
                changed[place] = octet
                _ = ContentPreference.prefersHTML(accept: changed.span)
                let cut = Array(changed[..<place])
                _ = ContentPreference.prefersHTML(accept: cut.span)
            }
        }
    }
}
