namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// Loading the examples that a job or the flags name.
[<RequireQualifiedAccess>]
module Examples =

    let private top part count (matrix: Matrix) =
        match count with
        | Some count when nativeint count > matrix.Rows ->
            Error(
                BadData
                    $"{count} {part} examples are asked for and there are {matrix.Rows}: ask for at most {matrix.Rows}."
            )
        | Some count -> Ok(matrix.View(0n, 0n, nativeint count, matrix.Columns))
        | None -> Ok matrix

    let private first part count (data: DataSet) =
        result {
            let! inputs = top part count data.Inputs
            return! DataSet.create inputs (data.Targets.View(0n, 0n, inputs.Rows, data.Targets.Columns))
        }

    // Nothing is generated that could not be used.
    let private generated require inputs train test generate teacher =
        result {
            do! Capacity.requireInputs inputs train test
            do! require train test
            return! generate teacher
        }

    // Of a source that always knows the targets.
    let private labelled split = split |> Result.map Points.ofSplit

    let private protocol labels train test transforms seed =
        { Protocol.create labels train test with
            Order =
                (match seed with
                 | Some seed -> Shuffled seed
                 | None -> InFileOrder)
            Transforms = transforms
        }

    let rec private points require source =
        match source with
        | Source.Npz path -> Npz.pointsWhere require path
        | Source.Npy files -> NpyFiles.pointsWhere require files
        | Source.Hdf5 path -> Hdf5.pointsWhere require path
        | Source.Csv(train, test, layout) -> Csv.readPoints layout train test
        | Source.Mnist(labels, train, test, seed) ->
            Mnist.locate ()
            |> Result.bind (Protocol.ofMnist (protocol labels train test [] seed))
            |> labelled
        | Source.Cifar(kind, labels, train, test, isGrey, seed) ->
            let grey =
                [
                    if isGrey then
                        Grayscale
                ]

            Cifar.locate kind
            |> Result.bind (Cifar.load kind)
            |> Result.bind (Protocol.apply (protocol labels train test grey seed))
            |> labelled
        | Source.LinearTeacher t -> generated require t.Inputs t.Train t.Test LinearTeacher.generate t |> labelled
        | Source.HiddenLayerTeacher(t, _) ->
            generated require t.Inputs t.Train t.Test HiddenLayerTeacher.generate t
            |> labelled
        | Source.TemplateTeacher t -> generated require t.Inputs t.Train t.Test TemplateTeacher.generate t |> labelled
        | Source.RandomLabels t -> generated require t.Inputs t.Train t.Test RandomLabels.generate t |> labelled
        | Source.Standardized(InputStandard.Scalar, source) ->
            points require source |> Result.bind Standardization.applyToPoints
        | Source.Standardized(InputStandard.Features, source) ->
            points require source |> Result.bind FeatureScaling.applyToPoints
        // Outermost, where `loadPoints` meets it first.
        | Source.StandardizedTargets source ->
            points require source |> Result.bind TargetUnits.applyToPoints |> Result.map fst
        | Source.First(train, test, source) ->
            result {
                let! all = points require source
                let! train = first "training" train all.Train
                let! inputs = top "test" test all.Inputs

                let targets =
                    all.Targets
                    |> Option.map (fun targets -> targets.View(0n, 0n, inputs.Rows, targets.Columns))

                return! Points.create train inputs targets
            }

    // The file that the points to predict at are in.
    let rec private file source =
        match source with
        | Source.Npz path
        | Source.Hdf5 path
        | Source.Csv(_, path, _) -> Some path
        | Source.Npy files -> Some files.TestInputs
        | Source.Standardized(_, source)
        | Source.StandardizedTargets source
        | Source.First(_, _, source) -> file source
        | _ -> None

    /// The training set of a source and the points to predict at, refused where `require` refuses their numbers P and Ptest, and the units of the
    /// targets where these are standardized.
    let loadPointsWhere require source =
        result {
            let! points, units =
                match source with
                | Source.StandardizedTargets source ->
                    points require source
                    |> Result.bind TargetUnits.applyToPoints
                    |> Result.map (fun (points, units) -> points, Some units)
                | source -> points require source |> Result.map (fun points -> points, None)

            do! require points.Train.Count (int points.Inputs.Rows)
            return points, units
        }

    /// The same where the kernels made of them fit into memory.
    let loadPoints source =
        loadPointsWhere Capacity.requireKernels source

    /// Points as a training and a test set, refused where they have no targets.
    let requireTargets source points = Points.split (file source) points

    /// The training and test set of a source with the units of its targets, refused where `require` refuses their numbers.
    let loadWithUnitsWhere require source =
        loadPointsWhere require source
        |> Result.bind (fun (points, units) -> requireTargets source points |> Result.map (fun split -> split, units))

    /// The same where the kernels made of them fit into memory.
    let loadWithUnits source =
        loadWithUnitsWhere Capacity.requireKernels source

    // A source whose numbers somebody else wrote down.
    let rec private isFile source =
        match source with
        | Source.Npz _
        | Source.Npy _
        | Source.Hdf5 _
        | Source.Csv _ -> true
        | Source.Standardized(_, source)
        | Source.First(_, _, source) -> isFile source
        | _ -> false

    /// Refuses a regression on what looks like labels of classes, unless numbers are said to be meant: `classify` and `regress` say how to ask for
    /// either.
    let checkNumbers (classify, regress) likelihood source (train: DataSet) =
        match likelihood, ClassLabels.tryNotice train.Targets with
        | None, Some classes when isFile source ->
            Error(
                BadData
                    $"The training targets look like labels of {classes} classes, whole numbers without a gap: {classify} classifies, and {regress} takes them as numbers."
            )
        | _ -> Ok()

    /// The same of a job with one task.
    let checkJob (job: Job) train =
        match job.Second with
        | Some _ -> Ok()
        | None ->
            checkNumbers
                ("\"likelihood\": { \"kind\": \"softmax\" } in place of the temperature",
                 "\"likelihood\": { \"kind\": \"gaussian\" }")
                job.Likelihood
                job.Source
                train

    /// What reads the examples of the first job that it is asked for, and gives the same to all that follow.
    let once (read: 'Job -> Result<'Examples, Failure>) =
        let mutable known = None

        fun job ->
            match known with
            | Some examples -> Ok examples
            | None ->
                read job
                |> Result.map (fun examples ->
                    known <- Some examples
                    examples)
