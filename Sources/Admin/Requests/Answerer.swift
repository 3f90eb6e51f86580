internal import NIOHTTP1

/// Decides what a request is answered, and makes the answer.
struct Answerer: Sendable {
    /// What is to be done about a request.
    enum Plan: Sendable {
        /// The answer is known.
        case answer(AdminAnswer)
        /// Refused, which the operator should know.
        case refuse(RequestGuard.Refusal, value: String)
        /// The source has to be asked.
        case ask(AdminRoute, query: String?)
    }

    private let source: any AdminSource
    private let requestGuard: RequestGuard

    init(source: any AdminSource, requestGuard: RequestGuard) {
        self.source = source
        self.requestGuard = requestGuard
    }

    /// What is to be done about a request.
    ///
    /// - Parameters:
    ///   - head: The request.
    ///   - localAddress: The address that the client connected to.
    /// - Returns: The plan.
    func plan(for head: HTTPRequestHead, localAddress: String?) -> Plan {
        guard head.method != .CONNECT else {
            return .answer(Self.notAllowed(AdminRoute.allowOfAll))
        }
        guard let target = AdminTarget(head.uri) else {
            return .answer(.text(.badRequest, "The request target is not a path."))
        }
        let refusal = requestGuard.refusal(of: head, target: target, localAddress: localAddress)
        if let refusal { return .refuse(refusal.reason, value: refusal.value) }
        if target.path == "*", head.method == .OPTIONS {
            return .answer(.options(allow: AdminRoute.allowOfAll))
        }
        guard let route = AdminRoute(rawValue: target.path) else {
            return .answer(.text(.notFound, "There is nothing at this path."))
        }
        if head.method == .OPTIONS { return .answer(.options(allow: route.allow)) }
        guard route.serves(head.method) else { return .answer(Self.notAllowed(route.allow)) }
        return .ask(route, query: target.query)
    }

    private static func notAllowed(_ allow: String) -> AdminAnswer {
        .text(.methodNotAllowed, "Allowed here: \(allow).", [("Allow", allow)])
    }

    /// The answer to a request whose method works for its path.
    ///
    /// - Parameters:
    ///   - route: What the path is for.
    ///   - query: The query.
    /// - Returns: The answer.
    func answer(_ route: AdminRoute, query: String?) async -> AdminAnswer {
        switch route {
        case .health:
            return .text(.ok, "ok")
        case .readiness:
            let readiness = await source.readiness()
            return .json(readiness.json, status: readiness.isReady ? .ok : .serviceUnavailable)
        case .metrics:
            let families = await source.metrics().families + ProcessMetrics.read().families
            return .content(MetricsText.render(families), MetricsText.mediaType)
        case .policy:
            let pieces = PolicyPieces(await source.policy())
            let type = (name: "Content-Type", value: "application/json")
            return AdminAnswer(status: .ok, fields: [type], content: .pieces(pieces))
        case .status:
            return .json(await source.status().json)
        case .explain:
            return await explain(query)
        case .refusals:
            let type = (name: "Content-Type", value: "text/event-stream")
            return AdminAnswer(status: .ok, fields: [type], content: .events)
        case .reload:
            let outcome = await source.reload()
            if case .rejected = outcome { return .json(outcome.json, status: .conflict) }
            return .json(outcome.json)
        case .page:
            return .content(PackageResources.index_html, "text/html; charset=utf-8")
        case .pageStyle:
            return .content(PackageResources.page_css, "text/css; charset=utf-8")
        case .pageScript:
            return .content(PackageResources.page_js, "text/javascript; charset=utf-8")
        }
    }

    private func explain(_ text: String?) async -> AdminAnswer {
        let query: ExplainQuery
        do {
            query = try ExplainQuery(query: text)
        } catch {
            return Self.invalid(error.reason)
        }
        switch await source.explain(query) {
        case .explained(let json): return .json(Array(json.utf8))
        case .invalid(let reason): return Self.invalid(reason)
        }
    }

    private static func invalid(_ reason: String) -> AdminAnswer {
        var writer = JSONWriter()
        writer.openObject()
        writer.key("error")
        writer.value(reason)
        writer.closeObject()
        return .json(writer.take(), status: .badRequest)
    }
}
