import TestKit
import Testing

/// A request whose method and path are not what a framework acts on.
///
/// `{n}` stands for a number that is different each time the request is sent.
struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    var method = "POST"
    var target = "/users/{n}"
    var fields: [String] = []
    var content: String? = ""
    /// What the framework does when it gets the request.
    var effect = "DELETE /users/{n}"
    /// The status code of methodwall's answer; 200 if it forwards the request without the attack.
    var answer = 405
    /// Where it works.
    let works: [Framework]

    var testDescription: String { name }

    /// The octets of the request.
    func request(_ number: Int) -> String { head(number) + (content ?? "") }

    /// The octets of the request without its content.
    ///
    /// - Parameters:
    ///   - number: what `{n}` stands for.
    ///   - length: the length that the request announces; nil for that of its content.
    /// - Returns: the request line, the field lines and the empty line.
    func head(_ number: Int, length: Int? = nil) -> String {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: shop.test"] + fields
        let isChunked = fields.contains { $0.hasPrefix("Transfer-Encoding:") }
        if let content, !isChunked {
            lines.append("Content-Length: \(length ?? content.utf8.count)")
        }
        return numbered(lines.joined(separator: "\r\n") + "\r\n\r\n", number)
    }

    /// What the framework does with request `number`.
    func effect(_ number: Int) -> String { numbered(effect, number) }

    private func numbered(_ text: String, _ number: Int) -> String {
        text.split(separator: "{n}", omittingEmptySubsequences: false).joined(
            separator: "\(number)"
        )
    }
}

/// One attack on one framework where it works.
struct Attempt: Sendable, CustomTestStringConvertible {
    let framework: Framework
    let attack: Attack

    var testDescription: String { "\(framework.rawValue): \(attack.name)" }

    static func all(_ attacks: [Attack]) -> [Attempt] {
        attacks.flatMap { attack in attack.works.map { Attempt(framework: $0, attack: attack) } }
    }

    /// Sent directly it works; through methodwall it does not.
    func showBothHalves(by walled: WalledService? = nil) throws {
        let walled = try walled ?? WalledService.shared(framework)
        let service = walled.service
        let direct = nextNumber()
        try service.makeFile(direct)
        let worked = try service.exchange(attack.request(direct))
        #expect(
            service.hasDone(attack.effect(direct)),
            "sent directly it does nothing: \(worked.status) \(worked.text)"
        )

        let number = nextNumber()
        try service.makeFile(number)
        let answer = try walled.exchange(attack.request(number))
        #expect(answer.status == attack.answer, "\(answer.text)")
        #expect(walled.neverDoes(attack.effect(number)))
        let isInContent = attack.content?.isEmpty == false
        if attack.answer != 200 && !isInContent {
            // The service never saw the request at all.
            #expect(!service.acted.contains { $0.hasSuffix("/\(number)") })
        }
    }
}
