namespace FiniteWidth.Data

open FiniteWidth
open FiniteWidth.Numerics

/// Labels that carry no information about the inputs: x ~ N(0, I), y = -1 or +1 with probability 1/2.
type RandomLabels =
    {
        /// N0.
        Inputs: int
        /// P.
        Train: int
        /// Ptest.
        Test: int
        /// The seed of all random numbers.
        Seed: uint64
    }

/// Examples whose labels mean nothing.
[<RequireQualifiedAccess>]
module RandomLabels =

    /// A training and a test set of Gaussian inputs with random labels.
    let generate (teacher: RandomLabels) =
        Draw.check
            [
                "inputs", teacher.Inputs
                "training examples", teacher.Train
                "test examples", teacher.Test
            ]
            0.0
        |> Result.bind (fun () ->
            let stream = RandomStream.FromSeed teacher.Seed

            Draw.gaussian teacher.Inputs teacher.Train teacher.Test stream (fun stream x ->
                Draw.signs (int x.Rows) stream))

    /// The inputs of a split with random labels in place of their targets.
    let onInputs (seed: uint64) (split: Split) =
        let relabel (index: int64) (data: DataSet) =
            data.Inputs, Draw.signs data.Count (RandomStream.FromSeed(seed).Split index)

        Draw.split (relabel 0L split.Train) (relabel 1L split.Test)
