namespace FiniteWidth.Cli

open FiniteWidth

/// Several outputs of fully connected networks at finite width: their order parameter is a matrix.
[<RequireQualifiedAccess>]
module SeveralOutputsTheory =

    /// Whether a theory of a network describes the several outputs of a data set.
    let check theory (data: DataSet) network =
        if SeveralOutputs.describes theory network then
            Ok()
        else
            Refusing.because
                $"The targets have {data.Outputs} columns: this theory describes one output; use \"wishart\", or \"proportional\" with one hidden layer."

    let private solver study (test: DataSet) theory =
        let oneHot = MatrixResults.isOneHot test

        fun (network: Network, temperature) ->
            result {
                do! check theory test network
                let! posterior = SeveralOutputs.solve network temperature study

                return!
                    { MatrixResults.create
                          (JobNetwork.Dense network)
                          (PointScore.Numbers(temperature, SeveralOutputs.score test posterior))
                          (posterior.SaddlePoint, SeveralOutputs.logEvidence posterior)
                          (lazy PredictiveLaw.ofSeveralOutputs test.Inputs posterior) with
                        Accuracy = oneHot (fun () -> SeveralOutputs.accuracy test posterior)
                        Classes = Some(lazy ClassProbabilities.ofSeveralOutputs test.Inputs posterior)
                        Iterative = posterior.Accuracy
                        ScoreError = SeveralOutputs.scoreError test posterior
                    }
                    |> MatrixResults.requireFinite
            }

    // By the integral over the order parameter.
    let private mixtureSolver study (test: DataSet) =
        let oneHot = MatrixResults.isOneHot test

        fun (network: Network, temperature) ->
            result {
                let! mixture = OutputMixture.solve network temperature study
                let joint = OutputMixture.predict test.Inputs mixture
                let score = JointPrediction.score test.Targets joint

                return!
                    { MatrixResults.create
                          (JobNetwork.Dense network)
                          (PointScore.Numbers(temperature, score))
                          (mixture.Saddle.SaddlePoint, mixture.LogEvidence)
                          (lazy PredictiveLaw.ofOutputMixture test.Inputs mixture) with
                        Accuracy = oneHot (fun () -> JointPrediction.accuracy test.Targets joint)
                        Mixture =
                            Some
                                {
                                    MeanOrderParameter = mixture.MeanOrderParameter
                                    ErrorBar = score.Loss - (SeveralOutputs.score test mixture.Saddle).Loss
                                    QuadratureError = mixture.QuadratureError
                                }
                    }
                    |> MatrixResults.requireFinite
            }

    let private predictBy prepare solver (job: Job) (asked: PredictionAsked) =
        result {
            if job.CrossValidation.IsSome then
                return!
                    Refusing.because
                        "job.crossValidation: folds of several columns of targets are predicted at infinite width alone: leave the key out."

            let! study = asked.Study()
            let! points = Job.points job |> Job.ofKind JobNetwork.dense
            do! prepare study points
            return! ResultKind.solve MatrixResults.kind asked.Examples (solver study asked.Examples.Split.Test) points
        }

    /// The predictions of a job at the saddle point of a theory.
    let predict theory job (asked: PredictionAsked) =
        predictBy
            (fun study -> DenseTheory.prepare study (DenseTheory.saddlePoint theory))
            (fun study test -> solver study test theory)
            job
            asked

    /// The same by the integral over the order parameter.
    let predictMixture job (asked: PredictionAsked) =
        predictBy (fun _ _ -> Ok()) mixtureSolver job asked

    let explain theory (network: Network) temperature (split: Split) =
        check theory split.Train network
        |> Result.map (fun () -> Explain.ofSeveralOutputs (ProblemSize.Of split) temperature network)

    let fit theory temperature (asked: FitAsked) (split: Split) (network: Network) =
        result {
            do! check theory split.Test network

            let! fit =
                SeveralOutputsEvidence.fit (asked.Hyperparameters network) network temperature (Study split.Train)

            return!
                fit
                |> FitResults.ofFit asked split.Train (fun posterior ->
                    JobNetwork.Dense posterior.Network,
                    PointScore.Numbers(posterior.Temperature, SeveralOutputs.score split.Test posterior))
        }
