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

[<RequireQualifiedAccess>]
module Source =

    /// The seed that draws the examples, where any are drawn.
    let rec seed source =
        match source with
        | Source.Mnist(_, _, _, seed)
        | Source.Cifar(_, _, _, _, _, seed) -> seed
        | Source.LinearTeacher t -> Some t.Seed
        | Source.HiddenLayerTeacher(t, _) -> Some t.Seed
        | Source.TemplateTeacher t -> Some t.Seed
        | Source.RandomLabels t -> Some t.Seed
        | Source.Standardized(_, source)
        | Source.StandardizedTargets source
        | Source.First(_, _, source) -> seed source
        | Source.Npz _
        | Source.Npy _
        | Source.Hdf5 _
        | Source.Csv _ -> None

    /// The same source with its examples drawn by this seed; examples that are taken in the order of a file stay so.
    let rec withSeed seed source =
        match source with
        | Source.Mnist(labels, train, test, Some _) -> Source.Mnist(labels, train, test, Some seed)
        | Source.Cifar(kind, labels, train, test, isGrey, Some _) ->
            Source.Cifar(kind, labels, train, test, isGrey, Some seed)
        | Source.LinearTeacher t -> Source.LinearTeacher { t with Seed = seed }
        | Source.HiddenLayerTeacher(t, activation) -> Source.HiddenLayerTeacher({ t with Seed = seed }, activation)
        | Source.TemplateTeacher t -> Source.TemplateTeacher { t with Seed = seed }
        | Source.RandomLabels t -> Source.RandomLabels { t with Seed = seed }
        | Source.Standardized(kind, source) -> Source.Standardized(kind, withSeed seed source)
        | Source.StandardizedTargets source -> Source.StandardizedTargets(withSeed seed source)
        | Source.First(train, test, source) -> Source.First(train, test, withSeed seed source)
        | Source.Mnist(_, _, _, None)
        | Source.Cifar(_, _, _, _, _, None)
        | Source.Npz _
        | Source.Npy _
        | Source.Hdf5 _
        | Source.Csv _ -> source
