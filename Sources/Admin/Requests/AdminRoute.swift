internal import NIOHTTP1

/// What a path of the listener is for.
enum AdminRoute: String, Sendable, CaseIterable {
    case health = "/healthz"
    case readiness = "/readyz"
    case metrics = "/metrics"
    case policy = "/policy"
    case status = "/status"
    case explain = "/explain"
    case refusals = "/refusals"
    case reload = "/reload"
    case page = "/"
    case pageStyle = "/page.css"
    case pageScript = "/page.js"

    /// The value of `Allow`: exactly the methods that work.
    var allow: String { self == .reload ? "POST, OPTIONS" : "GET, HEAD, OPTIONS" }

    /// The value of `Allow` for the listener as a whole.
    static var allowOfAll: String { "GET, HEAD, POST, OPTIONS" }

    /// Whether a method other than OPTIONS works.
    func serves(_ method: HTTPMethod) -> Bool {
        self == .reload ? method == .POST : method == .GET || method == .HEAD
    }
}
