namespace FiniteWidth.Experiment

open FiniteWidth

/// How a network at a temperature generalises, as far as its accuracy and time allowed to find out, and what theories say of it.
[<NoComparison>]
type AutoPoint =
    {
        /// The network.
        Network: Network
        /// T.
        Temperature: float
        /// The answer.
        Certificate: Certificate
        /// What theories say beside it.
        Theories: PointTheories
        /// What chains of this very network have shown, where there were any.
        Sampled: SampledScore option
        /// The seconds that an answer by sampling is estimated to take, where that was more than were allowed.
        SecondsNeeded: float option
    }

    /// The width of the last layer.
    member this.Width = List.last this.Network.Widths

    /// The fraction of test points that the mean of f classifies rightly, where labels are +-1 or one-hot: certified by chains that have converged,
    /// otherwise the reason why it is not.
    member this.Accuracy: Result<Measured, Failure> =
        match this.Certificate, this.Sampled |> Option.bind _.Accuracy with
        | {
              Certified = true
              Method = Method.Sampling
          },
          Some accuracy -> Ok accuracy
        | { Certified = true }, _ ->
            Error(
                Unsupported
                    "What certifies this loss does not say where the mean of f changes its sign: only chains certify the accuracy, and an experiment runs them."
            )
        | _ -> Error(Unsupported "The answer is not certified, and neither is an accuracy.")

    /// Whether finite width generalises better than infinite width.
    member this.Effect =
        match this.Theories.InfiniteWidth with
        | Ok infinite -> Certificate.effect infinite this.Certificate
        | Error _ -> WidthEffect.Undecided

    /// How far the loss lies from that at infinite width.
    member this.Change =
        this.Theories.InfiniteWidth
        |> Result.toOption
        |> Option.map (fun infinite -> Certificate.change infinite this.Certificate)

/// Certified answers, point by point.
[<RequireQualifiedAccess>]
module AutoPoint =

    /// The loss at infinite width of points that differ in their width alone.
    let infiniteWidth (points: AutoPoint list) =
        points
        |> List.tryPick (fun point -> Result.toOption point.Theories.InfiniteWidth)

    /// The width with the smallest certified loss among them and infinite width, where that is known.
    let best (points: AutoPoint list) =
        infiniteWidth points
        |> Option.map (fun infinite ->
            Certificate.best infinite [ for point in points -> point.Width, point.Certificate ])
