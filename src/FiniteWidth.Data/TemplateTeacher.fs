namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics

/// Gaussian clusters with binary labels, after the template task of Li and Sompolinsky (PRX 2021, arXiv:2012.04030).
///
/// K templates t_k ~ N(0, I) have labels z_k, each -1 or +1 with probability 1/2. Example mu (from 0) belongs to template k = mu mod K:
/// x_mu = sqrt(1-gamma) t_k + sqrt(gamma) xi_mu with xi_mu ~ N(0, I), and y_mu = z_k, so that every input has entries of variance 1.
/// Training and test set share templates and labels, and each has its own gamma: with K = P and no training noise a network
/// learns the templates themselves and is tested on noisy copies of them.
type TemplateTeacher =
    {
        /// N0.
        Inputs: int
        /// K.
        Templates: int
        /// gamma of the training inputs, from 0 to 1.
        TrainNoise: float
        /// gamma of the test inputs, from 0 to 1.
        TestNoise: float
        /// P.
        Train: int
        /// Ptest.
        Test: int
        /// The seed of all random numbers.
        Seed: uint64
    }

/// Examples from this teacher.
[<RequireQualifiedAccess>]
module TemplateTeacher =

    let private fraction what gamma =
        if gamma >= 0.0 && gamma <= 1.0 then
            Ok()
        else
            Error(BadData $"The {what} noise is {gamma}: it is the fraction gamma of an input's variance, from 0 to 1.")

    let private check teacher =
        Draw.check
            [
                "inputs", teacher.Inputs
                "templates", teacher.Templates
                "training examples", teacher.Train
                "test examples", teacher.Test
            ]
            0.0
        |> Result.bind (fun () -> fraction "training" teacher.TrainNoise)
        |> Result.bind (fun () -> fraction "test" teacher.TestNoise)

    /// The training and the test set of the teacher.
    let generate (teacher: TemplateTeacher) =
        check teacher
        |> Result.bind (fun () ->
            let stream = RandomStream.FromSeed teacher.Seed
            let templates = Draw.normal teacher.Templates teacher.Inputs (stream.Split 0L)
            let labels = Draw.signs teacher.Templates (stream.Split 1L)
            let templateOf mu = mu % nativeint teacher.Templates

            let set index count gamma =
                let inputs = Draw.normal count teacher.Inputs (stream.Split index)

                for mu in 0n .. inputs.Rows - 1n do
                    let x = inputs.Row mu
                    let template = templates.Row(templateOf mu)

                    for j in 0 .. x.Length - 1 do
                        x[j] <- sqrt (1.0 - gamma) * template[j] + sqrt gamma * x[j]

                inputs, Matrix.Create(nativeint count, 1n, fun mu _ -> labels[templateOf mu, 0n])

            Draw.split (set 2L teacher.Train teacher.TrainNoise) (set 3L teacher.Test teacher.TestNoise))
