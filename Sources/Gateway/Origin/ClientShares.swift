/// How many exchanges each client has under way at an upstream, so that none has all of
/// them (B-69).
///
/// Counted only while it can matter: as long as fewer are under way than one client may have, no
/// client can have too many, and a request costs one comparison.
struct ClientShares {
    /// How many exchanges one client may have.
    let perClientMax: Int
    private(set) var underWay = 0
    private(set) var isCounting = false
    private var counts: [UInt64: Int] = [:]

    init(perClientMax: Int) { self.perClientMax = max(1, perClientMax) }

    /// Whether a client may have one more.
    ///
    /// - Parameter client: Its number; 0 is nobody in particular, whom no bound can hold for.
    /// - Returns: Whether that leaves enough to others.
    func admits(_ client: UInt64) -> Bool {
        guard isCounting, client != 0 else { return true }
        return counts[client, default: 0] < perClientMax
    }

    /// Notes an exchange that begins.
    ///
    /// - Parameters:
    ///   - client: Whose it is.
    ///   - everybody: The clients of all exchanges under way, this one's included; asked for when
    ///     counting begins.
    mutating func began(_ client: @autoclosure () -> UInt64, everybody: () -> [UInt64]) {
        underWay += 1
        if isCounting {
            counts[client(), default: 0] += 1
        } else if underWay >= perClientMax {
            isCounting = true
            for client in everybody() { counts[client, default: 0] += 1 }
        }
    }

    /// Notes an exchange that ends.
    mutating func ended(_ client: @autoclosure () -> UInt64) {
        underWay -= 1
        guard isCounting else { return }
        // Well below where it began, so that it does not begin and end with every exchange.
        if underWay <= perClientMax / 2 {
            isCounting = false
            counts.removeAll()
            return
        }
        let number = client()
        let left = counts[number, default: 1] - 1
        counts[number] = left > 0 ? left : nil
    }
}
