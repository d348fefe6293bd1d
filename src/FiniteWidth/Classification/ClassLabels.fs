namespace FiniteWidth

open FiniteWidth.Numerics

/// How targets say which of D classes an example belongs to.
[<RequireQualifiedAccess>]
type ClassLabels =
    /// One column of -1 (class 0) and +1 (class 1).
    | Signs
    /// One column of whole numbers 0 .. D-1.
    | Numbers of classes: int
    /// D columns, one of them 1 and the others 0.
    | OneHot of classes: int

    /// D.
    member this.Classes =
        match this with
        | Signs -> 2
        | Numbers classes
        | OneHot classes -> classes

/// Targets read as labels of classes.
[<RequireQualifiedAccess>]
module ClassLabels =

    let private entries (targets: Matrix) =
        seq {
            for mu in 0n .. targets.Rows - 1n do
                for d in 0n .. targets.Columns - 1n -> targets[mu, d]
        }

    let private isWhole (value: float) = value = round value && abs value < 1e6

    /// How many classes one column of targets looks like the labels of: whole numbers from 0 or 1 without a gap, more than two, each of two examples
    /// or more on average; none where it looks like measured numbers.
    let tryNotice (targets: Matrix) =
        if targets.Columns <> 1n then
            None
        else
            let values = entries targets |> Seq.distinct |> Seq.sort |> Array.ofSeq
            let first = values[0]

            if
                values.Length > 2
                && 2n * nativeint values.Length <= targets.Rows
                && (first = 0.0 || first = 1.0)
                && Seq.forall isWhole values
                && Array.last values = first + float (values.Length - 1)
            then
                Some values.Length
            else
                None

    let private bad what = Error(BadData what)

    // One column: which whole numbers there are decides how many classes.
    let private ofColumn targets =
        let values = entries targets |> Seq.distinct |> Seq.sort |> List.ofSeq

        if values = [ -1.0; 1.0 ] then
            Ok ClassLabels.Signs
        else
            match values |> List.tryFind (fun value -> not (isWhole value) || value < 0.0) with
            | Some value ->
                bad
                    $"A training label is {value}: labels of classes are whole numbers from 0, or -1 and +1, or one-hot columns."
            | None when values.Length < 2 ->
                bad $"Every training label is {values.Head}: a classification needs at least two classes."
            | None ->
                let classes = int (List.last values) + 1

                match
                    Seq.init classes float
                    |> Seq.tryFind (fun label -> not (List.contains label values))
                with
                | Some missing ->
                    bad
                        $"No training example has the label {missing}, and the largest is {classes - 1}: labels are numbered from 0 without a gap."
                | None -> Ok(ClassLabels.Numbers classes)

    let private hot (targets: Matrix) (mu: nativeint) =
        let row = targets.Row(mu).ToArray()

        match Array.tryFindIndex ((=) 1.0) row with
        | Some label when
            Array.forall (fun value -> value = 0.0 || value = 1.0) row
            && Array.sum row = 1.0
            ->
            Ok label
        | _ ->
            bad
                $"The targets of example {mu} (counted from 0) are not one-hot: with several columns one is 1 and the others are 0."

    /// The label of every row of targets, 0 .. D-1; an error where one is no label of such classes.
    let read labels (targets: Matrix) =
        let rows = seq { 0n .. targets.Rows - 1n }

        let column check =
            if targets.Columns <> 1n then
                bad $"The labels have {targets.Columns} columns and those of the training set one."
            else
                rows |> Result.traverse (fun mu -> check mu targets[mu, 0n])

        match labels with
        | ClassLabels.OneHot classes when int targets.Columns = classes -> rows |> Result.traverse (hot targets)
        | ClassLabels.OneHot classes ->
            bad $"The labels have {targets.Columns} columns and those of the training set {classes}."
        | ClassLabels.Signs ->
            column (fun mu value ->
                match value with
                | -1.0 -> Ok 0
                | 1.0 -> Ok 1
                | value -> bad $"Label {mu} (counted from 0) is {value}: those of the training set are -1 and +1.")
        | ClassLabels.Numbers classes ->
            column (fun mu value ->
                if isWhole value && value >= 0.0 && value < float classes then
                    Ok(int value)
                else
                    bad
                        $"Label {mu} (counted from 0) is {value}: those of the training set are whole numbers from 0 to {classes - 1}.")
        |> Result.map Array.ofList

    /// How the targets of a training set label classes, where they do: two classes at least, and in one column each of them with an example.
    let ofTraining (targets: Matrix) =
        result {
            if targets.Rows < 2n then
                return! bad "There is 1 training example: a classification needs at least two, of different classes."
            elif targets.Columns = 1n then
                return! ofColumn targets
            else
                let labels = ClassLabels.OneHot(int targets.Columns)
                let! read = read labels targets

                if Array.forall ((=) read[0]) read then
                    return!
                        bad
                            $"Every training example is of class {read[0]}: a classification needs at least two classes."
                else
                    return labels
        }
