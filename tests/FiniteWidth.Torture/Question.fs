namespace FiniteWidth.Torture

open FiniteWidth

/// What is asked about a problem: the numbers of the answer, by name, or a failure.
type Question =
    {
        Name: string
        Outputs: int
        /// None where any will do.
        Depth: int option
        Ask: Problem -> Result<(string * float) list, Failure>
    }

[<RequireQualifiedAccess>]
module Question =

    let private ofScore (score: Score) =
        [ "loss", score.Loss; "bias", score.Bias; "variance", score.Variance ]

    let private question name outputs depth ask =
        {
            Name = name
            Outputs = outputs
            Depth = depth
            Ask = ask
        }

    let private solve theory (problem: Problem) =
        Posterior.solve theory problem.Network problem.Temperature (Study problem.Train)

    let private ofPosterior (problem: Problem) (posterior: Posterior) =
        [ for theta in posterior.OrderParameters -> "order parameter", theta ]
        @ [
            "action", posterior.SaddlePoint.Chosen.Action
            "residual", posterior.SaddlePoint.Chosen.Residual
            "log evidence", Posterior.logEvidence posterior
        ]
        @ ofScore (Posterior.score problem.Test posterior)

    let private saddle name theory =
        question name 1 None (fun (problem: Problem) -> solve theory problem |> Result.map (ofPosterior problem))

    // What could not be known says why; what is known is a number.
    let private assessment name theory =
        question $"assessment, {name}" 1 None (fun (problem: Problem) ->
            solve theory problem
            |> Result.map (fun posterior ->
                let test = problem.Test

                let assessment =
                    Assessment.solver WidthExpansion.leftOut test (Assessment.errorBars test posterior) posterior

                [
                    match assessment.ErrorBar with
                    | Ok bar -> "error bar", bar
                    | Error _ -> ()
                    match assessment.Criterion with
                    | Ok criterion -> "slope", criterion.Slope
                    | Error _ -> ()
                ]))

    let private gradient name theory =
        question $"evidence gradient, {name}" 1 None (fun (problem: Problem) ->
            let hyperparameters =
                Hyperparameter.Temperature
                :: [ for l in 0 .. problem.Network.Depth -> Hyperparameter.Prior l ]
                |> List.filter (fun h -> problem.Temperature > 0.0 || h <> Hyperparameter.Temperature)

            solve theory problem
            |> Result.bind (Evidence.gradient hyperparameters)
            |> Result.map (Array.map (fun slope -> "slope", slope) >> List.ofArray))

    let private ofMatrix (point: MatrixStationaryPoint) =
        [
            "action", point.Action
            "residual", point.Residual
            for q in Seq.cast<float> point.OrderParameter do
                "order parameter", q
        ]

    let private convolution (problem: Problem) =
        let side = problem.Train.Features

        let image =
            {
                Height = 1
                Width = side
                Channels = 1
            }

        let network = problem.Network
        let priors = struct (network.Priors[0], network.Priors[1])

        ConvolutionalNetwork.create network.Activation network.Widths.Head priors image 1 1 Pooling.None
        |> Result.bind (fun network ->
            Convolution.solve network problem.Temperature (ConvolutionStudy problem.Train)
            |> Result.map (fun posterior ->
                ofMatrix posterior.SaddlePoint.Chosen
                @ [ "log evidence", Convolution.logEvidence posterior ]
                @ ofScore (Convolution.score problem.Test posterior)))

    let private transfer (problem: Problem) =
        let other = DataSet.create problem.Test.Inputs problem.Test.Targets |> Result.orFail

        CoupledNetworks.create problem.Network (0.7 * problem.Network.Priors.Head)
        |> Result.bind (fun networks ->
            Transfer.solve
                networks
                problem.Temperature
                {
                    First = problem.Train
                    Second = other
                }
            |> Result.map (fun posterior ->
                ofMatrix posterior.SaddlePoint.Chosen
                @ [ "log evidence", Transfer.logEvidence posterior ]
                @ ofScore (Transfer.scoreFirst problem.Test posterior)))

    /// All that can be asked.
    let all =
        [
            saddle "infinite width" Theory.infiniteWidth
            saddle "proportional" Theory.proportional
            saddle "proportional" Theory.proportional
            saddle "wishart" Theory.wishart
            saddle "non-odd" Theory.nonOdd
            assessment "proportional" Theory.proportional
            assessment "wishart" Theory.wishart
            assessment "non-odd" Theory.nonOdd
            gradient "proportional" Theory.proportional
            gradient "non-odd" Theory.nonOdd
            question "mixture" 1 None (fun (problem: Problem) ->
                ScaleMixture.solve problem.Network problem.Temperature (Study problem.Train)
                |> Result.map (fun mixture ->
                    [ "log evidence", mixture.LogEvidence; "mean scale", mixture.MeanScale ]
                    @ ofScore (ScaleMixture.score problem.Test mixture)))
            question "student-t" 1 None (fun (problem: Problem) ->
                StudentT.solve
                    (StudentT.degreesOfFreedom problem.Network)
                    problem.Network
                    problem.Temperature
                    (Study problem.Train)
                |> Result.map (fun posterior ->
                    [ "log evidence", posterior.LogEvidence; "r", posterior.R ]
                    @ ofScore (StudentT.score problem.Test posterior)))
            question "several outputs" 2 None (fun (problem: Problem) ->
                SeveralOutputs.solve problem.Network problem.Temperature (Study problem.Train)
                |> Result.map (fun posterior ->
                    ofMatrix posterior.SaddlePoint.Chosen
                    @ [ "log evidence", SeveralOutputs.logEvidence posterior ]
                    @ ofScore (SeveralOutputs.score problem.Test posterior)))
            question "convolution" 1 (Some 1) convolution
            question "transfer" 1 (Some 1) transfer
            question "gradient flow" 1 None (fun (problem: Problem) ->
                GradientFlow.train problem.Train problem.Network
                |> Result.map (fun flow ->
                    let score = GradientFlow.score infinity problem.Test flow
                    ofScore score))
            question "depth by depth" 1 None (fun (problem: Problem) ->
                Split.create problem.Train problem.Test
                |> Result.bind (fun split -> CriticalDepth.profile problem.Temperature split problem.Network)
                |> Result.map (fun profile ->
                    [
                        for depth in profile.Depths do
                            "slope", depth.Criterion.Slope
                            yield! ofScore depth.Score
                    ]))
        ]
