namespace FiniteWidth.Cli

open FiniteWidth

/// What fits of every network have in common.
[<RequireQualifiedAccess>]
module Fits =

    /// Fits each of the networks to compare.
    let each fit candidates =
        candidates |> Result.bind (Result.traverse fit)

    // The network with these hidden widths: lambda_0 and the readout's prior stay, and so do those of the layers in between, which have precision 1
    // and no bias where the network has no such layer.
    let private atWidths (network: Network) (widths: int list) =
        let inner l =
            if l < network.Depth then network.Priors[l] else 1.0

        let priors =
            [ network.Priors.Head ]
            @ [ for l in 1 .. widths.Length - 1 -> inner l ]
            @ [ List.last network.Priors ]

        let biases =
            [
                for l in 0 .. widths.Length - 1 -> List.tryItem l network.Biases |> Option.flatten
            ]

        Network.create network.Activation widths priors biases
        |> Result.map (Network.withWiring network.Wiring)

    let private candidates atWidths network (asked: FitAsked) =
        match asked.Widths with
        | [] -> Ok [ network ]
        | widths -> widths |> Result.traverse (atWidths network)

    /// The fully connected networks to compare.
    let dense network asked = candidates atWidths network asked

    /// The same of convolutional layers, whose widths are their channels and units, all the same.
    let images network asked =
        candidates
            (fun (network: ImageNetwork) widths ->
                match List.distinct widths with
                | [ width ] when widths.Length = network.Depth || widths.Length = 1 ->
                    ImageNetwork.withWidth width network
                | _ ->
                    Error(
                        BadData
                            $"job.fit.widths: a list here is of {widths.Length} widths, and the network has {network.Depth} hidden layers: name one width, which all of them have."
                    ))
            network
            asked

    /// The same of one convolutional layer, whose one width is its number of filters.
    let convolutional network asked =
        candidates
            (fun (network: ConvolutionalNetwork) widths ->
                match widths with
                | [ channels ] -> ConvolutionalNetwork.withReadout channels network.ReadoutPrior network
                | widths ->
                    Error(
                        BadData
                            $"job.fit.widths: a list here has length {widths.Length}, and a convolutional network takes one width, its number of filters."
                    ))
            network
            asked
