namespace FiniteWidth.Experiment

open System.Collections.Generic
open FiniteWidth

/// What one theory says of a point.
[<NoComparison>]
type TheoryAnswer =
    {
        /// The theory.
        Name: string
        /// Its loss, or why it has none.
        Score: Result<Score, Failure>
    }

/// What theories say of a network at a temperature, each for itself.
[<NoComparison>]
type PointTheories =
    {
        /// Exact, of the infinitely wide network.
        InfiniteWidth: Result<Score, Failure>
        /// The saddle point of the theory for the network's activation.
        SaddlePoint: TheoryAnswer
        /// The saddle point corrected to the exact first order in 1/N, of one hidden layer.
        FirstOrder: Result<CorrectedTheory, Failure>
        /// The integral over the scale, which is exact for sequential linear networks with one output.
        Exact: Score option
    }

/// What theories say beside a certified answer.
[<RequireQualifiedAccess>]
module PointTheories =

    /// The theory for a network's activation, with its name.
    let theoryFor (network: Network) =
        if network.Activation.Parity = Parity.Odd then
            "proportional", Theory.proportional
        else
            "non-odd", Theory.nonOdd

    let private exact (network: Network) temperature (split: Split) study =
        if
            network.Activation = Activation.linear
            && network.Wiring = Wiring.Sequential
            && split.Train.Outputs = 1
        then
            ScaleMixture.solve network temperature study
            |> Result.toOption
            |> Option.map (ScaleMixture.score split.Test)
        else
            None

    let private scoreOf name theory split =
        let predict = (ComparedTheory.ofTheory name theory).Predict split
        fun architecture temperature -> predict architecture temperature |> Result.map _.Score

    /// What answers for one network and temperature after the other on a split; calls share what they have in common.
    let solver (split: Split) =
        let study = Study split.Train
        let expand = WidthExpansion.solver split.Test study
        let infinite = scoreOf "infinite-width" Theory.infiniteWidth split
        let saddles = Dictionary<string, _>()

        let saddleOf (network: Network) =
            let name, theory = theoryFor network

            match saddles.TryGetValue name with
            | true, score -> name, score
            | _ ->
                let score = scoreOf name theory split
                saddles.Add(name, score)
                name, score

        // Of several outputs the order parameter is a matrix, and only infinite width is corrected.
        let corrected (network: Network) temperature =
            let theory =
                if split.Train.Outputs = 1 then
                    snd (theoryFor network)
                else
                    Theory.infiniteWidth

            Failures.catch (fun () ->
                expand network temperature
                |> Result.map (CorrectedTheory.solve theory network temperature split.Test study))

        fun (network: Network, temperature: float) ->
            let architecture = Architecture.FullyConnected network
            let name, saddle = saddleOf network

            {
                InfiniteWidth = Failures.catch (fun () -> infinite architecture temperature)
                SaddlePoint =
                    {
                        Name = name
                        Score = Failures.catch (fun () -> saddle architecture temperature)
                    }
                FirstOrder = corrected network temperature
                Exact = exact network temperature split study
            }
