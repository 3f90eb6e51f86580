/// A place in a policy file.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
    /// The file's name as the operator knows it.
    public var file: String
    /// The line, counted from 1; 0 if there is none.
    public var line: Int
    /// The column, counted from 1; 0 if there is none.
    public var column: Int

    /// Names a place.
    public init(file: String, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
    }

    /// `file:line:column`, without the parts that are not known.
    public var description: String {
        guard line > 0 else { return file }
        return column > 0 ? "\(file):\(line):\(column)" : "\(file):\(line)"
    }

    func advanced(by columns: Int) -> SourceLocation {
        guard column > 0 else { return self }
        return SourceLocation(file: file, line: line, column: column + columns)
    }
}
