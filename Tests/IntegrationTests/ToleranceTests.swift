import TestKit
import Testing

@Suite("Tolerances and the Windows profile (B-21 B-23 B-28 B-29 B-31 B-43)", .blocking)
struct ToleranceTests {
    private static func policy(_ line: String) -> String {
        """
        methodwall: 1
        policy: shop
        \(line)
        paths:
          /users: GET POST
          /users/{id}: GET PUT
          /users/{id}/edit: GET DELETE
          /admin: GET
          /files/**: GET
          /dav/**: GET PUT COPY
        """
    }

    private static let semicolon = SharedWitness(policy("tolerate: [semicolon]"))
    private static let slash = SharedWitness(policy("tolerate: [encoded-slash]"))
    private static let underscores = SharedWitness(policy("tolerate: underscores"))
    private static let both = SharedWitness(
        policy("tolerate: [semicolon, encoded-slash, underscores]")
    )
    private static let windows = SharedWitness(policy("case: insensitive"))
    private static let strict = SharedWitness(policy("unlisted: refuse"))

    @Test(
        "B-21: parameters are forwarded and not judged",
        arguments: [
            ("PUT", "/users/7;v=1", 200), ("PUT", "/users;x/7", 200),
            ("PUT", "/users;a;b=c/7;;", 200),
            ("DELETE", "/users/7;v=1/edit", 200), ("DELETE", "/users/7/edit;v", 200),
            ("DELETE", "/users/7;/edit", 200), ("GET", "/admin;jsessionid=1?a;b", 200),
            ("DELETE", "/admin;x", 405), ("POST", "/admin;/", 404),
            ("PUT", "/users/7;v=/edit", 405),
            ("DELETE", "/users/7;/x/edit", 404), ("GET", "/admin;x/y", 404),
            // What is left without parameters would be a dot segment or an empty one.
            ("GET", "/files/..;/admin", 400), ("GET", "/files/..;x=y/admin", 400),
            ("GET", "/files/.;/a", 400), ("GET", "/files/%2e%2e;/admin", 400),
            ("GET", "/files/.%2E;a", 400), ("GET", "/;x", 400), ("GET", "/files/;x/a", 400),
            ("GET", "/files;a/..;b", 400), ("GET", "/files/;", 400),
            ("GET", "/files/a%3Bb", 400), ("GET", "/files/..%3B/admin", 400),
            ("GET", "/files/a%3bx=y", 400), ("GET", "/files;x//a", 400),
            ("GET", "/files/a;x=%2F", 400), ("GET", "/files/a;x=%00", 400),
            ("GET", "/files/a;x=\\", 400), ("GET", "/files/a;x=%zz", 400),
            ("GET", "/files;/../admin", 400),
        ]
    )
    func judgesWithoutParameters(method: String, target: String, status: Int) throws {
        let outcome = try Self.semicolon.get().send(method, target)
        #expect(outcome.status == status)
        #expect(outcome.isForwarded == (status == 200))
        if status == 200 {
            #expect(outcome.seen?.head.startLine == "\(method) \(target) HTTP/1.1")
        } else {
            #expect(!outcome.hasReachedOrigin)
        }
        let strict = try Self.strict.get().send(method, target)
        #expect(strict.status == 400)
        #expect(!strict.hasReachedOrigin)
    }

    @Test(
        "B-23: an encoded slash is an octet of its segment, and no dots stand beside it",
        arguments: [
            ("PUT", "/users/a%2Fb", 200), ("PUT", "/users/a%2fb", 200),
            ("GET", "/files/a%2Fb/c", 200),
            ("PUT", "/users/%2F", 200), ("DELETE", "/users/a%2Fb/edit", 200),
            // Never the rule of a path with a plain slash there.
            ("DELETE", "/users/7%2Fedit", 405), ("GET", "/users%2F7", 404),
            ("GET", "/%2Fadmin", 404),
            ("GET", "/files%2Fa", 404),
            ("GET", "/files/..%2Fadmin", 400), ("GET", "/files/a%2F..", 400),
            ("GET", "/files/a%2F..%2Fb", 400), ("GET", "/files/.%2F", 400),
            ("GET", "/files/a%2f%2e%2e/b", 400), ("GET", "/files/a%5Cb", 400),
            ("GET", "/files/a%252Fb", 400), ("GET", "/files/a;%2F", 400),
        ]
    )
    func keepsEncodedSlashes(method: String, target: String, status: Int) throws {
        let outcome = try Self.slash.get().send(method, target)
        #expect(outcome.status == status)
        #expect(outcome.isForwarded == (status == 200))
        if status == 200 {
            let canonical = target.replacing("%2f", with: "%2F")
            #expect(outcome.seen?.target == canonical)
        } else {
            #expect(!outcome.hasReachedOrigin)
        }
    }

    @Test("R-78: a destination is read with the file's tolerances, and no others")
    func readsDestinationsLikewise() throws {
        let sent = ["Destination: /dav/a;x=y/b%2fc"]
        let outcome = try Self.both.get().send("COPY", "/dav/a", sent)
        #expect(outcome.isForwarded)
        #expect(outcome.seen?["Destination"] == "http://shop.test/dav/a;x=y/b%2Fc")
        #expect(try Self.strict.get().send("COPY", "/dav/a", sent).status == 400)
        #expect(try Self.semicolon.get().send("COPY", "/dav/a", sent).status == 400)
        let dots = ["Destination: /dav/..;/admin"]
        #expect(try Self.both.get().send("COPY", "/dav/a", dots).status == 400)
    }

    @Test(
        "B-43: tolerated underscores go through, less the fields that mean something with hyphens"
    )
    func toleratesUnderscores() throws {
        let outcome = try Self.underscores.get().send(
            "GET",
            "/users",
            [
                "X_Api_Key: 1", "_: 2", "X_Forwarded_For: forged", "X_Original_URL: forged",
                "Remote_User: forged", "X_Real_IP: forged",
            ]
        )
        #expect(outcome.isForwarded)
        let seen = try #require(outcome.seen)
        #expect(seen["X_Api_Key"] == "1")
        #expect(seen["_"] == "2")
        #expect(!String(latin1: seen.head.octets).contains("forged"))
        let claim = ["X_HTTP_Method_Override: DELETE"]
        let refused = try Self.underscores.get().send("GET", "/users", claim)
        #expect(refused.status == 405)
        #expect(!refused.hasReachedOrigin)
    }

    // MARK: case: insensitive

    @Test(
        "B-28: letters compare without case, and the path goes on as sent",
        arguments: [
            ("GET", "/ADMIN", 200), ("DELETE", "/Admin", 405), ("DELETE", "/%41dmin", 405),
            ("PUT", "/Users/A", 200), ("DELETE", "/USERS/a/EDIT", 200), ("DELETE", "/USERS/a", 405),
        ]
    )
    func foldsCase(method: String, target: String, status: Int) throws {
        let outcome = try Self.windows.get().send(method, target)
        #expect(outcome.status == status)
        if status == 200 { #expect(outcome.seen?.target == target) }
        if target != "/%41dmin" {
            #expect(try Self.strict.get().send(method, target).status == 404)
        }
    }

    @Test(
        "B-29 B-31: segments that Windows or ASP.NET take for others get 400",
        arguments: [
            "/files/a:b", "/files/a%3Ab", "/files/a::$DATA", "/files/a::%24data", "/files/c:",
            "/files/LONGNA~1", "/files/longna~1.txt", "/files/a%7E1", "/files/~9/a", "/files/a./b",
            "/files/a.", "/files/a...", "/files/a%20", "/files/a%20/b", "/files/a.%20",
            "/files/(S(abc))/a", "/files/(s(abc))", "/(S(lit3py55t21z5v55vlm25s55))/admin",
            "/(A(x)S(y))/admin", "/files/%28S%28x%29%29", "/files/(F(x))", "/files/%C3%BC",
        ]
    )
    func refusesWindowsNames(_ target: String) throws {
        let outcome = try Self.windows.get().send("GET", target)
        #expect(outcome.status == 400)
        #expect(!outcome.hasReachedOrigin)
        #expect(try problem(outcome.response)["reason"] as? String == "ambiguous_path")
    }

    @Test(
        "B-29 B-31: what only looks like them passes, and so do all where case counts",
        arguments: [
            "/files/a~b", "/files/~", "/files/(a)", "/files/S(a)", "/files/.a", "/files/a.b",
            "/files/%20a", "/files/(S)",
        ]
    )
    func forwardsPlainNames(_ target: String) throws {
        #expect(try Self.windows.get().send("GET", target).isForwarded)
        let strict = try Self.strict.get()
        for name in [target, "/files/a:b", "/files/a~1", "/files/a.", "/files/(S(x))/a"] {
            #expect(try strict.send("GET", name).isForwarded, "\(name)")
        }
    }

    @Test("B-29: a destination on Windows is read with the same suspicion")
    func refusesWindowsDestinations() throws {
        for path in ["/dav/a.", "/dav/a::$DATA", "/dav/A~1", "/dav/(S(x))/a"] {
            let outcome = try Self.windows.get().send("COPY", "/dav/a", ["Destination: \(path)"])
            #expect(outcome.status == 400, "\(path)")
            #expect(!outcome.hasReachedOrigin, "\(path)")
        }
        let folded = ["Destination: /DAV/b"]
        #expect(try Self.windows.get().send("COPY", "/dav/a", folded).isForwarded)
        let other = ["Destination: /ADMIN"]
        #expect(try Self.windows.get().send("COPY", "/dav/a", other).status == 403)
    }
}
