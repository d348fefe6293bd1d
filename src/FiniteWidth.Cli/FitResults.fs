namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Experiment

/// What a job asks of a fit.
type FitAsked =
    {
        /// The hyperparameters to fit, by name.
        Parameters: string list
        /// The hyperparameters to fit, of a network.
        Hyperparameters: Network -> Hyperparameter list
        /// The hidden widths to compare; the network's own alone where it is empty.
        Widths: int list list
        /// How to sample the log evidence of each network before and after its fit, where it is to be checked.
        Sampled: AnnealingSettings option
    }

/// A network's hyperparameters with what they give.
type FitPoint =
    {
        Network: JobNetwork
        LogEvidence: float
        /// That of real networks, where it was asked for.
        Sampled: Result<SampledEvidence, Failure> option
        Score: PointScore
    }

/// One network fitted by its evidence.
type FitResult =
    {
        Start: FitPoint
        Optimum: FitPoint
        Gradient: (Hyperparameter * float) list
        GradientNorm: float
        Iterations: int
        Evaluations: int
        End: SearchEnd
        Remarks: FitRemark list
    }

/// Fits and their trees.
[<RequireQualifiedAccess>]
module FitResults =

    // That of numbers alone is sampled.
    let private sampled (asked: FitAsked) (train: DataSet) network score =
        match asked.Sampled, score with
        | Some settings, PointScore.Numbers(temperature, _) ->
            JobNetwork.architecture network
            |> Result.bind (fun architecture -> SampledEvidence.solve settings architecture temperature train)
            |> Some
        | _ -> None

    /// What a result reports of a fit, `describe` telling the network of a posterior and its score.
    let ofFit asked train describe (fit: EvidenceFit<'Posterior>) =
        let point logEvidence posterior =
            let network, score = describe posterior

            {
                Network = network
                LogEvidence = logEvidence
                Sampled = sampled asked train network score
                Score = score
            }

        let start = point fit.StartLogEvidence fit.Start
        let optimum = point fit.LogEvidence fit.Optimum

        Results.requireFinite "prediction" "doubles" (start.Score.Losses @ optimum.Score.Losses)
        |> Result.map (fun () ->
            {
                Start = start
                Optimum = optimum
                Gradient = List.zip fit.Hyperparameters (List.ofArray fit.Gradient)
                GradientNorm = fit.GradientNorm
                Iterations = fit.Iterations
                Evaluations = fit.Evaluations
                End = fit.End
                Remarks = fit.Remarks
            })

    /// The fit of standardized targets in the units of the targets; temperatures and priors stay those of the standardized ones.
    let inUnits units (result: FitResult) =
        let point (point: FitPoint) =
            { point with
                LogEvidence = TargetUnits.logEvidence units point.LogEvidence
                Sampled = point.Sampled |> Option.map (Result.map (EvidenceJson.inUnits units))
                Score = point.Score.MapNumbers(TargetUnits.score units)
            }

        { result with
            Start = point result.Start
            Optimum = point result.Optimum
        }

    let private point (point: FitPoint) =
        Tree.Object
            [
                "priors", Tree.numbers (JobNetwork.priors point.Network)
                "biases", Tree.List(JobNetwork.biases point.Network |> List.map (Tree.orNothing Tree.Number))
                Results.likelihood point.Score
                "logEvidence", Tree.Number point.LogEvidence
                yield! point.Sampled |> Option.map (EvidenceJson.result "sampled") |> Option.toList
                yield! Results.pointScore point.Score
            ]

    let private ending searchEnd =
        match searchEnd with
        | SearchEnd.Converged -> "converged"
        | SearchEnd.Stalled -> "stalled"
        | SearchEnd.OutOfSteps -> "out of steps"

    let private fit isBest (result: FitResult) =
        [
            "widths", Tree.numbers (List.map float (JobNetwork.widths result.Start.Network))
            "best", Tree.Truth isBest
            "start", point result.Start
            "optimum", point result.Optimum
            "gradient",
            Tree.Object
                [
                    for hyperparameter, slope in result.Gradient -> string hyperparameter, Tree.Number slope
                ]
            "gradientNorm", Tree.Number result.GradientNorm
            "end", Tree.Word(ending result.End)
            "iterations", Tree.count result.Iterations
            "evaluations", Tree.count result.Evaluations
            "remarks", Tree.words (result.Remarks |> List.map _.Sentence)
        ]

    /// The one JSON document of a fit.
    let toJson (fits: FitResult list) provenance =
        let best = fits |> List.maxBy _.Optimum.LogEvidence

        Results.document [] "fits" [ for result in fits -> fit (obj.ReferenceEquals(result, best)) result ] provenance
