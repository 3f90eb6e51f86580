/// What a worker keeps of each request in turn.
extension Worker {
    /// Another request begins: it gets an identifier, and belongs to no trace yet.
    func nextRequest() {
        identifier.advance()
        trace.reset()
    }

    /// The access log, where the configuration asks for one.
    static func accessLog(
        _ configuration: GatewayConfiguration,
        _ logs: LogWriters
    ) -> AccessLog? {
        guard let writer = logs.access, let log = configuration.accessLog else { return nil }
        return AccessLog(
            writer: writer,
            format: log.format,
            includesQuery: configuration.log.includesQuery
        )
    }

    /// Writes the line of a request that has ended.
    func endAccess(_ record: AccessRecord) {
        access?.end(record, at: now)
        holdIfLogIsFull()
        scheduleTick()
    }
}
