public import MethodPolicy

/// What came of one reload.
public struct ReloadOutcome: Sendable {
    /// Why the files were read.
    public enum Cause: String, Sendable {
        /// They were seen to have changed.
        case changed
        /// Somebody asked: SIGHUP, or a call of ``PolicyReloader/reloadNow()``.
        case requested
    }

    /// What is to be done about it.
    public enum Result: Sendable {
        /// Use this snapshot from now on.
        case replaced(PolicySnapshot)
        /// The files say what they said before; keep the snapshot in use.
        case unchanged
        /// The files have errors; keep the snapshot in use. ``ReloadOutcome/load`` has every
        /// reason.
        case rejected
    }

    /// Why the files were read.
    public let cause: Cause
    /// What is to be done about it.
    public let result: Result
    /// What was read, with every diagnostic.
    public let load: PolicyLoad
}
