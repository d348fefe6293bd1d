namespace FiniteWidth.Data

/// Whether the first line of a table names its columns.
type CsvHeader =
    /// It does where all of its fields are words, and does not where all of them are numbers; what is neither, or may be both, is an error.
    | Detected
    /// The first line names the columns.
    | Present
    /// The first line is an example.
    | Absent

/// The columns that hold the targets; those that are not ignored besides hold inputs.
type CsvTargets =
    /// The last column.
    | LastColumn
    /// By their names in the header, in the order in which the targets shall have them.
    | Named of string list

/// How a table of numbers is laid out as text.
type CsvLayout =
    {
        /// What stands between two values.
        Separator: char
        /// The decimal sign of its numbers: a point or a comma.
        Decimal: char
        /// Whether the first line names the columns.
        Header: CsvHeader
        /// Which columns are targets.
        Targets: CsvTargets
        /// Names of columns to leave out, whatever is in them.
        Ignored: string list
        /// Names of columns of words, each of which becomes a column of zeros and ones a word.
        Categories: string list
    }
