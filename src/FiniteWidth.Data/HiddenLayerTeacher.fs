namespace FiniteWidth.Data

open FiniteWidth
open FiniteWidth.Numerics

/// A network of one hidden layer seen through noise: x ~ N(0, I), y = v.sigma(W x/sqrt(N0))/sqrt(M) + noise xi, with v, W and xi
/// drawn from N(0, 1), for the training and the test examples alike.
type HiddenLayerTeacher =
    {
        /// N0.
        Inputs: int
        /// M, the number of hidden units.
        Hidden: int
        /// sigma.
        Activation: float -> float
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
module HiddenLayerTeacher =

    /// W, the weights of the teacher's hidden units: M x N0.
    let units (teacher: HiddenLayerTeacher) =
        Draw.normal teacher.Hidden teacher.Inputs ((RandomStream.FromSeed teacher.Seed).Split 0L)

    /// The training and the test set of the teacher.
    let generate (teacher: HiddenLayerTeacher) =
        let {
                Inputs = inputs
                Hidden = hidden
                Activation = sigma
                Noise = noise
            } =
            teacher

        Draw.check
            [
                "inputs", inputs
                "hidden units", hidden
                "training examples", teacher.Train
                "test examples", teacher.Test
            ]
            noise
        |> Result.bind (fun () ->
            let stream = RandomStream.FromSeed teacher.Seed
            let w = units teacher
            let v = Draw.normal 1 hidden (stream.Split 2L)

            Draw.gaussian inputs teacher.Train teacher.Test (stream.Split 1L) (fun stream x ->
                let f mu =
                    let mutable sum = 0.0

                    for unit in 0n .. nativeint hidden - 1n do
                        let preactivation = Draw.dot (x.Row mu) (w.Row unit) / sqrt (float inputs)
                        sum <- sum + v[0n, unit] * sigma preactivation

                    sum / sqrt (float hidden)

                Draw.noisy noise stream f (int x.Rows)))

type HiddenLayerTeacher with

    /// A network of one hidden layer with this activation, seen through noise.
    static member Create(activation: Activation, inputs, hidden, train, test, noise, seed) : HiddenLayerTeacher =
        {
            Inputs = inputs
            Hidden = hidden
            Activation = activation.Function
            Train = train
            Test = test
            Noise = noise
            Seed = seed
        }
