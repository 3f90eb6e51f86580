/// The attacks on mod_dav.
extension Attack {
    /// Ways to write below `/secret`, which the policy lets nobody write to.
    static let onDAV: [Attack] = [
        .copy("http://shop.test/secret/{n}"),
        .copy("http://shop.test/secret/{n}", method: "MOVE"),
        .copy("http://SHOP.Test/secret/{n}"),
        .copy("HTTP://shop.test:80/secret/{n}"),
        .copy("http://shop.test/%73ecret/{n}"),
        .copy("http://shop.test/public/../secret/{n}", answer: 400),
        .copy("http://shop.test/public/%2e%2e/secret/{n}", answer: 400),
        .copy("http://shop.test/./secret/{n}", answer: 400),
        .copy("http://shop.test//secret/{n}", answer: 400),
        .copy("http://shop.test/secret//{n}", answer: 400),
        .copy("http://user@shop.test/secret/{n}", answer: 400),
        .copy("http://shop.test:81/secret/{n}"),
        .copy("http://other.test/secret/{n}"),
        .copy("http://127.0.0.1/secret/{n}"),
        // Apache joins field lines with ", " and takes the whole for one path.
        .copy("http://shop.test/public/x, /../../secret/{n}", answer: 400),
        .copy("http://shop.test/public/x\r\nDestination: /../../secret/{n}", answer: 400),
        .put("/secret/{n}", answer: 405),
        .put("/%73ecret/{n}", answer: 405),
        .put("http://shop.test/secret/{n}", answer: 405),
        .put("//secret/{n}", answer: 400),
        .put("/public/%2e%2e/secret/{n}", answer: 400),
        .put("/public/../secret/{n}", answer: 400),
    ]

    private static func copy(
        _ destination: String,
        method: String = "COPY",
        answer: Int = 403
    ) -> Attack {
        Attack(
            name: "\(method) to \(destination.debugDescription)",
            method: method,
            target: method == "COPY" ? "/public/source" : "/public/{n}",
            fields: ["Destination: \(destination)"],
            content: nil,
            effect: "/secret/{n}",
            answer: answer,
            works: [.dav]
        )
    }

    private static func put(_ target: String, answer: Int) -> Attack {
        Attack(
            name: "PUT \(target)",
            method: "PUT",
            target: target,
            content: "written",
            effect: "/secret/{n}",
            answer: answer,
            works: [.dav]
        )
    }
}
