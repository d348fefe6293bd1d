namespace FiniteWidth.Experiment

open FiniteWidth

/// What a theory says of a network on a test set.
type ComparedAnswer =
    {
        /// Loss, bias and variance on the test set.
        Score: Score
        /// log p(y|X), where the theory has it.
        LogEvidence: float
        /// Its order parameters by their symbols, where they are numbers; one value where an average over the scale has taken their place.
        OrderParameters: (Symbol * float) list
    }

/// A theory as a comparison needs it: a name and what it predicts.
[<NoComparison; NoEquality>]
type ComparedTheory =
    {
        /// What results call it.
        Name: string
        /// Takes a split, and returns what answers for a network on its test set at temperature T; calls share what they have in common.
        Predict: Split -> (Architecture -> float -> Result<ComparedAnswer, Failure>)
    }

/// The theories that an experiment compares with.
[<RequireQualifiedAccess>]
module ComparedTheory =

    let private refuse name architecture =
        Error(Unsupported $"The theory \"{name}\" does not describe the {architecture}.")

    /// The saddle point of a theory; of several outputs and of convolutional networks that of the matrix order parameter, where the theory is
    /// the proportional limit.
    let ofTheory name (theory: Theory) =
        {
            Name = name
            Predict =
                fun split ->
                    let study = Study split.Train
                    let patches = lazy ConvolutionStudy split.Train
                    let images = lazy ImageStudy split.Train

                    let product (posterior: DeepConvolution) =
                        {
                            Score = DeepConvolution.score split.Test posterior
                            LogEvidence = DeepConvolution.logEvidence posterior
                            OrderParameters = []
                        }

                    fun architecture temperature ->
                        match architecture with
                        | Architecture.FullyConnected network when
                            split.Train.Outputs = 1 || (theory network).OrderParameters.IsEmpty
                            ->
                            Posterior.solve theory network temperature study
                            |> Result.map (fun posterior ->
                                {
                                    Score = Posterior.score split.Test posterior
                                    LogEvidence = Posterior.logEvidence posterior
                                    OrderParameters =
                                        List.zip
                                            posterior.Model.OrderParameters
                                            (List.ofArray posterior.OrderParameters)
                                })
                        | Architecture.FullyConnected network when SeveralOutputs.describes theory network ->
                            SeveralOutputs.solve network temperature study
                            |> Result.map (fun posterior ->
                                {
                                    Score = SeveralOutputs.score split.Test posterior
                                    LogEvidence = SeveralOutputs.logEvidence posterior
                                    OrderParameters = []
                                })
                        | Architecture.Convolutional network when Theory.isProportional theory ->
                            Convolution.solve network temperature patches.Value
                            |> Result.map (fun posterior ->
                                {
                                    Score = Convolution.score split.Test posterior
                                    LogEvidence = Convolution.logEvidence posterior
                                    OrderParameters = []
                                })
                        | Architecture.Image network ->
                            ImageTheory.ofTheory theory network
                            |> Result.bind (fun theory ->
                                match theory with
                                | ImageTheory.InfiniteWidth ->
                                    DeepConvolution.infiniteWidth network temperature images.Value
                                    |> Result.map product
                                | ImageTheory.Product ->
                                    DeepConvolution.solve network temperature images.Value |> Result.map product
                                | ImageTheory.Hierarchical ->
                                    HierarchicalConvolution.solve network temperature images.Value
                                    |> Result.map (fun posterior ->
                                        {
                                            Score = HierarchicalConvolution.score split.Test posterior
                                            LogEvidence = HierarchicalConvolution.logEvidence posterior
                                            OrderParameters = []
                                        }))
                        | _ -> refuse name architecture
        }

    /// The integral over the scale, of fully connected networks with one output.
    let mixture =
        {
            Name = "mixture"
            Predict =
                fun split ->
                    let study = Study split.Train

                    fun architecture temperature ->
                        match architecture with
                        | Architecture.FullyConnected network ->
                            ScaleMixture.solve network temperature study
                            |> Result.map (fun mixture ->
                                {
                                    Score = ScaleMixture.score split.Test mixture
                                    LogEvidence = mixture.LogEvidence
                                    OrderParameters = [ Symbol.Named "mean scale", mixture.MeanScale ]
                                })
                        | Architecture.Convolutional _
                        | Architecture.Image _ -> refuse "mixture" architecture
        }

    /// |mixture - saddle| of the loss, the size of what theories leave out at order 1/N, where the mixture is known.
    let internal errorBar (split: Split) =
        let study = Study split.Train

        fun architecture temperature ->
            match architecture with
            | Architecture.FullyConnected network when split.Train.Outputs = 1 && network.Wiring = Wiring.Sequential ->
                ScaleMixture.solve network temperature study
                |> Result.map (ScaleMixture.errorBar split.Test >> abs)
            | _ -> refuse "mixture" architecture

    /// The expansion in 1/N, where it is known.
    let internal expansion (split: Split) =
        let solve = WidthExpansion.solver split.Test (Study split.Train)

        fun architecture temperature ->
            match architecture with
            | Architecture.FullyConnected network -> solve network temperature
            | Architecture.Convolutional _
            | Architecture.Image _ -> refuse "expansion in 1/N" architecture
