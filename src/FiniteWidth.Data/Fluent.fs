// Data for C#: methods that raise a FailureException where the functions of the modules return an error.
namespace FiniteWidth.Data

open System
open System.Collections.Generic
open System.Runtime.CompilerServices
open FiniteWidth

/// Training and test sets from files.
[<AbstractClass; Sealed>]
type Load =

    /// The arrays x_train (P x N0), y_train (P or P x D), x_test and y_test of a NumPy archive.
    static member Npz path = Npz.split path |> Result.orFail

    /// Two tables of numbers laid out alike, their columns matched by name where they have headers.
    static member Csv(trainPath, testPath, layout) =
        Csv.readSplit layout trainPath testPath |> Result.orFail

    /// Two tables of numbers, the target in the last column.
    static member Csv(trainPath, testPath) =
        Load.Csv(trainPath, testPath, Csv.standard)

    /// MNIST digits as the protocol wants them; see `Mnist.locate` for where they are looked for.
    static member Mnist protocol =
        Mnist.locate () |> Result.bind (Protocol.ofMnist protocol) |> Result.orFail

    /// The first `train` and `test` MNIST digits with the chosen labels: two labels become -1 and +1, more one-hot targets.
    static member Mnist(labels: IEnumerable<int>, train, test) =
        Load.Mnist(Protocol.create labels train test)

/// Protocols changed, splits transformed and tables written.
[<Extension; AbstractClass; Sealed>]
type DataFluent =

    /// The protocol with examples drawn at random, the same for the same seed.
    [<Extension>]
    static member Shuffled(protocol: Protocol, seed) = { protocol with Order = Shuffled seed }

    /// The protocol with these steps before an image is standardized, the first first.
    [<Extension>]
    static member Transformed(protocol: Protocol, [<ParamArray>] transforms: ImageTransform[]) =
        { protocol with
            Transforms = List.ofArray transforms
        }

    /// Both sets standardized by the scalar mean and standard deviation of the training inputs.
    [<Extension>]
    static member Standardized split =
        Standardization.apply split |> Result.orFail

    /// The split with random labels in place of its targets.
    [<Extension>]
    static member WithRandomLabels(split, seed) =
        RandomLabels.onInputs seed split |> Result.orFail

    /// Writes a row a point, whole or not at all: widths, order parameters, loss, bias, variance, log-evidence, residual.
    [<Extension>]
    static member SaveCsv(points: IEnumerable<CurvePoint>, path) =
        CurveTable.ofPoints points |> Result.bind (Table.writeCsv path) |> Result.orFail

/// Teachers asked for examples.
[<Extension; AbstractClass; Sealed>]
type TeacherFluent =

    /// The training and the test set of the teacher.
    [<Extension>]
    static member Generate teacher =
        LinearTeacher.generate teacher |> Result.orFail

    /// The training and the test set of the teacher.
    [<Extension>]
    static member Generate teacher =
        HiddenLayerTeacher.generate teacher |> Result.orFail

    /// The training and the test set of the teacher.
    [<Extension>]
    static member Generate teacher =
        TemplateTeacher.generate teacher |> Result.orFail

    /// Gaussian inputs with random labels.
    [<Extension>]
    static member Generate teacher =
        RandomLabels.generate teacher |> Result.orFail
