namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics

/// Which of the examples with the chosen labels are taken.
type ExampleOrder =
    /// The first ones.
    | InFileOrder
    /// Ones drawn without replacement, the same for the same seed.
    | Shuffled of seed: uint64

/// How a label becomes the target of a network.
type TargetEncoding =
    /// -1 for the first of two labels, +1 for the second.
    | Signs
    /// One column a label, in the order in which the labels are chosen: 1 in its own, 0 in the others.
    | OneHot

/// How a learning problem is made from labelled images: P training and Ptest test examples of the chosen labels, pixels
/// divided by 255, transformed, and standardized by the scalar mean and population standard deviation of the P training images.
type Protocol =
    {
        /// The chosen labels, at least two.
        Labels: int list
        /// P.
        Train: int
        /// Ptest.
        Test: int
        /// Which of the examples are taken.
        Order: ExampleOrder
        /// How labels become targets.
        Encoding: TargetEncoding
        /// Applied to every image, the first first.
        Transforms: ImageTransform list
    }

/// From labelled images to a learning problem.
[<RequireQualifiedAccess>]
module Protocol =

    /// The first `train` and `test` examples of the chosen labels in file order; two labels become signs, more one-hot targets.
    let create (labels: int seq) train test =
        let labels = List.ofSeq labels

        {
            Labels = labels
            Train = train
            Test = test
            Order = InFileOrder
            Encoding = (if labels.Length = 2 then Signs else OneHot)
            Transforms = []
        }

    let private check protocol =
        let repeated =
            protocol.Labels |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1)

        match protocol, repeated with
        | { Labels = [] | [ _ ] }, _ ->
            Error(BadData $"The number of chosen labels is {protocol.Labels.Length}: at least two are needed.")
        | _, Some(label, _) -> Error(BadData $"The label {label} is chosen twice: labels must differ.")
        | { Train = count }, _ when count < 1 ->
            Error(BadData $"The number of training examples is {count}: it must be at least 1.")
        | { Test = count }, _ when count < 1 ->
            Error(BadData $"The number of test examples is {count}: it must be at least 1.")
        | { Encoding = Signs; Labels = labels }, _ when labels.Length <> 2 ->
            Error(BadData $"The targets of {labels.Length} labels cannot be signs: use one-hot targets.")
        | _ -> Ok()

    /// The chosen examples of one set, by number, in the order in which they are taken.
    let private choose protocol part (index: int64) count (labels: int[]) =
        let chosen = Set.ofList protocol.Labels

        let all =
            [|
                for i in 0 .. labels.Length - 1 do
                    if chosen.Contains labels[i] then
                        i
            |]

        match protocol.Labels |> List.tryFind (fun label -> not (Array.contains label labels)) with
        | Some label -> Error(BadData $"No {part} example has the label {label}.")
        | None when all.Length < count ->
            let labels = String.Join(", ", protocol.Labels)

            Error(
                BadData
                    $"{count} {part} examples are asked for and {all.Length} have one of the labels {labels}: ask for at most {all.Length}."
            )
        | None ->
            match protocol.Order with
            | InFileOrder -> ()
            | Shuffled seed -> RandomStream.FromSeed(seed).Split(index).Shuffle(all.AsSpan())

            Ok(Array.truncate count all)

    let private targets protocol (images: LabelledImages) (chosen: int[]) =
        let labels = images.Labels

        let column =
            protocol.Labels |> List.mapi (fun column label -> label, column) |> dict

        let columnOf mu = column[labels.Span[chosen[mu]]]

        match protocol.Encoding with
        | Signs -> Matrix.Create(nativeint chosen.Length, 1n, fun mu _ -> if columnOf (int mu) = 0 then -1.0 else 1.0)
        | OneHot ->
            Matrix.Create(
                nativeint chosen.Length,
                nativeint column.Count,
                fun mu d -> if columnOf (int mu) = int d then 1.0 else 0.0
            )

    let private sizeOf (images: LabelledImages) : ImageTransform.Size =
        {
            Height = images.Height
            Width = images.Width
            Channels = images.Channels
        }

    /// The size of the transformed images, and the transform of one image's values.
    let private prepare protocol (images: LabelledImages) =
        (Ok(sizeOf images, id), protocol.Transforms)
        ||> List.fold (fun state transform ->
            state
            |> Result.bind (fun (size, before) ->
                ImageTransform.prepare size transform
                |> Result.map (fun (size, step) -> size, before >> step)))

    let private inputs (features: int) (transform: float[] -> float[]) (images: LabelledImages) (chosen: int[]) =
        let result = Matrix.Uninitialized(nativeint chosen.Length, nativeint features)
        let values = Array.zeroCreate (images.Height * images.Width * images.Channels)

        for mu in 0 .. chosen.Length - 1 do
            let pixels = images.Pixels(chosen[mu]).Span

            for i in 0 .. values.Length - 1 do
                values[i] <- float pixels[i] / 255.0

            (transform values).AsSpan().CopyTo(result.Row(nativeint mu))

        result

    let private learningProblem protocol (images: ImageSplit) (size, transform) (train: int[]) (test: int[]) =
        let features = ImageTransform.length size
        let trainInputs = inputs features transform images.Train train
        let testInputs = inputs features transform images.Test test

        Standardization.ofMatrix trainInputs
        |> Result.bind (fun standardization ->
            Standardization.applyInPlace trainInputs standardization
            Standardization.applyInPlace testInputs standardization

            Results.both
                (DataSet.create trainInputs (targets protocol images.Train train))
                (DataSet.create testInputs (targets protocol images.Test test))
            |> Result.bind (fun (train, test) -> Split.create train test))

    /// The learning problem that the protocol makes of images.
    let apply protocol (images: ImageSplit) =
        let chosen () =
            Results.both
                (choose protocol "training" 0L protocol.Train (images.Train.Labels.ToArray()))
                (choose protocol "test" 1L protocol.Test (images.Test.Labels.ToArray()))

        check protocol
        |> Result.bind (fun () ->
            if sizeOf images.Train = sizeOf images.Test then
                prepare protocol images.Train
            else
                Error(BadData "The training and the test images differ in size."))
        |> Result.bind (fun prepared ->
            chosen ()
            |> Result.bind (fun (train, test) -> learningProblem protocol images prepared train test))

    // In file order the images after the last one that is chosen are not even read; of each label there is one.
    let private needed protocol part index count labels =
        match protocol.Order, choose protocol part index count labels with
        | InFileOrder, Ok chosen ->
            let firsts = protocol.Labels |> List.map (fun label -> Array.IndexOf(labels, label))

            1 + max (Array.last chosen) (List.max firsts)
        | _ -> labels.Length

    /// The learning problem that the protocol makes of MNIST, of which it reads what is needed.
    let ofMnist protocol files =
        check protocol
        |> Result.bind (fun () ->
            files
            |> Mnist.loadLeading
                (needed protocol "training" 0L protocol.Train)
                (needed protocol "test" 1L protocol.Test))
        |> Result.bind (apply protocol)

type Protocol with

    /// The first `train` and `test` examples of the chosen labels in file order; two labels become signs, more one-hot targets.
    static member Create(labels: int seq, train, test) = Protocol.create labels train test
