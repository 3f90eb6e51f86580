/// Where every request is recorded, and how.
public struct AccessLogConfiguration: Sendable, Equatable {
    /// What a line looks like.
    public enum Format: Sendable, Equatable {
        /// A JSON object with the keys of the refusal log and a few more.
        case json
        /// Apache's combined format, which many programs read.
        case combined
    }

    /// Where the lines go; it may be where those of the refusal log go.
    public var destination: RefusalLogConfiguration.Destination
    /// What a line looks like.
    public var format = Format.json

    /// Creates a log in JSON.
    public init(to destination: RefusalLogConfiguration.Destination) {
        self.destination = destination
    }
}
