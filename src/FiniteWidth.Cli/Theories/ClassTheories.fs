namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Numerics

/// Classes under a softmax likelihood at beta.
[<RequireQualifiedAccess>]
module ClassTheories =

    let private atInfiniteWidth =
        "job.theory: at infinite width classes have no order parameter to explain: use \"wishart\", whose action has the same likelihood."

    // What every classification refuses.
    let private refusing (job: Job) =
        let none = Refusing.everything job

        { none with
            SweepKeys = [ "width"; "prior"; "beta" ]
            Folds = Error "folds are predicted of numbers, and the likelihood is that of classes."
            FirstOrder = Error "the first order in 1/N is that of numbers: leave the key out."
            StandardTargets =
                Refusing.because
                    "job.data.targets: \"standardize\" is for numbers, and these are labels: leave the key out."
        }

    let private explain beta ofSize (split: Split) =
        ClassLabels.ofTraining split.Train.Targets
        |> Result.bind (fun labels -> ofSize (ProblemSize.Of split) beta labels.Classes)

    // The point of a solution with these labels, scored where the test set has any.
    let private point (test: DataSet) isLabelled network beta solved labels (predict: Matrix -> ClassPrediction) =
        let prediction = lazy predict test.Inputs

        let law t c mean =
            PredictiveLaw.Gaussian(mean, sqrt (max 0.0 prediction.Value.Covariance[t].[c, c]))

        let read =
            if isLabelled then
                ClassLabels.read labels test.Targets |> Result.map Some
            else
                Ok None

        read
        |> Result.map (fun labels ->
            let score =
                labels
                |> Option.map (fun labels -> ClassScore.ofProbabilities labels prediction.Value.Probabilities)

            { MatrixResults.create
                  network
                  (PointScore.Classes(beta, score))
                  solved
                  (lazy Array2D.mapi law prediction.Value.Mean) with
                Classes = Some(lazy prediction.Value.Probabilities)
            })

    /// What solves a theory of fully connected networks for one network and beta after the other.
    let denseSolver study (test: DataSet) isLabelled theory =
        fun (network: Network, beta) ->
            Classification.solve theory network (Likelihood.Categorical beta) study
            |> Result.bind (fun posterior ->
                point
                    test
                    isLabelled
                    (JobNetwork.Dense network)
                    beta
                    (posterior.SaddlePoint, Classification.logEvidence posterior)
                    posterior.Labels
                    (fun inputs -> Classification.predict inputs posterior))

    let private fitDense theory beta (asked: FitAsked) (split: Split) (network: Network) =
        result {
            let! fit =
                ClassificationEvidence.fit
                    theory
                    (asked.Hyperparameters network)
                    network
                    (Likelihood.Categorical beta)
                    (Study split.Train)

            let! _ = Classification.score split.Test fit.Start

            return!
                fit
                |> FitResults.ofFit asked split.Train (fun posterior ->
                    let score = Classification.score split.Test posterior |> Result.orFail
                    JobNetwork.Dense posterior.Network, PointScore.Classes(beta, Some score))
        }

    /// A theory of the classes of a fully connected network.
    let dense theory beta (network: Network) (job: Job) =
        { refusing job with
            OtherSolvers = Error "the softmax likelihood"
            Predict =
                fun asked ->
                    let examples = asked.Examples

                    Job.classPoints beta job
                    |> Job.ofKind JobNetwork.dense
                    |> Result.bind (
                        ResultKind.solve
                            MatrixResults.kind
                            examples
                            (denseSolver examples.Study.Value examples.Split.Test examples.IsLabelled theory)
                    )
            Explain =
                explain beta (fun size beta classes ->
                    if (theory network).OrderParameters.IsEmpty then
                        Refusing.because atInfiniteWidth
                    else
                        Classification.describes theory network
                        |> Result.map (fun () -> Explain.ofClassification size beta classes network))
            Fit = fun asked split -> Fits.dense network asked |> Fits.each (fitDense theory beta asked split)
            Curve = Ok(CurveOf.Classes theory)
        }

    // What solves the theory of images that this one stands for.
    let private imageSolution theory network =
        ImageTheory.ofTheory theory network
        |> Result.bind (fun theory ->
            match theory with
            | ImageTheory.InfiniteWidth -> Ok ImageClassification.infiniteWidth
            | ImageTheory.Product -> Ok ImageClassification.solve
            | ImageTheory.Hierarchical -> Error ImageClassification.hierarchical)

    let private imageSolver study (test: DataSet) isLabelled theory =
        fun (network: ImageNetwork, beta) ->
            result {
                let! solve = imageSolution theory network
                let! posterior = solve network (Likelihood.Categorical beta) study

                return!
                    point
                        test
                        isLabelled
                        (JobNetwork.Image network)
                        beta
                        (posterior.SaddlePoint, ImageClassification.logEvidence posterior)
                        posterior.Labels
                        (fun inputs -> ImageClassification.predict inputs posterior)
            }

    let private fitImages theory beta (asked: FitAsked) (split: Split) (network: ImageNetwork) =
        result {
            let! solve = imageSolution theory network

            let! fit =
                ImageEvidence.fitClasses
                    solve
                    (asked.Hyperparameters(ImageNetwork.fullyConnected network))
                    network
                    (Likelihood.Categorical beta)
                    (ImageStudy split.Train)

            let! _ = ImageClassification.score split.Test fit.Start

            return!
                fit
                |> FitResults.ofFit asked split.Train (fun posterior ->
                    let score = ImageClassification.score split.Test posterior |> Result.orFail
                    JobNetwork.Image posterior.Network, PointScore.Classes(beta, Some score))
        }

    /// A theory of the classes of images.
    let images theory beta (network: ImageNetwork) (job: Job) =
        { refusing job with
            Predict =
                fun asked ->
                    let examples = asked.Examples

                    Job.classPoints beta job
                    |> Job.ofKind JobNetwork.image
                    |> Result.bind (
                        ResultKind.solveImages
                            MatrixResults.kind
                            examples
                            (imageSolver examples.Image.Value examples.Split.Test examples.IsLabelled theory)
                    )
            Explain =
                explain beta (fun size beta classes ->
                    ImageTheory.ofTheory theory network
                    |> Result.bind (fun theory ->
                        match theory with
                        | ImageTheory.InfiniteWidth -> Refusing.because atInfiniteWidth
                        | ImageTheory.Hierarchical -> Error ImageClassification.hierarchical
                        | ImageTheory.Product -> Ok(Explain.ofImageClassification size beta classes network)))
            Fit = fun asked split -> Fits.images network asked |> Fits.each (fitImages theory beta asked split)
        }

    /// Labels as columns of the classes of a training set, 1 for the label's and 0 for the others.
    let oneHot (train: DataSet) (targets: Matrix option) =
        match targets with
        | None -> Ok None
        | Some targets ->
            result {
                let! labels = ClassLabels.ofTraining train.Targets
                let! classOf = ClassLabels.read labels targets

                return
                    Some(
                        Matrix.Create(
                            targets.Rows,
                            nativeint labels.Classes,
                            fun mu c -> if classOf[int mu] = int c then 1.0 else 0.0
                        )
                    )
            }
