namespace FiniteWidth.Experiment

open FiniteWidth

/// A theory as a comparison needs it: a name and what it predicts.
[<NoComparison; NoEquality>]
type ComparedTheory =
    {
        Name: string
        /// Takes a split, and returns what predicts the score of a network on its test set at temperature T; calls share what they have in
        /// common.
        Score: Split -> (Architecture -> float -> Result<Score, Failure>)
    }

[<RequireQualifiedAccess>]
module ComparedTheory =

    let private refuse name architecture =
        Error(Unsupported $"The theory \"{name}\" does not describe the {architecture}.")

    /// The saddle point of a theory; of several outputs and of convolutional networks that of the matrix order parameter, where the theory is
    /// the proportional limit.
    let ofTheory name (theory: Theory) =
        {
            Name = name
            Score =
                fun split ->
                    let study = Study split.Train
                    let patches = lazy ConvolutionStudy split.Train

                    fun architecture temperature ->
                        match architecture with
                        | Architecture.FullyConnected network when
                            split.Train.Outputs = 1 || (theory network).OrderParameters.IsEmpty
                            ->
                            Posterior.solve theory network temperature study
                            |> Result.map (Posterior.score split.Test)
                        | Architecture.FullyConnected network when SeveralOutputs.describes theory network ->
                            SeveralOutputs.solve network temperature study
                            |> Result.map (SeveralOutputs.score split.Test)
                        | Architecture.Convolutional network when Theory.isProportional theory ->
                            Convolution.solve network temperature patches.Value
                            |> Result.map (Convolution.score split.Test)
                        | _ -> refuse name architecture
        }

    /// The integral over the scale, of fully connected networks with one output.
    let mixture =
        {
            Name = "mixture"
            Score =
                fun split ->
                    let study = Study split.Train

                    fun architecture temperature ->
                        match architecture with
                        | Architecture.FullyConnected network ->
                            ScaleMixture.solve network temperature study
                            |> Result.map (ScaleMixture.score split.Test)
                        | Architecture.Convolutional _ -> refuse "mixture" architecture
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
            | Architecture.Convolutional _ -> refuse "expansion in 1/N" architecture
