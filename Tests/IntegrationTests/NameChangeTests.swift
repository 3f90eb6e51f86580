import TestKit
import Testing

/// A service whose name gets another address while the gateway runs.
@Suite("Changes of a name's address", .blocking)
struct NameChangeTests {
    /// A resolver that takes the address of `moving.test` from a file and knows the rest as usual.
    private static let resolver = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <netdb.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>

        typedef int lookup(const char *, const char *, const struct addrinfo *, struct addrinfo **);

        int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                        struct addrinfo **found) {
            lookup *usual = (lookup *)dlsym(RTLD_NEXT, "getaddrinfo");
            char address[64] = "";
            if (name && strcmp(name, "moving.test") == 0) {
                FILE *file = fopen(getenv("MOVING_ADDRESS"), "r");
                if (!file) return EAI_NONAME;
                if (!fgets(address, sizeof address, file)) address[0] = 0;
                fclose(file);
                name = address;
            }
            return usual(name, service, hints, found);
        }
        """

    private static let policy = "methodwall: 1\nupstream: app\npaths:\n  /**: any\n"

    /// An answer after which the next request needs a new connection.
    private static func answer(_ text: String) -> String {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
    }

    private static func gateway(
        before origin: RawOrigin,
        refresh: String,
        environment: [String: String]
    ) throws -> RunningGateway {
        try RunningGateway(
            configuration: """
                listen: 127.0.0.1:0
                upstreams:
                  app:
                    url: http://moving.test:\(origin.port)
                    dns_refresh: \(refresh)
                policies: policies/
                workers: 1
                """,
            policy: policy,
            environment: environment,
            keeping: origin
        )
    }

    @Test("The new address is noticed after `dns_refresh`, without a restart, and not before")
    func followsAName() throws {
        let folder = try TemporaryFolder()
        let library = folder.path("resolver.so")
        let source = try folder.write(Self.resolver, to: "resolver.c")
        let compiled = try ChildProcess.run(
            try Programs.installed("gcc"),
            ["-shared", "-fPIC", "-o", library, source, "-ldl"]
        )
        try #require(compiled.status == 0, "\(compiled.error)")

        let old = try RawOrigin.answering(Self.answer("old"))
        let new = try RawOrigin.answering(Self.answer("new"), port: old.port, host: 2)
        let address = try folder.write("127.0.0.1", to: "address")
        let environment = ["LD_PRELOAD": library, "MOVING_ADDRESS": address]
        let quick = try Self.gateway(before: old, refresh: "1s", environment: environment)
        let slow = try Self.gateway(before: old, refresh: "10m", environment: environment)
        func ask(_ gateway: RunningGateway) throws -> String {
            try gateway.exchange(request("GET", "/")).text
        }
        #expect(try ask(quick) == "old")
        #expect(try ask(slow) == "old")
        try folder.write("127.0.0.2", to: "address")
        let isNoticed = try eventually(every: .milliseconds(50)) { try ask(quick) == "new" }
        #expect(isNoticed)
        // The old address still answers, so it was the name alone that led away from it.
        #expect(try ask(slow) == "old")
        #expect(try ask(quick) == "new")
        #expect(new.connectionCount >= 2)
    }
}
