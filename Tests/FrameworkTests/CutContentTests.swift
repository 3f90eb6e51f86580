import TestKit
import Testing

/// Content that never becomes complete, and content that comes in pieces.
///
/// Apache with mod_php acts on what came before the upload was cut, Tomcat on a multipart form as
/// soon as its closing delimiter is there. So a method that a form claims must be judged before
/// the octets of its value go on.
@Suite("Real frameworks: content that is cut", .frameworkStage, .blocking)
struct CutContentTests {
    /// mod_php keeps whole blocks of what it read: 16 KiB of a urlencoded form, 5 KiB of a
    /// multipart form.
    static let urlencoded = ["", "&", "&x"].map { rest in
        let end = "&_method=DELETE\(rest)"
        let padding = String(repeating: "y", count: 16_384 - 2 - end.utf8.count)
        return cut("urlencoded, ends with \(end)", Attack.urlencodedType, "x=\(padding)\(end)")
    }

    static let multipart = ["", "\r\n", "\r\n-", "\r\n--", "\r\n--X", "\r\n--X--"].map { rest in
        let end = String(Attack.part("_method", "DELETE").dropLast()) + rest
        let start = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
        let count = 5120 - start.utf8.count - 2 - end.utf8.count
        let padding = String(repeating: "y", count: count)
        return cut(
            "multipart, ends with \("DELETE\(rest)".debugDescription)",
            "Content-Type: multipart/form-data; boundary=X",
            "\(start)\(padding)\r\n\(end)"
        )
    }

    private static func cut(_ name: String, _ type: String, _ content: String) -> Attack {
        Attack(name: name, fields: [type], content: content, works: [.phpModule])
    }

    /// How the client goes away.
    enum Ending: String, Sendable, CaseIterable {
        case end
        case reset
    }

    @Test(
        "B-04: PHP does not act on a forbidden method in a form that the client breaks off",
        arguments: urlencoded + multipart,
        Ending.allCases
    )
    func holdsBackWhatIsNotJudged(_ attack: Attack, _ ending: Ending) throws {
        let walled = try WalledService.shared(.phpModule)
        let direct = nextNumber()
        try send(attack, direct, to: walled.service.port, ending)
        #expect(eventually { walled.service.hasDone(attack.effect(direct)) })

        let number = nextNumber()
        try send(attack, number, to: walled.port, ending)
        #expect(walled.neverDoes(attack.effect(number), for: .seconds(1)))
    }

    /// Sends the content of a request that announces more of it, and goes away.
    private func send(_ attack: Attack, _ number: Int, to port: Int, _ ending: Ending) throws {
        let client = try RawClient(port: port)
        try client.send(attack.head(number, length: 90_000) + (attack.content ?? ""))
        // The octets have to arrive before the end does.
        _ = client.staysSilent(for: .milliseconds(200))
        ending == .reset ? client.reset() : client.finishSending()
        if ending == .end { _ = client.isClosedByPeer(within: .seconds(1)) }
    }

    @Test("B-04: Tomcat does not act on a form that is complete before its content is")
    func refusesEarlyActing() throws {
        let walled = try WalledService.shared(.tomcat)
        let attack = Attack(
            name: "multipart",
            fields: ["Content-Type: multipart/form-data; boundary=X"],
            content: Attack.part("_method", "DELETE") + "--X--\r\n",
            works: [.tomcat]
        )
        for (port, works) in [(walled.service.port, true), (walled.port, false)] {
            let number = nextNumber()
            let client = try RawClient(port: port)
            try client.send(attack.head(number, length: 4096))
            for octet in attack.content.map({ Array($0.utf8) }) ?? [] {
                // The peer may answer and close in the middle.
                guard (try? client.send([octet])) != nil else { break }
            }
            if works {
                #expect(eventually { walled.service.hasDone(attack.effect(number)) })
            } else {
                #expect(walled.neverDoes(attack.effect(number), for: .seconds(1)))
            }
        }
    }

    @Test(
        "B-04: a form that comes octet by octet is refused as one that comes at once",
        arguments: Framework.overriding
    )
    func refusesSlowForms(_ framework: Framework) throws {
        let walled = try WalledService.shared(framework)
        let slow = Attempt.all(Attack.inForms + Attack.inParts).filter {
            $0.framework == framework && $0.attack.answer == 405
        }
        #expect(slow.count > 5)
        var effects: [String] = []
        for attack in slow.map(\.attack) {
            let number = nextNumber()
            let client = try RawClient(port: walled.port)
            try client.send(attack.head(number))
            for octet in attack.content.map({ Array($0.utf8) }) ?? [] {
                guard client.staysSilent(for: .zero) else { break }
                try client.send([octet])
            }
            let answer = try client.readResponse(to: "POST")
            #expect(answer.status == 405, "\(attack.name): \(answer.text)")
            effects.append(attack.effect(number))
        }
        for effect in effects { #expect(walled.neverDoes(effect, for: .milliseconds(20))) }
    }

    @Test(
        "B-04: a forbidden method behind a big file is refused before the form is complete",
        arguments: Framework.overriding
    )
    func refusesBehindBigFiles(_ framework: Framework) throws {
        let file = String(repeating: "0123456789abcde\n", count: 65_536)
        let start = "--X\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
        let attack = Attack(
            name: "big",
            fields: ["Content-Type: multipart/form-data; boundary=X"],
            content: "\(start)\(file)\r\n\(Attack.part("_method", "DELETE"))--X--\r\n",
            works: [framework]
        )
        for attempt in Attempt.all([attack]) { try attempt.showBothHalves() }
    }
}
