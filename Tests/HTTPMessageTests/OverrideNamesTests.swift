import HTTPMessage
import Testing

@Suite("Names that carry a method")
struct OverrideNamesTests {
    private func field(_ name: String, in names: OverrideNames = defaultNames) -> Int? {
        names.field(Array(name.utf8).span)
    }

    @Test(
        "B-01: a field's name is found in any case, whatever its separators are",
        arguments: [
            ("x-http-method-override", 0), ("X-HTTP-Method-Override", 0),
            ("X_HTTP_METHOD_OVERRIDE", 0), ("x.http_method-override", 0),
            ("x~http!method+override", 0), ("X-HTTP-Method", 1), ("x_method-override", 2),
            ("X-Tunneled-Method", 3), ("X-Requested-Method", 4), ("x-ORIGINAL.method", 5),
        ]
    )
    func findsFields(name: String, index: Int) {
        #expect(field(name) == index)
    }

    @Test(
        "B-01: other names are not found",
        arguments: [
            "", "x", "x-http-method-overrid", "x-http-method-overrides", "xhttp-method-override",
            "x--http-method", "x-http-methode", "x-original-url", "host", "content-length",
            "x-http-methox", "y-http-method",
        ]
    )
    func leavesOthers(name: String) {
        #expect(field(name) == nil)
    }

    @Test("White space around names is left out, a name without anything else is never found")
    func trimsNames() {
        let names = OverrideNames(fields: ["", " \t", " X-Verb\t"], parameters: [" verb "])
        #expect(field("x-verb", in: names) == 2)
        #expect(field("", in: names) == nil)
        #expect(field("_", in: names) == nil)
        #expect(names.parameter(Array("verb".utf8).span) == 0)
        #expect(names.fields == ["", " \t", " X-Verb\t"])
    }

    @Test("A long name is found by all of it")
    func findsLongNames() {
        let long = String(repeating: "a", count: 100)
        let names = OverrideNames(fields: [long], parameters: [])
        #expect(field(long, in: names) == 0)
        #expect(field(long + "a", in: names) == nil)
        #expect(field(String(long.dropLast()), in: names) == nil)
        #expect(field(String(repeating: "a", count: 63), in: names) == nil)
    }

    @Test(
        "B-01, B-05: each line and each member claims, whatever Connection names",
        arguments: [
            ("X-HTTP-Method-Override: DELETE\r\n", ["X-HTTP-Method-Override=DELETE"]),
            (
                "Connection: x-http-method-override\r\nx-http-method-override: put\r\n",
                ["X-HTTP-Method-Override=PUT"]
            ),
            (
                "x_http_method: PUT\r\nX-HTTP-Method: , delete ,\t\r\n",
                ["X-HTTP-Method=PUT", "X-HTTP-Method=DELETE"]
            ),
            ("X-HTTP-Method: GET,GET, get\r\n", ["X-HTTP-Method=GET"]),
            ("X-HTTP-Method:\r\nX-Method-Override: ,\r\n", []),
            ("X-HTTP-Method: DELETE;q=1\r\n", ["X-HTTP-Method=DELETE;Q=1"]),
            ("X-HTTP-Method: GET DELETE\r\n", ["X-HTTP-Method=GET DELETE"]),
            ("Accept: DELETE\r\nX-Method: DELETE\r\n", []),
        ]
    )
    func readsFields(lines: String, expected: [String]) {
        #expect(fieldClaims(lines) == expected)
    }

    @Test("A claim is cut at 64 octets and then is no token")
    func cutsClaims() {
        let exact = String(repeating: "A", count: 64)
        #expect(fieldClaims("X-HTTP-Method: \(exact)\r\n") == ["X-HTTP-Method=\(exact)"])
        #expect(fieldClaims("X-HTTP-Method: \(exact)A\r\n") == ["X-HTTP-Method=\(exact)?"])
        let spaces = String(repeating: " ", count: 500)
        #expect(fieldClaims("X-HTTP-Method: GET\(spaces),PUT\r\n").count == 2)
        #expect(
            fieldClaims("X-HTTP-Method: GET\(spaces)PUT\r\n")
                == ["X-HTTP-Method=GET\(spaces.prefix(61))?"]
        )
    }

    @Test("Beyond 16 different claims of a carrier there is one, which is no token")
    func boundsClaims() {
        let list = (0..<1000).map { "M\($0)" }.joined(separator: ",")
        let claims = fieldClaims("X-HTTP-Method: \(list)\r\n")
        #expect(claims.count == 17)
        #expect(claims.prefix(16).last == "X-HTTP-Method=M15")
        #expect(claims.last == "X-HTTP-Method=?")
        var both: [ClaimedMethod] = []
        let query = Array((0..<40).map { "_method=M\($0)" }.joined(separator: "&").utf8)
        ClaimReader.queryClaims(query.span, names: defaultNames, into: &both)
        var scanner = FormScanner(.urlencoded, names: defaultNames)
        let form = Array("_method=DELETE&".utf8)
        #expect(scanner?.scan(form.span, into: &both) == nil)
        #expect(both.count == 18)
        #expect(both.last?.carrier == .content && both.last?.value == Array("DELETE".utf8))
    }
}
