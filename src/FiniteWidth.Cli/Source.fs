namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data

/// How inputs are standardized by the training set.
[<RequireQualifiedAccess>]
type InputStandard =
    /// By the mean and the standard deviation of all training inputs.
    | Scalar
    /// By those of each feature.
    | Features

/// Where the examples come from.
[<RequireQualifiedAccess>]
type Source =
    | Npz of path: string
    | Npy of NpyFiles
    | Hdf5 of path: string
    | Csv of train: string * test: string * CsvLayout
    | Mnist of labels: int list * train: int * test: int * seed: uint64 option
    | Cifar of Cifar * labels: int list * train: int * test: int * isGrey: bool * seed: uint64 option
    | LinearTeacher of LinearTeacher
    | HiddenLayerTeacher of HiddenLayerTeacher * Activation
    | TemplateTeacher of TemplateTeacher
    | RandomLabels of RandomLabels
    /// Another source with its inputs standardized.
    | Standardized of InputStandard * Source
    /// Another source with its targets standardized by those of the training set: answers are in the units of the targets all the same.
    | StandardizedTargets of Source
    /// The first examples of another source, as many as are given, or all of them.
    | First of train: int option * test: int option * Source
