namespace FiniteWidth.Cli

open System
open System.Diagnostics
open FiniteWidth
open FiniteWidth.Experiment

/// `finitewidth fit JOB.json`.
[<RequireQualifiedAccess>]
module FitCommand =

    let private requireFinite (result: FitResult) =
        if
            result.Optimum.Classes.IsSome
            || Double.IsFinite result.Start.Score.Loss
               && Double.IsFinite result.Optimum.Score.Loss
        then
            Ok result
        else
            Error(
                Inaccurate
                    "The prediction is beyond what doubles can hold: rescale the inputs, the targets or the priors."
            )

    // The evidence of real networks, where the job asks for it.
    let private sampled (job: FitJob) (split: Split) architecture temperature =
        job.Sampled
        |> Option.map (fun settings -> SampledEvidence.solve settings architecture temperature split.Train)

    let private pointOf job split (network: Network) temperature logEvidence score =
        {
            Priors = network.Priors
            Biases = network.Biases
            Temperature = temperature
            LogEvidence = logEvidence
            Sampled = sampled job split (Architecture.FullyConnected network) temperature
            Score = score
            Classes = None
        }

    let private oneOutput theory (job: FitJob) (split: Split) =
        let study = Study split.Train

        fun (network: Network) ->
            Evidence.fit theory (job.Hyperparameters network) network job.Job.Temperature study
            |> Result.map (
                FitResults.ofFit network.Widths (fun logEvidence posterior ->
                    Posterior.score split.Test posterior
                    |> pointOf job split posterior.Network posterior.Temperature logEvidence)
            )

    let private severalOutputs theory (job: FitJob) (split: Split) =
        let study = Study split.Train

        fun (network: Network) ->
            result {
                do! MatrixResults.checkOutputs theory split.Test network

                let! fit =
                    SeveralOutputsEvidence.fit (job.Hyperparameters network) network job.Job.Temperature study

                return
                    fit
                    |> FitResults.ofFit network.Widths (fun logEvidence posterior ->
                        SeveralOutputs.score split.Test posterior
                        |> pointOf job split posterior.Network posterior.Temperature logEvidence)
            }

    let private classes theory beta (job: FitJob) (split: Split) =
        let study = Study split.Train

        fun (network: Network) ->
            result {
                let! fit =
                    ClassificationEvidence.fit
                        theory
                        (job.Hyperparameters network)
                        network
                        (Likelihood.Categorical beta)
                        study

                let! _ = Classification.score split.Test fit.Start

                return
                    fit
                    |> FitResults.ofFit network.Widths (fun logEvidence posterior ->
                        { pointOf { job with Sampled = None } split posterior.Network 0.0 logEvidence Results.unknown with
                            Classes = Some(beta, Classification.score split.Test posterior |> Result.orFail)
                        })
            }

    let private convolution theory (job: FitJob) (split: Split) =
        let study = ConvolutionStudy split.Train

        fun (network: ConvolutionalNetwork) ->
            result {
                do! MatrixResults.checkConvolution theory
                // The priors, the biases and the temperature are those of one hidden layer.
                let layer = Network.dense network.Activation [ network.Channels ]

                let! fit =
                    ConvolutionEvidence.fit (job.Hyperparameters layer) network job.Job.Temperature study

                return
                    fit
                    |> FitResults.ofFit [ network.Channels ] (fun logEvidence posterior ->
                        {
                            Priors = [ posterior.Network.FilterPrior; posterior.Network.ReadoutPrior ]
                            Biases = [ None ]
                            Temperature = posterior.Temperature
                            LogEvidence = logEvidence
                            Sampled =
                                sampled job split (Architecture.Convolutional posterior.Network) posterior.Temperature
                            Score = Convolution.score split.Test posterior
                            Classes = None
                        })
            }

    let private image theory (job: FitJob) (split: Split) =
        let study = ImageStudy split.Train

        fun (network: ImageNetwork) ->
            result {
                let! solve =
                    ImageTheory.ofTheory theory network
                    |> Result.bind (fun theory ->
                        match theory with
                        | ImageTheory.InfiniteWidth -> Ok ImageOutputs.infiniteWidth
                        | ImageTheory.Product -> Ok ImageOutputs.solve
                        | ImageTheory.Hierarchical ->
                            Error(
                                Unsupported
                                    "job.theory: several convolutional layers are fitted by \"wishart\" or \"infinite-width\", not layer by layer."
                            ))

                let! fit =
                    ImageEvidence.fitOutputs
                        solve
                        (job.Hyperparameters(ImageNetwork.fullyConnected network))
                        network
                        job.Job.Temperature
                        study

                return
                    fit
                    |> FitResults.ofFit network.Widths (fun logEvidence posterior ->
                        { pointOf
                              { job with Sampled = None }
                              split
                              (ImageNetwork.fullyConnected posterior.Network)
                              posterior.Temperature
                              logEvidence
                              (ImageOutputs.score split.Test posterior) with
                            Sampled = sampled job split (Architecture.Image posterior.Network) posterior.Temperature
                        })
            }

    let private imageClasses theory beta (job: FitJob) (split: Split) =
        let study = ImageStudy split.Train

        fun (network: ImageNetwork) ->
            result {
                let! solve =
                    ImageTheory.ofTheory theory network
                    |> Result.bind (fun theory ->
                        match theory with
                        | ImageTheory.InfiniteWidth -> Ok ImageClassification.infiniteWidth
                        | ImageTheory.Product -> Ok ImageClassification.solve
                        | ImageTheory.Hierarchical -> Error ClassResults.layerByLayer)

                let! fit =
                    ImageEvidence.fitClasses
                        solve
                        (job.Hyperparameters(ImageNetwork.fullyConnected network))
                        network
                        (Likelihood.Categorical beta)
                        study

                let! _ = ImageClassification.score split.Test fit.Start

                return
                    fit
                    |> FitResults.ofFit network.Widths (fun logEvidence posterior ->
                        { pointOf
                              job
                              split
                              (ImageNetwork.fullyConnected posterior.Network)
                              0.0
                              logEvidence
                              Results.unknown with
                            Classes = Some(beta, ImageClassification.score split.Test posterior |> Result.orFail)
                        })
            }

    let private fits (job: FitJob) (split: Split) =
        let each fit candidates =
            candidates
            |> Result.bind (Result.traverse (fit job split >> Result.bind requireFinite))

        match job.Job.Network, job.Job.Treatment with
        | _ when (Job.beta job.Job).IsSome && job.Sampled.IsSome ->
            Error(
                Unsupported
                    "job.fit.sampled: the evidence of networks is sampled with the likelihood of numbers: leave the key out."
            )
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when (Job.beta job.Job).IsSome ->
            FitJob.candidates network job |> each (classes theory (Job.beta job.Job).Value)
        | JobNetwork.Image network, Treatment.SaddlePoint theory when (Job.beta job.Job).IsSome ->
            FitJob.imageCandidates network job
            |> each (imageClasses theory (Job.beta job.Job).Value)
        | _, Treatment.GradientFlow ->
            Error(Unsupported "job.theory: \"ntk\" has no evidence to fit: use another theory.")
        | _, Treatment.Cavity ->
            Error(Unsupported "job.theory: \"cavity\" is sampled and is not fitted: use \"proportional\".")
        | _, Treatment.Auto ->
            Error(Unsupported "job.theory: \"auto\" may be sampled and is not fitted: use \"proportional\".")
        | _, Treatment.StudentT ->
            Error(Unsupported "job.theory: \"student-t\" has no saddle point to fit at: use \"wishart\".")
        | _, Treatment.ScaleMixture ->
            Error(
                Unsupported
                    "job.theory: the evidence of \"mixture\" is an integral, and a fit takes a saddle point: use \"wishart\"."
            )
        | JobNetwork.Transfer _, _ ->
            Error(
                Unsupported "job.network.kind: a fit takes one network, \"dense\" or \"convolution\", not \"transfer\"."
            )
        | JobNetwork.Image network, Treatment.SaddlePoint theory ->
            FitJob.imageCandidates network job |> each (image theory)
        | JobNetwork.Convolutional network, Treatment.SaddlePoint theory when split.Train.Outputs > 1 ->
            FitJob.imageCandidates (ImageNetwork.ofConvolutional network) job
            |> each (image theory)
        | JobNetwork.Convolutional network, Treatment.SaddlePoint theory ->
            FitJob.convolutionalCandidates network job |> each (convolution theory)
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when
            split.Train.Outputs > 1 && not (theory network).OrderParameters.IsEmpty
            ->
            FitJob.candidates network job |> each (severalOutputs theory)
        | JobNetwork.Dense network, Treatment.SaddlePoint theory ->
            FitJob.candidates network job |> each (oneOutput theory)

    /// The fits of a job as one JSON document, drawn by `seed` in place of the job's where it is given.
    let run (seed: uint64 option) path =
        result {
            let started, clock = DateTimeOffset.UtcNow, Stopwatch.StartNew()
            let! job = FitJob.read path
            let job = seed |> Option.fold (fun job seed -> FitJob.withSeed seed job) job

            if (FitJob.seeds job).IsEmpty then
                do! FlagText.refuseSeed seed "this job"

            let! split, units = Examples.loadWithUnits job.Job.Source
            do! Examples.checkJob job.Job split.Train

            if (Job.beta job.Job).IsSome then
                do! Examples.requireLabels units

            let read = clock.Elapsed.TotalSeconds
            let! fits = fits job split

            let fits =
                match units with
                | Some units -> fits |> List.map (FitResults.inUnits units)
                | None -> fits

            return
                FitResults.toJson
                    fits
                    {
                        Command = "fit"
                        NotCertified = None
                        Job = JobWriter.write (FitJob.write job) job.Job
                        Seeds = FitJob.seeds job
                        Started = started
                        Read = read
                        Solve = clock.Elapsed.TotalSeconds - read
                    }
        }
