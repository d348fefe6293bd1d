namespace FiniteWidth

/// One point of a learning curve: a network at a temperature, what the theory finds, and how it generalises.
type CurvePoint =
    {
        /// The posterior at this point.
        Posterior: Posterior
        /// Its loss on the test set.
        Score: Score
    }

    /// The network at this point.
    member this.Network = this.Posterior.Network
    /// T.
    member this.Temperature = this.Posterior.Temperature

    /// The number P of training examples.
    member this.Examples = this.Posterior.Study.Train.Count

/// Predictions over widths, priors and temperatures.
[<RequireQualifiedAccess>]
module LearningCurve =

    /// The prediction for one network.
    let point (theory: Theory) temperature (test: DataSet) (study: Study) network =
        Posterior.solve theory network temperature study
        |> Result.map (fun posterior ->
            {
                Posterior = posterior
                Score = Posterior.score test posterior
            })

    /// The predictions for many networks at one temperature, in order, or the first failure. The networks share whatever
    /// their kernels share: widths and readout priors cost O(P) each after the first.
    let ofNetworks theory temperature (split: Split) (networks: Network seq) =
        let study = Study split.Train

        networks |> Result.traverse (point theory temperature split.Test study)

    /// The predictions for a network at many widths, the same in every hidden layer.
    let overWidths theory temperature split (widths: int seq) network =
        widths
        |> Seq.map (fun n -> Network.withWidth n network)
        |> ofNetworks theory temperature split

    /// The same in the mean-field scaling: each width has a readout prior and a temperature of its own.
    let overScaledWidths theory scaling (split: Split) (widths: int seq) network =
        let study = Study split.Train

        widths
        |> Seq.map (fun n -> network |> Network.withWidth n |> MeanFieldScaling.apply scaling)
        |> Result.traverse (fun (network, temperature) -> point theory temperature split.Test study network)

    /// A curve as a table: width, order parameters, loss, bias and variance.
    let display (points: CurvePoint seq) : DisplayTable =
        let widths (network: Network) =
            network.Widths |> List.map string |> String.concat ", "

        let row (point: CurvePoint) =
            [
                widths point.Network
                Display.number point.Temperature
                Display.numbers point.Posterior.OrderParameters
                Display.number point.Score.Loss
                Display.number point.Score.Bias
                Display.number point.Score.Variance
            ]

        {
            Title = "Learning curve"
            Header = [ "widths"; "T"; "order parameters"; "loss"; "bias"; "variance" ]
            Rows = points |> Seq.map row |> List.ofSeq
        }

    /// Widths from `first` to `last`, evenly spaced in their logarithm, rounded, without repetition.
    let logSpaced first last count =
        if count < 2 then
            [ first ]
        else
            List.init count (fun i ->
                let fraction = float i / float (count - 1)
                int (round (float first * (float last / float first) ** fraction)))
            |> List.distinct
