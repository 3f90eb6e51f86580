/// The attacks with a path that the server takes for another.
extension Attack {
    /// Paths that Tomcat reads as `/admin/{n}`, in classes of B-20 to B-25.
    static let onTomcat: [Attack] = [
        .path("/public/../admin/{n}"), .path("/public/%2e%2e/admin/{n}"),
        .path("/public/.%2E/admin/{n}"), .path("/./admin/{n}"),
        .path("/public/..;/admin/{n}"), .path("/public/..;a=b/admin/{n}"),
        .path("/public/x;jsessionid=1/../../admin/{n}"), .path("/public;/../admin/{n}"),
        .path("/admin;jsessionid=AB/{n}"), .path("/;/admin/{n}"), .path("/admin/{n};a"),
        .path("//admin/{n}"), .path("/public//../admin/{n}"),
        .path("/public/..%2Fadmin/{n}"), .path("/public%2f..%2fadmin/{n}"),
        .path("/admin%2F{n}"),
        .path("/public/..%5Cadmin/{n}"), .path("/public/..\\admin/{n}"),
        .path("/public\\..\\admin/{n}"),
        .path("/%61dmin/{n}", answer: 405), .path("/admi%6E/{n}", answer: 405),
        .path("http://shop.test/admin/{n}", answer: 405),
    ]

    /// Paths that PHP's front controller reads as `/admin/{n}` (B-30, B-34).
    static let onPHP: [Attack] = [
        .path("/index.php/admin/{n}", answer: 404, Framework.php),
        .path("/%69ndex.php/admin/{n}", answer: 404, Framework.php),
        .path("/index.php/%61dmin/{n}", answer: 404, Framework.php),
        .path("/%61dmin/{n}", answer: 405, Framework.php),
        .path("/admin%2F{n}", answer: 400, [.phpServer]),
    ]

    /// Fields that name another path (B-32).
    static let inPathFields: [Attack] = [
        .pathField("X-Original-URL: /admin/{n}", Framework.php),
        .pathField("x-original-url: /admin/{n}", Framework.php),
        .pathField("X_Original_URL: /admin/{n}", [.phpServer]),
        .pathField("X.Original.URL: /admin/{n}", [.phpServer]),
    ]

    /// Paths in another case, on routes that are compared without (B-28).
    static let inAnotherCase: [Attack] = [
        .path("/ADMIN/{n}", answer: 405, [.wsgi]),
        .path("/Admin/{n}", answer: 405, [.wsgi]),
        .path("/%41dmin/{n}", answer: 405, [.wsgi]),
    ]

    private static func path(
        _ target: String,
        answer: Int = 400,
        _ works: [Framework] = [.tomcat]
    ) -> Attack {
        Attack(
            name: target,
            method: "DELETE",
            target: target,
            content: nil,
            effect: "DELETE /admin/{n}",
            answer: answer,
            works: works
        )
    }

    private static func pathField(_ line: String, _ works: [Framework]) -> Attack {
        Attack(
            name: line,
            method: "DELETE",
            target: "/public/{n}",
            fields: [line],
            content: nil,
            effect: "DELETE /admin/{n}",
            answer: 200,
            works: works
        )
    }
}
