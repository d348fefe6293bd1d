namespace FiniteWidth.Experiment

open System
open FiniteWidth
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// Which coordinates of the first layer a chain carries.
[<RequireQualifiedAccess>]
type FirstLayer =
    /// All N0 of each unit.
    | Complete
    /// Those inside the span of the training inputs: the others are independent of the data, and predictions treat them exactly.
    | InSpan

/// How a posterior is computed; what it is does not depend on it.
type NetworkOptions =
    {
        /// How the first layer is represented.
        FirstLayer: FirstLayer
        /// Of the products over the training set.
        Precision: Precision
        /// The most threads that one chain uses; results do not depend on it.
        Threads: int
    }

/// The posterior of a network's weights given a training set, p(theta | data) ~ exp(-(beta/2) sum (y - f)^2) prior(theta), T = 1/beta.
[<Sealed>]
type NetworkPosterior
    private
    (
        options: NetworkOptions,
        architecture: Architecture,
        temperature: float,
        data: DataSet,
        span: InputSpan option,
        layout: WeightLayout,
        map: FeatureMap,
        leading: int
    ) =

    /// How it was made.
    member _.Options = options
    /// The network.
    member _.Architecture = architecture

    /// T.
    member _.Temperature = temperature

    /// The training set.
    member _.Data = data

    /// The span of what the first layer sees of the training inputs, where its weights are kept inside it.
    member _.Span = span

    /// Where each weight stands in a position.
    member _.Layout = layout

    /// The hidden layers over the training set.
    member internal _.Map = map

    /// r in f = r features . u, with u the whitened readout: 1/sqrt(lambda_L features).
    member internal _.ReadoutScale =
        1.0
        / sqrt (
            List.last (Architecture.priors architecture)
            * float (Architecture.features architecture)
        )

    /// The number of the first layer's directions, the first ones, that hold nearly all of the inputs' squares.
    member internal _.LeadingDirections = leading

    static member internal Unchecked(options, architecture, temperature, data, span, layout, map, leading) =
        NetworkPosterior(options, architecture, temperature, data, span, layout, map, leading)

/// The posterior of a network given data.
[<RequireQualifiedAccess>]
module NetworkPosterior =

    /// Double precision, first-layer weights inside the span of the training inputs, one thread a chain.
    let defaults =
        {
            FirstLayer = FirstLayer.InSpan
            Precision = Precision.Double
            Threads = 1
        }

    // What the inputs have beyond the leading directions, as a part of their squares, and the most directions that are worth telling
    // apart.
    let private negligible = 0.005
    let private largestShare = 0.7

    let private leadingDirections (inputs: Matrix) =
        let squares = Array.zeroCreate<float>(int inputs.Columns)

        for i in 0n .. inputs.Rows - 1n do
            let row = inputs.Row i

            for j in 0 .. row.Length - 1 do
                squares[j] <- squares[j] + row[j] * row[j]

        let total = Array.sum squares

        let count =
            1
            + (squares
               |> Array.scan (+) 0.0
               |> Array.tail
               |> Array.findIndex (fun sum -> sum >= (1.0 - negligible) * total))

        if float count <= largestShare * float squares.Length then
            count
        else
            squares.Length

    /// The hidden layers over any inputs in the first layer's coordinates.
    let internal mapOver (receptive: Matrix) fanIn precision architecture =
        FeatureMap(
            receptive,
            Architecture.patches architecture,
            Architecture.patchReadout architecture,
            WeightLayout.layers (int receptive.Columns) fanIn architecture |> Array.ofList,
            Units.ofActivation (Architecture.activation architecture),
            precision
        )

    /// The posterior at temperature T > 0, where the network takes inputs such as the training set has.
    let create options architecture temperature (data: DataSet) =
        result {
            do! Architecture.check data.Features architecture

            do!
                if Double.IsFinite temperature && temperature > 0.0 then
                    Ok()
                else
                    Error(
                        BadNetwork
                            $"The temperature is {temperature}: to sample the weights it must be positive and finite."
                    )

            do!
                if options.Threads >= 1 then
                    Ok()
                else
                    Error(BadNetwork $"A chain is given {options.Threads} threads: it needs at least one.")

            let receptive = Architecture.receptive data.Inputs architecture

            let span =
                match options.FirstLayer with
                | FirstLayer.Complete -> None
                // Without a direction there would be no coordinate: inputs that are all zero keep theirs.
                | FirstLayer.InSpan ->
                    InputSpan.ofRows receptive
                    |> Some
                    |> Option.filter (fun span -> span.Rank > 0)
                    |> Option.map (InputSpan.principal receptive)

            let inputs =
                match span with
                | None -> receptive
                | Some span -> InputSpan.coordinates receptive span

            return
                NetworkPosterior.Unchecked(
                    options,
                    architecture,
                    temperature,
                    data,
                    span,
                    WeightLayout.create (int inputs.Columns) data.Outputs architecture,
                    mapOver inputs (int receptive.Columns) options.Precision architecture,
                    (match span with
                     | Some _ -> leadingDirections inputs
                     | None -> int inputs.Columns)
                )
        }

    /// The rate T lambda of each coordinate: a step eta of discrete Langevin dynamics,
    /// theta <- theta - eta (grad (1/2) sum (y - f)^2 + T lambda theta) + sqrt(2 eta T) xi, is in the whitened coordinates
    /// x <- (1 - s) x + s grad l(x) + sqrt(2 s) xi with s = eta T lambda and l the log likelihood.
    let langevinRates (posterior: NetworkPosterior) =
        WeightLayout.precisions posterior.Layout
        |> Array.map (fun precision -> posterior.Temperature * precision)
