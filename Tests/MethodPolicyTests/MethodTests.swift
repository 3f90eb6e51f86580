import MethodPolicy
import Testing

@Suite("Methods")
struct MethodTests {
    @Test(
        "a method is a token (RFC 9110 section 5.6.2)",
        arguments: [
            "", " ", "GET ", "G ET", "GET\r\n", "GÉT", "GET/", "GET(", "a,b", "\u{0}", "\t",
            String(repeating: "A", count: 65),
        ]
    )
    func refusesWhatIsNoToken(_ name: String) {
        #expect(Method(name) == nil)
    }

    @Test(arguments: ["GET", "get", "VERSION-CONTROL", "!#$%&'*+-.^_`|~09", "*"])
    func keepsTheNameOfAToken(_ name: String) {
        #expect(Method(name)?.name == name)
        #expect(Method(name)?.description == name)
    }

    @Test("R-07: case makes another method")
    func comparesCaseSensitively() {
        #expect(Method("get") != Method.get)
        #expect(Method("GET") == Method.get)
    }

    @Test("R-13: the registry, less what a policy can never allow")
    func knowsTheRegistry() {
        let names =
            "ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY DELETE GET HEAD LABEL LINK LOCK MERGE "
            + "MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH "
            + "POST PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH UNBIND UNCHECKOUT UNLINK "
            + "UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL"
        #expect(
            Method.registered.map(\.name).sorted() == names.split(separator: " ").map(String.init)
        )
        #expect(
            Method.prohibited.map(\.name).sorted() == ["*", "CONNECT", "PRI", "TRACE", "TRACK"]
        )
        #expect(Set(Method.registered).isDisjoint(with: Method.prohibited))
    }

    @Test("R-03: GET HEAD POST PUT PATCH DELETE OPTIONS, then by name")
    func sortsAsAllowDoes() {
        let sorted = methods("UNLOCK OPTIONS ACL DELETE PATCH PUT POST HEAD GET BIND").sorted()
        #expect(
            sorted.map(\.name).joined(separator: " ")
                == "GET HEAD POST PUT PATCH DELETE OPTIONS ACL BIND UNLOCK"
        )
    }

    @Test func everyRegisteredMethodWorksWhereAnyIsAllowed() throws {
        let snapshot = try snapshot(policy([rule("/x", "any")], extensions: "PURGE"))
        for method in Method.registered + methods("PURGE") where method != .options {
            #expect(snapshot.outcome(method.name, "/x") == .forward(pattern: "/x"), "\(method)")
        }
        let listed = try #require(snapshot.policies.first?.rules.first?.methodNames)
        #expect(listed.count == Method.registered.count + 1)
        #expect(Set(listed) == Set(Method.registered.map(\.name) + ["PURGE"]))
    }

    @Test("an extension method belongs to one policy")
    func keepsExtensionMethodsPerPolicy() throws {
        let snapshot = try snapshot([
            policy(
                [rule("/x", "GET PURGE")],
                name: "one",
                hosts: ["one.test"],
                extensions: "PURGE"
            ),
            policy([rule("/x", "GET BAN")], name: "two", hosts: ["two.test"], extensions: "BAN"),
        ])
        #expect(snapshot.outcome("PURGE", "/x", host: "one.test") == .forward(pattern: "/x"))
        #expect(snapshot.outcome("BAN", "/x", host: "two.test") == .forward(pattern: "/x"))
        let unknown = Outcome.refuse(status: 501, .unknownMethod, allow: nil)
        #expect(snapshot.outcome("BAN", "/x", host: "one.test") == unknown)
        #expect(snapshot.outcome("PURGE", "/x", host: "two.test") == unknown)
        #expect(snapshot.outcome("PURGE", "/x", host: "elsewhere.test") == unknown)
    }

    @Test func takesAsManyExtensionMethodsAsItSays() throws {
        let names = (0..<MethodSet.extensionMethodsMax).map { "X\($0)" }
        let all = names.joined(separator: " ")
        let snapshot = try snapshot(policy([rule("/x", all)], extensions: all))
        for name in names {
            #expect(snapshot.outcome(name, "/x") == .forward(pattern: "/x"), "\(name)")
        }
        #expect(snapshot.outcome("X99", "/x") == .refuse(status: 501, .unknownMethod, allow: nil))
        let rule = try #require(snapshot.policies.first?.rules.first)
        #expect(rule.methods.count == names.count + 1)
        #expect(rule.methods.contains(.options))
        #expect(!rule.methods.contains(.trace))
    }

    @Test func namesTheMembersOfASet() throws {
        let snapshot = try snapshot(policy([rule("/x", "PURGE DELETE GET")], extensions: "PURGE"))
        let policy = try #require(snapshot.policies.first)
        let set = try #require(policy.rules.first?.methods)
        #expect(
            policy.methods(in: set).map(\.name) == ["GET", "HEAD", "DELETE", "OPTIONS", "PURGE"]
        )
        let purge = Array("PURGE".utf8)
        let brew = Array("BREW".utf8)
        let contained = [
            policy.contains(purge.span, in: set), policy.contains(brew.span, in: set),
        ]
        #expect(contained == [true, false])
        let known = [policy.isKnown(method: purge.span), policy.isKnown(method: brew.span)]
        #expect(known == [true, false])
        #expect(MethodSet().isEmpty)
    }
}
