import MethodPolicy
import Testing

@Suite("Methods for some clients")
struct RestrictionTests {
    private static let inside = client("10.1.2.3")
    private static let outside = client("192.0.2.7")

    private static let admin = policy(
        [
            rule(
                "/admin",
                "GET POST DELETE",
                cors: .defined(cors(["https://app.test"])),
                only: [
                    only("DELETE", "10.0.0.0/8", "fd00::/8"), only("POST", "dns=deploy.test"),
                ]
            ),
            rule("/reports", "GET", only: [only("GET", "10.0.0.0/8")]),
            rule("/all", "GET PUT", only: [only("any", "10.0.0.0/8")]),
            rule("/open", "GET"),
        ],
        extensions: "PURGE"
    )

    @Test("a method that is for other clients is 403, with what this client may do")
    func refusesOtherClients() throws {
        let snapshot = try snapshot(Self.admin)
        let forbidden = Outcome.refuse(
            status: 403,
            .clientNotAllowed,
            allow: "GET, HEAD, OPTIONS"
        )
        #expect(snapshot.outcome("DELETE", "/admin", client: Self.outside) == forbidden)
        #expect(snapshot.outcome("POST", "/admin", client: Self.outside) == forbidden)
        #expect(snapshot.outcome("DELETE", "/admin") == forbidden)
        #expect(
            snapshot.outcome("DELETE", "/admin", client: Self.inside) == .forward(pattern: "/admin")
        )
        #expect(
            snapshot.outcome("PUT", "/admin", client: Self.inside)
                == .refuse(status: 405, .methodNotAllowed, allow: "GET, HEAD, DELETE, OPTIONS")
        )
        #expect(
            snapshot.outcome("PUT", "/admin", client: Self.outside)
                == .refuse(status: 405, .methodNotAllowed, allow: "GET, HEAD, OPTIONS")
        )
    }

    @Test(
        "clients are who their address or their certificate says",
        arguments: [
            (client("::ffff:10.9.9.9"), "DELETE"), (client("fd12::1"), "DELETE"),
            (client("192.0.2.7", subject: "CN=x", names: [.dns("Deploy.Test")]), "POST"),
            (client(nil, subject: "CN=x", names: [.uri("a"), .dns("deploy.test")]), "POST"),
            (client("fe00::1", subject: "CN=x", names: [.uri("deploy.test")]), ""),
            (client("fe00::1", subject: "deploy.test", names: [.email("deploy.test")]), ""),
            (client("10.0.0.1", subject: "CN=x", names: [.dns("deploy.test")]), "POST DELETE"),
            (Client(), ""),
        ]
    )
    func tellsClientsApart(_ example: (client: Client, more: String)) throws {
        let snapshot = try snapshot(Self.admin)
        let wanted = (methods("GET HEAD OPTIONS") + methods(example.more)).sorted()
        let allow = wanted.map(\.name).joined(separator: ", ")
        #expect(
            snapshot.outcome("OPTIONS", "/admin", client: example.client) == .options(allow: allow)
        )
    }

    @Test("a subject is compared octet by octet")
    func comparesSubjects() throws {
        let snapshot = try snapshot(
            policy([rule("/a", only: [only("GET", "subject=CN=caf\u{E9},O=Example")])])
        )
        let forward = Outcome.forward(pattern: "/a")
        for (subject, isAdmitted) in [
            ("CN=caf\u{E9},O=Example", true), ("CN=cafe\u{301},O=Example", false),
            ("CN=Caf\u{E9},O=Example", false), ("CN=caf\u{E9}, O=Example", false),
            ("CN=caf\u{E9},O=Example,C=DE", false),
        ] {
            let outcome = snapshot.outcome("GET", "/a", client: client(nil, subject: subject))
            #expect((outcome == forward) == isAdmitted, "\(subject)")
        }
    }

    @Test("restricting GET restricts HEAD, and any everything but OPTIONS")
    func restrictsHeadWithGet() throws {
        let snapshot = try snapshot(Self.admin)
        for (path, method) in [
            ("/reports", "GET"), ("/reports", "HEAD"), ("/all", "GET"), ("/all", "HEAD"),
            ("/all", "PUT"),
        ] {
            #expect(
                snapshot.outcome(method, path, client: Self.outside)
                    == .refuse(status: 403, .clientNotAllowed, allow: "OPTIONS")
            )
            #expect(
                snapshot.outcome(method, path, client: Self.inside) == .forward(pattern: path)
            )
        }
    }

    @Test("OPTIONS * tells each client what it may do somewhere")
    func answersServerWideOptions() throws {
        let snapshot = try snapshot(Self.admin)
        let deploy = client(nil, subject: "CN=x", names: [.dns("deploy.test")])
        for (client, allow) in [
            (Self.outside, "GET, HEAD, OPTIONS"), (deploy, "GET, HEAD, POST, OPTIONS"),
            (Self.inside, "GET, HEAD, PUT, DELETE, OPTIONS"),
        ] {
            #expect(snapshot.outcome("OPTIONS", "*", client: client) == .options(allow: allow))
            #expect(
                snapshot.outcome("CONNECT", "x:1", client: client)
                    == .refuse(status: 405, .connectRefused, allow: allow)
            )
        }
        let policy = try #require(snapshot.policies.first)
        #expect(text(policy.allow) == "GET, HEAD, POST, PUT, DELETE, OPTIONS")
    }

    @Test("a preflight is granted what its client may do")
    func answersPreflights() throws {
        let snapshot = try snapshot(Self.admin)
        let (method, path) = (Array("OPTIONS".utf8), Array("/admin".utf8))
        for (client, allow) in [
            (Self.outside, "GET, HEAD, OPTIONS"), (Self.inside, "GET, HEAD, DELETE, OPTIONS"),
        ] {
            var request = PolicyRequest(method: method.span, path: path.span)
            request.isPreflight = true
            request.client = client
            let decision = snapshot.decide(request, host: [UInt8]().span)
            guard case .preflight(let answer) = consume decision else {
                Issue.record("not a preflight")
                continue
            }
            let lines = text(answer.cors.preflightLines)
            #expect(lines.hasPrefix("Access-Control-Allow-Methods: \(allow)\r\n"), "\(lines)")
            let permit = answer.permit(reporting: .corsMethodNotAllowed)
            let isPermitted = permit != nil
            #expect(!isPermitted)
        }
    }

    @Test("a rule tells people whom its methods are for")
    func describesRestrictions() throws {
        let snapshot = try snapshot(Self.admin)
        let rules = try #require(snapshot.policies.first).rules
        #expect(
            rules[0].only.map(\.description) == [
                "DELETE only for 10.0.0.0/8, fd00::/8", "POST only for dns=deploy.test",
            ]
        )
        #expect(rules[0].views.count == 4)
        #expect(rules[0].views.map(\.index) == [0, 1, 2, 3])
        #expect(text(rules[0].allow) == "GET, HEAD, POST, DELETE, OPTIONS")
        #expect(
            rules[0].views.last
                === rules[0].view(
                    for: client(
                        "10.0.0.1",
                        subject: "CN=x",
                        names: [.dns("deploy.test")]
                    )
                )
        )
        #expect(rules[3].views.count == 1)
        #expect(rules[3].only.isEmpty)
    }
}
