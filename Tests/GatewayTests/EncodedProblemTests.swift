import HTTPMessage
import MethodPolicy
import Testing

@testable import Gateway

@Suite("The answer that is encoded once")
struct EncodedProblemTests {
    /// Whose answer it is, and where the request comes from.
    struct Subject: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var pattern: String?
        var hasPolicy = true
        var hasCORS = false
        var origin = ""
    }

    static let subjects: [Subject] = [
        Subject(testDescription: "a rule", pattern: "/users"),
        Subject(testDescription: "a rule with the operator's reason", pattern: "/reports"),
        Subject(testDescription: "a rule that allows nothing", pattern: "/closed"),
        Subject(testDescription: "a policy without a rule"),
        Subject(testDescription: "no policy", hasPolicy: false),
        Subject(
            testDescription: "a rule with CORS, and an origin that it lists",
            pattern: "/users",
            hasCORS: true,
            origin: "https://app.example.com"
        ),
        Subject(
            testDescription: "a rule with CORS, and an origin that it does not list",
            pattern: "/users",
            hasCORS: true,
            origin: "https://evil.example"
        ),
        Subject(testDescription: "a policy with CORS, and no origin", hasCORS: true),
    ]

    /// The answers to a method that is not allowed, in everything that a request decides.
    private static var answers: [LocalAnswer] {
        (0..<32).map { bits in
            var answer = LocalAnswer(status: RefusalReason.methodNotAllowed.status)
            answer.reason = RefusalReason.methodNotAllowed.rawValue
            answer.carriesAllow = true
            answer.isHead = bits & 1 != 0
            answer.closes = bits & 2 != 0
            answer.version = bits & 4 != 0 ? .http10 : .http11
            answer.prefersHTML = bits & 8 != 0
            answer.retryAfterSeconds = bits & 16 != 0 ? 7 : 0
            return answer
        }
    }

    private let identifier: RequestIdentifier

    init() {
        var identifier = RequestIdentifier()
        identifier.advance()
        self.identifier = identifier
    }

    private func make(
        _ subject: Subject,
        pseudonym: String = "methodwall"
    ) throws -> (template: RefusalTemplate, cors: CORSFields?) {
        let snapshot = try PolicyFixture.snapshot(hasCORS: subject.hasCORS)
        let policy = subject.hasPolicy ? snapshot.policies.first : nil
        let rule = subject.pattern.flatMap { snapshot.rule($0) }
        let template = RefusalTemplate(
            policy: policy,
            rule: rule,
            view: rule?.views.last,
            version: snapshot.version,
            pseudonym: pseudonym
        )
        guard let cors = rule?.cors ?? policy?.cors else { return (template, nil) }
        let origin = Array(subject.origin.utf8)
        let grant = cors.grant(origin: origin.span)
        return (template, CORSFields(cors: cors, grant: grant, purpose: .refusal))
    }

    private func octets(
        _ answer: LocalAnswer,
        _ template: RefusalTemplate,
        cors: CORSFields? = nil,
        origin: String = "",
        pseudonym: String = "methodwall"
    ) -> [UInt8] {
        let detail = Array(#"DELETE is not allowed on /a"b\c. No method is allowed."#.utf8)
        let date = Array("Sun, 06 Nov 1994 08:49:37 GMT".utf8)
        let origin = Array(origin.utf8)
        var (output, body) = (OctetBuffer(), OctetBuffer())
        body.append("what the answer before has left")
        output.writeProblem(
            answer,
            template: template,
            detail: detail.span,
            cors: cors,
            origin: origin.span,
            requestID: identifier,
            date: date,
            pseudonym: pseudonym,
            body: &body
        )
        return output.octets
    }

    @Test("It is octet for octet what would be written without it", arguments: subjects)
    func equalsWhatIsWrittenAtOnce(_ subject: Subject) throws {
        let (template, cors) = try make(subject)
        for answer in Self.answers {
            let written = octets(answer, template, cors: cors, origin: subject.origin)
            var taken = answer
            taken.isMethodNotAllowed = true
            let encoded = octets(taken, template, cors: cors, origin: subject.origin)
            let isSame = encoded == written
            #expect(isSame, "\(String(decoding: encoded, as: UTF8.self))")
        }
    }

    /// The answers with and without the mark that lets the encoded one be used.
    ///
    /// The template and the writer name themselves differently, so the answer says who wrote it.
    private func answersByWriter() throws -> [(answer: LocalAnswer, text: String)] {
        let subject = Subject(testDescription: "a rule", pattern: "/users")
        let template = try make(subject, pseudonym: "encoded").template
        var all: [(answer: LocalAnswer, text: String)] = []
        for var answer in Self.answers {
            for isMarked in [false, true] {
                answer.isMethodNotAllowed = isMarked
                let written = octets(answer, template, pseudonym: "written")
                all.append((answer, String(decoding: written, as: UTF8.self)))
            }
        }
        return all
    }

    @Test("It is used for the answer in JSON to a method that is not allowed, and for no other")
    func isUsedForOneAnswer() throws {
        for (answer, text) in try answersByWriter() {
            let isMeant = answer.isMethodNotAllowed && !answer.prefersHTML
            #expect(text.contains("Proxy-Status: encoded; error=http_request_denied") == isMeant)
            #expect(text.contains("Proxy-Status: written; error=http_request_denied") != isMeant)
        }
    }

    @Test("Who prefers HTML gets HTML, and HEAD gets the head alone")
    func keepsToTheRequest() throws {
        for (answer, text) in try answersByWriter() {
            let type =
                answer.prefersHTML ? "text/html; charset=utf-8" : "application/problem+json"
            #expect(text.contains("\r\nContent-Type: \(type)\r\n"))
            #expect(text.contains("\r\nAllow: GET, HEAD, POST, OPTIONS\r\n"))
            #expect(text.contains("\r\nConnection: close\r\n") == answer.closes)
            #expect(text.contains("\r\nRetry-After: 7\r\n") == (answer.retryAfterSeconds == 7))
            #expect(text.hasSuffix("\r\n\r\n") == answer.isHead)
            #expect(text.contains("<!doctype html>") == (answer.prefersHTML && !answer.isHead))
        }
    }
}
