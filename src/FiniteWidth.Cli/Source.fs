namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data

/// Where the examples come from.
[<RequireQualifiedAccess>]
type Source =
    | Npz of path: string
    | Csv of train: string * test: string * CsvLayout
    | Mnist of labels: int list * train: int * test: int * seed: uint64 option
    | LinearTeacher of LinearTeacher
    | HiddenLayerTeacher of HiddenLayerTeacher * Activation
    | TemplateTeacher of TemplateTeacher
    | RandomLabels of RandomLabels
    /// Another source with its inputs standardized by the scalar mean and standard deviation of the training set.
    | Standardized of Source
    /// The first examples of another source, as many as are given, or all of them.
    | First of train: int option * test: int option * Source
