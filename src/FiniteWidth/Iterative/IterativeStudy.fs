namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// Studies whose kernels are never held as P x P doubles: block Krylov spaces in place of an eigendecomposition.
///
/// K is kept in single precision, 2 P^2 bytes, in memory or in a file. One block Lanczos run, whose space is the same for every T I + q K,
/// gives y^T (T I + q K)^(-1) y, the predictions at the test inputs and, averaged over random signs, log det(T I + q K), at every q and
/// every width. The cost is some twenty to forty products of K with a block of a hundred vectors.
/// (Golub and Meurant, Matrices, Moments and Quadrature; Ubaru, Chen and Saad, SIAM J. Matrix Anal. Appl. 38, 1075, 2017.)
[<RequireQualifiedAccess>]
module IterativeStudy =

    /// A study of a training set that is solved iteratively, and predicts at these test inputs, with settings of one's own.
    let createWith settings (inputs: Matrix) (train: DataSet) =
        result {
            do! IterativeSettings.check settings
            do! Failures.catch (fun () -> Ok(DataSet.requireFeatures train.Inputs inputs))
            return Study(train, None, StudySolver.Iterative(KrylovSolver(train, inputs, settings)))
        }

    /// A study of a training set that is solved iteratively, and predicts at these test inputs.
    let create inputs train =
        createWith IterativeSettings.standard inputs train

    /// The standard error of a score: that of the scale of the kernel, times the change of the score with it, the gap of the rules, and rounding. None of the
    /// direct solver.
    let scoreError (test: DataSet) (posterior: Posterior) : Score option =
        match posterior.Accuracy, posterior.Conditioned.Scaled with
        | Some accuracy,
          Some {
                   Scale = scale
                   Program = program
                   Spectrum = spectrum
               } ->
            let bind =
                EffectiveAction.bind posterior.Network posterior.Model.OrderParameters posterior.OrderParameters

            let s = Scalar.evaluate bind scale

            let score (spectrum: Spectrum) s =
                let kernel = posterior.Study.Projected(program, spectrum, None, test.Inputs)

                Prediction.ofSpectrum posterior.Temperature s spectrum kernel
                |> Prediction.score test.Targets

            let h = 1e-3
            let above, below = score spectrum (s * exp h), score spectrum (s * exp -h)
            let here = score spectrum s

            let other =
                spectrum.Quadrature
                |> Option.bind _.Bound
                |> Option.map (fun bound -> score bound s)
                |> Option.defaultValue here

            let error (part: Score -> float) =
                let slope = (part above - part below) / (2.0 * h)
                let scatter = slope * accuracy.LogScale

                let gap =
                    abs (part here - part other)
                    + abs slope * accuracy.LogScaleGap
                    + accuracy.Rounding * part here

                sqrt (scatter * scatter + gap * gap)

            Some
                {
                    Loss = error _.Loss
                    Bias = error _.Bias
                    Variance = error _.Variance
                }
        | _ -> None
