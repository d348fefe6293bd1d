namespace FiniteWidth.Data

open FiniteWidth.Numerics

/// A linear function seen through noise: x ~ N(0, I), y = w.x/sqrt(N0) + noise xi, with w ~ N(0, I) and xi ~ N(0, 1), for the
/// training and the test examples alike.
type LinearTeacher =
    {
        /// N0.
        Inputs: int
        /// P.
        Train: int
        /// Ptest.
        Test: int
        /// The standard deviation of the noise on a target.
        Noise: float
        /// The seed of all random numbers.
        Seed: uint64
    }

/// Examples from this teacher.
[<RequireQualifiedAccess>]
module LinearTeacher =

    /// The training and the test set of the teacher.
    let generate (teacher: LinearTeacher) =
        let { Inputs = inputs; Noise = noise } = teacher

        Draw.check
            [
                "inputs", inputs
                "training examples", teacher.Train
                "test examples", teacher.Test
            ]
            noise
        |> Result.bind (fun () ->
            let stream = RandomStream.FromSeed teacher.Seed
            let w = Draw.normal 1 inputs (stream.Split 0L)

            Draw.gaussian inputs teacher.Train teacher.Test (stream.Split 1L) (fun stream x ->
                let f mu =
                    Draw.dot (x.Row mu) (w.Row 0n) / sqrt (float inputs)

                Draw.noisy noise stream f (int x.Rows)))
