internal import NIOHTTP1

/// An answer before it is written.
struct AdminAnswer: Sendable {
    /// The content of an answer.
    enum Content: Sendable {
        /// None, and no length of it either.
        case none
        /// All of it.
        case whole([UInt8])
        /// Pieces that are made while they are sent.
        case pieces(PolicyPieces)
        /// Events until the client goes.
        case events
    }

    var status: HTTPResponseStatus
    var fields: [(name: String, value: String)] = []
    var content = Content.none

    /// No content, only what may be done with the resource.
    static func options(allow: String) -> AdminAnswer {
        AdminAnswer(status: .noContent, fields: [("Allow", allow)])
    }

    /// A sentence for a person.
    static func text(
        _ status: HTTPResponseStatus,
        _ sentence: String,
        _ fields: [(name: String, value: String)] = []
    ) -> AdminAnswer {
        let type = (name: "Content-Type", value: "text/plain; charset=utf-8")
        let content = Content.whole(Array("\(sentence)\n".utf8))
        return AdminAnswer(status: status, fields: [type] + fields, content: content)
    }

    /// Content of a media type.
    static func content(
        _ octets: [UInt8],
        _ mediaType: String,
        status: HTTPResponseStatus = .ok
    ) -> AdminAnswer {
        let type = (name: "Content-Type", value: mediaType)
        return AdminAnswer(status: status, fields: [type], content: .whole(octets))
    }

    /// A JSON text.
    static func json(_ octets: [UInt8], status: HTTPResponseStatus = .ok) -> AdminAnswer {
        content(octets, "application/json", status: status)
    }

    /// The fields of every answer: nobody may keep, frame or interpret it otherwise, and the page
    /// may load and connect to nothing but this listener.
    static var securityFields: [(name: String, value: String)] {
        [
            (
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
                    + "img-src 'self' data:; base-uri 'none'; form-action 'none'; "
                    + "frame-ancestors 'none'; require-trusted-types-for 'script'"
            ),
            ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
    }
}
