/// The names that carry a method beside the request line: those of fields, and those of query and
/// form parameters.
///
/// Names are compared as origin servers might read them: ASCII letters in any case, every other
/// octet that is no digit alike, white space at both ends left out. So `x.http_method-override` is
/// `X-HTTP-Method-Override`.
///
/// Immutable, safe to share; a class, so that handing it on costs one reference.
public final class OverrideNames: Sendable {
    /// The fields' names, as they were given.
    public let fields: [String]
    /// The query and form parameters' names, as they were given.
    public let parameters: [String]

    let normalizedFields: NormalizedNames
    let normalizedParameters: NormalizedNames

    /// Makes the set of these names; one that is empty is never found.
    public init(fields: [String], parameters: [String]) {
        self.fields = fields
        self.parameters = parameters
        normalizedFields = NormalizedNames(fields)
        normalizedParameters = NormalizedNames(parameters)
    }

    /// The place in `fields` of the name that a field's name is read as; nil for an ordinary field.
    ///
    /// Allocates nothing. Of names that compare equal the first is found.
    @inline(__always)
    public func field(_ name: Span<UInt8>) -> Int? {
        normalizedFields.index(of: name)
    }

    /// The place in `parameters` of the name that a key of a query or an urlencoded form is read
    /// as, by any of the readings that origin servers are known to have; nil for an ordinary key.
    ///
    /// Allocates nothing. The key is as sent, still encoded.
    public func parameter(_ key: Span<UInt8>) -> Int? {
        ParameterKey.index(of: key, in: normalizedParameters)
    }
}
