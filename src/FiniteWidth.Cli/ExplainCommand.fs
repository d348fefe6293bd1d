namespace FiniteWidth.Cli

open FiniteWidth

/// `finitewidth explain JOB.json`.
[<RequireQualifiedAccess>]
module ExplainCommand =

    let private atInfiniteWidth =
        "job.theory: at infinite width classes have no order parameter to explain: use \"wishart\", whose action has the same likelihood."

    let private classes (split: Split) explain =
        ClassLabels.ofTraining split.Train.Targets
        |> Result.bind (fun labels -> explain labels.Classes)

    let private explain (job: Job) (split: Split) =
        let size = ProblemSize.Of split

        let unsupported what = Error(Unsupported what)

        match job.Network, job.Treatment with
        | JobNetwork.Dense network, Treatment.SaddlePoint theory when (Job.beta job).IsSome ->
            classes split (fun classes ->
                if (theory network).OrderParameters.IsEmpty then
                    unsupported atInfiniteWidth
                else
                    Classification.describes theory network
                    |> Result.map (fun () -> Explain.ofClassification size (Job.beta job).Value classes network))
        | JobNetwork.Image network, Treatment.SaddlePoint theory when (Job.beta job).IsSome ->
            classes split (fun classes ->
                ImageTheory.ofTheory theory network
                |> Result.bind (fun theory ->
                    match theory with
                    | ImageTheory.InfiniteWidth -> unsupported atInfiniteWidth
                    | ImageTheory.Hierarchical -> Error ClassResults.layerByLayer
                    | ImageTheory.Product ->
                        Ok(Explain.ofImageClassification size (Job.beta job).Value classes network)))
        | JobNetwork.Transfer _, _ ->
            unsupported "job.network.kind: one network is explained, \"dense\" or \"convolution\", not \"transfer\"."
        | _, Treatment.GradientFlow -> unsupported "job.theory: \"ntk\" has no action to explain: use another theory."
        | _, Treatment.Auto ->
            unsupported
                "job.theory: \"auto\" chooses for every number: name the theory to explain, such as \"proportional\"."
        | JobNetwork.Dense network, Treatment.Cavity ->
            CavityTheory.describes network job.Temperature split.Train
            |> Result.map (fun () -> Explain.ofCavity size job.Temperature network)
        | (JobNetwork.Convolutional _ | JobNetwork.Image _), Treatment.Cavity ->
            unsupported "job.theory: \"cavity\" describes fully connected networks; use \"proportional\"."
        | _, Treatment.StudentT ->
            unsupported "job.theory: \"student-t\" has no action to explain: use \"mixture\", which it approximates."
        | JobNetwork.Convolutional network, Treatment.SaddlePoint _ when split.Train.Outputs > 1 ->
            Ok(Explain.ofImageNetwork size job.Temperature (ImageNetwork.ofConvolutional network))
        | JobNetwork.Convolutional network, Treatment.SaddlePoint theory ->
            MatrixResults.checkConvolution theory
            |> Result.map (fun () -> Explain.ofConvolution size job.Temperature network)
        | JobNetwork.Image network, Treatment.SaddlePoint theory ->
            ImageTheory.ofTheory theory network
            |> Result.bind (fun theory ->
                match theory with
                | ImageTheory.Hierarchical -> Ok(Explain.ofHierarchicalConvolution size job.Temperature network)
                | ImageTheory.InfiniteWidth
                | ImageTheory.Product -> Ok(Explain.ofImageNetwork size job.Temperature network))
        | (JobNetwork.Convolutional _ | JobNetwork.Image _), Treatment.ScaleMixture ->
            unsupported "job.theory: \"mixture\" describes fully connected networks; use \"proportional\"."
        | JobNetwork.Dense _, Treatment.ScaleMixture when split.Train.Outputs > 1 ->
            unsupported
                $"The targets have {split.Train.Outputs} columns: the mixture is explained of one output; use \"wishart\"."
        | JobNetwork.Dense network, Treatment.ScaleMixture -> Ok(Explain.ofMixture size job.Temperature network)
        | JobNetwork.Dense network, Treatment.SaddlePoint theory ->
            let model = theory network

            if split.Train.Outputs > 1 && not model.OrderParameters.IsEmpty then
                MatrixResults.checkOutputs theory split.Train network
                |> Result.map (fun () -> Explain.ofSeveralOutputs size job.Temperature network)
            else
                Ok(Explain.ofModel size job.Temperature network model)

    /// The explanation of a job's network under its theory, at the size of its data; a sweep changes numbers in it, no equation.
    let run path =
        result {
            let! job = JobFile.readPrediction path
            let! split, _ = Examples.loadWithUnits job.Source
            return! explain job split
        }
