namespace FiniteWidth.Cli

open System.Threading
open FiniteWidth

/// Infinitely many units in the mean-field scaling.
[<RequireQualifiedAccess>]
module MeanFieldTheory =

    let private requireFinite (test: DataSet) (posterior: MeanFieldPosterior) =
        let score = MeanFieldPosterior.score test posterior

        Results.requireFinite
            $"prediction of the {posterior.Network} in the {posterior.Scaling}"
            "single precision"
            [ score.Loss.Value; posterior.FreeEnergy.Value ]
        |> Result.map (fun () -> posterior, score)

    /// Solves one scaling after the other, each from the units of the solution before it, until it is told to stop.
    let solve asked (cancellation: CancellationToken) (split: Split) network scalings =
        let study = Study split.Train
        let settings = CavityJson.settings split.Train asked

        scalings
        |> InTurn.solve (fun previous scaling ->
            MeanFieldLimit.solveWith
                settings
                (Option.map fst previous)
                cancellation
                ignore
                network
                scaling
                split.Test
                study
            |> Result.bind (requireFinite split.Test))

    let private tree (posterior: MeanFieldPosterior, score: MeasuredScore) =
        let diagnostics = posterior.Diagnostics

        [
            // The prior of the first layer: the width and the readout's prior have no part in it.
            "priors", Tree.numbers [ posterior.Network.Priors.Head ]
            "gamma", Tree.Number posterior.Scaling.Gamma
            "beta", Tree.Number posterior.Scaling.Beta
            yield! Results.measured "freeEnergy" posterior.FreeEnergy
            yield! Results.measuredScore score
            "specialisedUnits", Results.specialisedUnits "fraction" posterior.SpecialisedUnits
            "sweeps", Tree.count diagnostics.Sweeps
            "averaged", Tree.count diagnostics.Averaged
            "effectiveUnits", Tree.Number diagnostics.EffectiveUnits
            "acceptance", Tree.Number diagnostics.Acceptance
            "swapRate", Tree.Number diagnostics.SwapRate
            "reach", Tree.Number diagnostics.Reach
            "largestReadout", Tree.Number diagnostics.LargestReadout
            "residual", Tree.Number posterior.Solution.Residual
            "converged", Tree.Truth posterior.Converged
            "doubts", Tree.words (diagnostics.Doubts |> List.map _.Message)
        ]

    let private predict (job: Job) network (asked: PredictionAsked) =
        InTurn.predicted tree asked.Examples (fun token ->
            solve job.Cavity token asked.Examples.Split network (Job.scalings job))

    let private create (job: Job) =
        let none =
            { Refusing.everything job with
                SweepKeys = [ "gamma"; "beta" ]
                StandardTargets = Error Refusing.notUndone
            }
            |> Refusing.toFit "job.theory: \"mean-field\" is sampled and is not fitted: use \"proportional\"."

        match job.Network, job.Scaling with
        | JobNetwork.Dense network, Some scaling ->
            { none with
                Predict = predict job network
                Explain =
                    fun split ->
                        MeanFieldLimit.describes network split.Train
                        |> Result.map (fun () -> Explain.ofMeanField (ProblemSize.Of split) scaling network)
            }
        | _ -> none

    /// The mean-field limit by its name.
    let named =
        {
            Name = "mean-field"
            Keys = OwnKeys.MeanField
            Equation = None
            Compared = None
            Of = create
        }
