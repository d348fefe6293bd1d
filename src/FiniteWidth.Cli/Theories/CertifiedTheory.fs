namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// Whatever certifies the accuracy that is asked for: a theory with its first order, or sampling.
[<RequireQualifiedAccess>]
module CertifiedTheory =

    let private predict (job: Job) (asked: PredictionAsked) =
        let units, split = asked.Examples.Units, asked.Examples.Split

        let settle seconds =
            $"finitewidth predict {asked.Place} with \"seconds\": {AutoResults.secondsToAllow seconds}"

        let inUnits (answers: AutoAnswers) =
            match units with
            | Some units ->
                { answers with
                    Points = answers.Points |> List.map (InUnits.auto units)
                }
            | None -> answers

        Stoppable.run (fun token ->
            Job.points job
            |> Job.ofKind JobNetwork.dense
            |> Result.bind (AutoResults.solve job.Scaling.IsNone job.Auto token split)
            |> Result.map (fun answers ->
                inUnits answers
                |> AutoResults.predicted
                    (units.IsNone && Measurement.hasClasses split.Test)
                    settle
                    (answers.Missing.IsEmpty && not token.IsCancellationRequested)))

    // What answers in its place, and what it answers then.
    let private substitute (job: Job) =
        let wishart, proportional =
            ("wishart", Theory.wishart), ("proportional", Theory.proportional)

        match job.Network with
        | JobNetwork.Dense _
        | JobNetwork.Image _ when (Job.beta job).IsSome -> wishart, "the classification"
        | JobNetwork.Dense network when not job.Sweep.Examples.IsEmpty ->
            PointTheories.theoryFor network, "the average over training sets"
        | JobNetwork.Dense network when job.CrossValidation.IsSome ->
            PointTheories.theoryFor network, "the prediction of folds"
        | JobNetwork.Dense network -> PointTheories.theoryFor network, "the prediction at points"
        | JobNetwork.Convolutional _ -> proportional, "a convolutional network"
        | JobNetwork.Image _ -> wishart, "a network of convolutional layers"
        | JobNetwork.Coupled _ -> proportional, "a pair of coupled networks"

    // Certificates are of losses of fully connected networks on one training set.
    let private create saddlePoint (job: Job) =
        let (name, theory), what = substitute job
        let other: NamedTheory = saddlePoint name theory
        let its = other.Of { job with Theory = other }

        let none =
            { Refusing.everything job with
                SweepKeys = its.SweepKeys
                Folds = its.Folds
                FirstOrder = Error "the theory \"auto\" rests on the first order in 1/N: leave the key out."
                Instead = Some { Theory = other; Of = what }
                InsteadAtPoints = Some { Theory = other; Of = what }
            }
            |> Refusing.toExplain
                "job.theory: \"auto\" chooses for every number: name the theory to explain, such as \"proportional\"."
                job
            |> Refusing.toFit "job.theory: \"auto\" may be sampled and is not fitted: use \"proportional\"."

        match job.Network with
        | JobNetwork.Dense _ when (Job.beta job).IsNone ->
            let isOfLosses = job.Sweep.Examples.IsEmpty && job.CrossValidation.IsNone

            { none with
                Predict = predict job
                Curve = Ok CurveOf.Certificates
                Instead = if isOfLosses then None else none.Instead
                InsteadAtPoints =
                    Some
                        {
                            Theory = other
                            Of = "the prediction at points"
                        }
            }
        | _ -> none

    /// Certified answers by their name, where `saddlePoint` makes the named theory of an equation, which answers what they do not certify.
    let named saddlePoint =
        {
            Name = "auto"
            Keys = OwnKeys.Certificates
            Equation = None
            Compared = None
            Of = create saddlePoint
        }
