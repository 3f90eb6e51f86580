/// One metric with all its samples.
public struct MetricFamily: Sendable, Equatable {
    /// What a metric measures.
    public enum Kind: String, Sendable {
        /// It only grows, from nought at the start of the process.
        case counter
        /// It goes up and down.
        case gauge
        /// It counts observations by size.
        case histogram
    }

    /// A number.
    public enum Value: Sendable, Equatable {
        /// A count.
        case integer(UInt64)
        /// A measure.
        case number(Double)
    }

    /// One number, and what it is about.
    public struct Sample: Sendable, Equatable {
        /// What it is about, in the order in which it is written.
        public var labels: [MetricLabel]
        /// The number.
        public var value: Value

        /// Makes one.
        ///
        /// - Parameters:
        ///   - labels: What it is about.
        ///   - value: The number.
        public init(_ labels: [MetricLabel] = [], _ value: Value) {
            self.labels = labels
            self.value = value
        }
    }

    /// The name: ASCII letters, digits and underscores; a counter's ends with `_total`.
    public var name: String
    /// One sentence.
    public var help: String
    /// What it measures.
    public var kind: Kind
    /// The numbers; not of a histogram.
    public var samples: [Sample] = []
    /// The observations of a histogram.
    public var histogram: HistogramCounts?

    /// A counter or a gauge.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - help: One sentence.
    ///   - kind: What it measures.
    ///   - samples: The numbers.
    public init(_ name: String, _ help: String, _ kind: Kind, _ samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }

    /// A histogram.
    ///
    /// - Parameters:
    ///   - name: The name.
    ///   - help: One sentence.
    ///   - histogram: The observations.
    public init(_ name: String, _ help: String, _ histogram: HistogramCounts) {
        self.name = name
        self.help = help
        self.kind = .histogram
        self.histogram = histogram
    }
}

/// One thing that a sample is about.
public struct MetricLabel: Sendable, Equatable {
    /// What kind of thing: ASCII letters, digits and underscores.
    public var name: String
    /// Which one.
    public var value: String

    /// Makes one.
    ///
    /// - Parameters:
    ///   - name: What kind of thing.
    ///   - value: Which one.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// Observations counted by size.
public struct HistogramCounts: Sendable, Equatable {
    /// The upper bounds of the buckets, each included in its bucket, in rising order.
    public let bounds: [Double]
    /// How many observations each bucket has, not added up; the last is for those above all bounds.
    public private(set) var counts: [UInt64]
    /// The sum of all observations.
    public private(set) var sum: Double

    /// A histogram without observations.
    ///
    /// - Parameter bounds: The upper bounds of the buckets, in rising order.
    public init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
        sum = 0
    }

    /// Counts that were kept elsewhere.
    ///
    /// - Parameters:
    ///   - bounds: The upper bounds of the buckets, in rising order.
    ///   - counts: One more than there are bounds; what is missing is nought, what is more is the
    ///     last bucket's.
    ///   - sum: The sum of all observations.
    public init(bounds: [Double], counts: [UInt64], sum: Double) {
        self.init(bounds: bounds)
        for (index, count) in counts.enumerated() {
            self.counts[min(index, bounds.count)] &+= count
        }
        self.sum = sum
    }

    /// Counts an observation.
    ///
    /// - Parameter value: Its size.
    public mutating func observe(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] &+= 1
        sum += value
    }
}
