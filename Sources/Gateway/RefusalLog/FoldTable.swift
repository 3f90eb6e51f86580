/// Counts identical refused attempts of a client, so that a flood becomes one line a second.
///
/// Attempts are identical when client address, method, path, host, status, decision, reason,
/// detail and rule are, and the query where lines show it. Port, User-Agent, protocol version and
/// request identifier are not compared: a flood varies them at no cost.
///
/// The table holds a fixed number of entries. Its hash is seeded anew in each process, so nobody
/// outside can choose attempts that collide, and equal hashes are settled by the octets themselves.
/// Windows have one length, so entries end in the order in which they began.
struct FoldTable {
    /// The index that stands for no entry.
    static var none: Int32 { -1 }

    /// What became of an attempt.
    enum Outcome {
        /// It was counted in an open window and needs no line now.
        case folded
        /// It needs a line of its own now: it opened a window, is too long or found no room.
        case needsLine
    }

    private let windowMilliseconds: Int64
    private let withQuery: Bool
    private var entries: [FoldEntry] = []
    private let entriesMax: Int
    private var buckets: [Int32]
    private var firstFree = FoldTable.none
    private var order: IndexQueue

    /// Makes an empty table.
    ///
    /// - Parameters:
    ///   - entriesMax: how many different attempts are counted at once.
    ///   - windowMilliseconds: how long identical attempts are counted before a line is due.
    ///   - withQuery: whether the query tells attempts apart.
    ///   - bucketCount: how many chains share the entries; a power of two.
    init(entriesMax: Int, windowMilliseconds: Int64, withQuery: Bool, bucketCount: Int = 2048) {
        self.entriesMax = max(entriesMax, 0)
        self.windowMilliseconds = windowMilliseconds
        self.withQuery = withQuery
        buckets = Array(repeating: Self.none, count: max(bucketCount, 1))
        order = IndexQueue(capacity: self.entriesMax)
    }

    /// When the oldest window ends, on the monotonic clock; nil when none is open.
    var nextExpiry: Int64? {
        order.first.map { entries[Int($0)].endsAtMilliseconds }
    }

    /// Counts an attempt, or opens a window with it.
    mutating func note(_ attempt: borrowing RefusedAttempt, at now: LogInstant) -> Outcome {
        guard identityCount(of: attempt.request) <= FoldEntry.identityBytesMax else {
            return .needsLine
        }
        let hash = hash(of: attempt.request)
        let bucket = bucket(of: hash)
        var index = buckets[bucket]
        while index != Self.none {
            let isSame = entries[Int(index)].matches(attempt, hash: hash, withQuery: withQuery)
            if isSame {
                entries[Int(index)].count(attempt, unixMilliseconds: now.unixMilliseconds)
                return .folded
            }
            index = entries[Int(index)].next
        }
        if let free = takeFreeEntry() {
            entries[Int(free)].begin(
                attempt,
                hash: hash,
                withQuery: withQuery,
                endsAtMilliseconds: now.monotonicMilliseconds + windowMilliseconds
            )
            entries[Int(free)].next = buckets[bucket]
            buckets[bucket] = free
            order.append(free)
        }
        return .needsLine
    }

    /// Ends the oldest window if it is over.
    ///
    /// A window in which attempts were counted is opened anew, so that a flood that goes on stays
    /// at one line a window; an empty one is forgotten.
    ///
    /// - Parameters:
    ///   - now: the monotonic time; `Int64.max` ends every window, and none is opened again.
    ///   - write: called with the entry when a line is due for the attempts in it.
    /// - Returns: whether a window was over; call again until none is.
    mutating func endOldestWindow(by now: Int64, write: (borrowing FoldEntry) -> Void) -> Bool {
        guard let index = order.first, entries[Int(index)].endsAtMilliseconds <= now else {
            return false
        }
        _ = order.removeFirst()
        let hasUnwritten = entries[Int(index)].unwritten > 0
        if hasUnwritten {
            write(entries[Int(index)])
        }
        if hasUnwritten, now < Int64.max {
            entries[Int(index)].renew(endsAtMilliseconds: now + windowMilliseconds)
            order.append(index)
        } else {
            forget(index)
        }
        return true
    }

    private func identityCount(of request: LoggedRequest) -> Int {
        request.clientAddress.count + request.method.count + request.path.count
            + request.host.count + (withQuery ? request.query.count : 0)
    }

    private func hash(of request: LoggedRequest) -> Int {
        var hasher = Hasher()
        hasher.combine(octetsOf: request.clientAddress)
        hasher.combine(octetsOf: request.method)
        hasher.combine(octetsOf: request.path)
        hasher.combine(octetsOf: request.host)
        return hasher.finalize()
    }

    private func bucket(of hash: Int) -> Int {
        Int(UInt(bitPattern: hash) % UInt(buckets.count))
    }

    private mutating func takeFreeEntry() -> Int32? {
        if firstFree != Self.none {
            let index = firstFree
            firstFree = entries[Int(index)].next
            return index
        }
        guard entries.count < entriesMax else { return nil }
        entries.append(FoldEntry())
        return Int32(entries.count - 1)
    }

    /// Takes an entry out of its chain and puts it on the list of free ones.
    private mutating func forget(_ index: Int32) {
        let bucket = bucket(of: entries[Int(index)].hash)
        let next = entries[Int(index)].next
        if buckets[bucket] == index {
            buckets[bucket] = next
        } else {
            var previous = buckets[bucket]
            while previous != Self.none, entries[Int(previous)].next != index {
                previous = entries[Int(previous)].next
            }
            if previous != Self.none {
                entries[Int(previous)].next = next
            }
        }
        entries[Int(index)].next = firstFree
        firstFree = index
    }
}

/// Entry indices in the order in which their windows end: a ring of fixed size.
private struct IndexQueue {
    private var slots: [Int32]
    private var start = 0
    private var count = 0

    init(capacity: Int) {
        slots = Array(repeating: FoldTable.none, count: capacity)
    }

    var first: Int32? { count > 0 ? slots[start] : nil }

    /// Appends an index.
    ///
    /// Each entry is in the queue at most once, so there is always a slot.
    mutating func append(_ index: Int32) {
        guard count < slots.count else { return assertionFailure("an entry is queued twice") }
        slots[(start + count) % slots.count] = index
        count += 1
    }

    mutating func removeFirst() -> Int32? {
        guard count > 0 else { return nil }
        let index = slots[start]
        start = (start + 1) % slots.count
        count -= 1
        return index
    }
}

extension Hasher {
    /// Adds the octets a span views and how many they are.
    fileprivate mutating func combine(octetsOf span: Span<UInt8>) {
        combine(span.count)
        // The closure does not escape.
        unsafe span.withUnsafeBufferPointer {
            unsafe combine(bytes: UnsafeRawBufferPointer($0))
        }
    }
}
