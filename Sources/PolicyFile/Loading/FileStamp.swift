/// What tells one state of a file from another.
///
/// Everything but the content comes from the descriptor that the content was read through, so a
/// stamp never mixes two files.
struct FileStamp: Sendable, Equatable {
    /// The path as it was opened.
    var path: String
    /// The path with every symbolic link followed, or empty if it could not be.
    var resolvedPath: String
    var device: UInt64
    var inode: UInt64
    var bytes: Int64
    var modifiedNanoseconds: Int64
    var mode: UInt32
    var owner: UInt32
    /// A hash of the content that is good within this process, or of why it could not be read.
    var contentHash: Int
}

/// What tells one state of a set of policy files from another.
public struct PolicyFingerprint: Sendable, Equatable {
    var stamps: [FileStamp]
    /// What is wrong with the folder as a whole, which also counts as a state of it.
    var folderFaults: [String]
}
