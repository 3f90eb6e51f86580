/// What is known of one target's health: what requests met with there, and what checks found.
///
/// A value without a clock: who asks says what time it is, in milliseconds.
///
/// A target where so many requests failed in a row is left out for a second, and then one request
/// tries it. If that fails as well, it is left out for twice as long, up to half a minute. The time
/// of the next trial is set when one begins, so one of which nobody hears again holds nothing up.
struct TargetHealth {
    /// So many failures in a row leave a target out.
    static let failuresMax = 3
    static let firstPauseMilliseconds: Int64 = 1_000
    static let longestPauseMilliseconds: Int64 = 30_000

    private(set) var failuresInARow = 0
    /// How long the target is left out; 0 while it is not.
    private var pauseMilliseconds: Int64 = 0
    private var triesAtMilliseconds: Int64 = 0
    private var isOnTrial = false
    /// Whether checks have found the target unwell.
    private var isCheckedOut = false

    /// Whether neither requests nor checks have anything against the target.
    var isWell: Bool { pauseMilliseconds == 0 && !isCheckedOut }

    /// Whether a request may go to the target now.
    func admits(at now: Int64) -> Bool {
        !isCheckedOut && (pauseMilliseconds == 0 || now >= triesAtMilliseconds)
    }

    /// A request goes to the target; if that is left out, this is what tries it.
    mutating func chosen(at now: Int64) {
        guard pauseMilliseconds > 0 else { return }
        isOnTrial = true
        triesAtMilliseconds = now + pauseMilliseconds
    }

    /// A response has come, whatever it says.
    mutating func succeeded() {
        guard failuresInARow > 0 else { return }
        failuresInARow = 0
        pauseMilliseconds = 0
        isOnTrial = false
    }

    /// A request could not be sent, or no response came.
    mutating func failed(at now: Int64) {
        failuresInARow += 1
        if pauseMilliseconds == 0 {
            guard failuresInARow >= Self.failuresMax else { return }
            pauseMilliseconds = Self.firstPauseMilliseconds
        } else {
            // What was under way when the target was left out says nothing new.
            guard isOnTrial else { return }
            pauseMilliseconds = min(2 * pauseMilliseconds, Self.longestPauseMilliseconds)
        }
        isOnTrial = false
        triesAtMilliseconds = now + pauseMilliseconds
    }

    /// What checks make of the target.
    mutating func checked(isWell: Bool, at now: Int64) {
        isCheckedOut = !isWell
        // Well by its own word: worth a request at once.
        if isWell { triesAtMilliseconds = min(triesAtMilliseconds, now) }
    }
}

/// What the answers to checks make of a target: several in a row change it.
struct CheckTally {
    let failuresMax: Int
    let successesMin: Int
    private(set) var isWell = true
    /// How many answers in a row spoke against what is believed.
    private var contrary = 0

    init(failuresMax: Int, successesMin: Int) {
        self.failuresMax = failuresMax
        self.successesMin = successesMin
    }

    /// Takes an answer into account.
    mutating func record(isGood: Bool) {
        guard isGood != isWell else {
            contrary = 0
            return
        }
        contrary += 1
        guard contrary >= (isWell ? failuresMax : successesMin) else { return }
        isWell = isGood
        contrary = 0
    }
}
