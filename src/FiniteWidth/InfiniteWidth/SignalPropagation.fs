namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A correlation that a layer of random weights reproduces, and that correlations approach.
type FixedCorrelation =
    {
        /// rho*.
        Correlation: float
        /// The slope of the correlation map there: a deviation shrinks by this factor a layer.
        Slope: float
    }

    /// xi = -1/log slope, the number of layers in which a deviation falls by e; infinite at the edge of chaos.
    member this.DepthScale = if this.Slope < 1.0 then -1.0 / log this.Slope else infinity

/// What depth does to two inputs that are close to one another.
[<RequireQualifiedAccess>]
type Phase =
    /// chi < 1: they become the same.
    | Ordered
    /// chi = 1 to nine digits: the edge of chaos.
    | Critical
    /// chi > 1: they part.
    | Chaotic
    /// Lengths grow without bound: no layer is typical.
    | Unbounded

/// The preactivations of two inputs in one layer: their squared lengths c11 and c22 over the layer's width, and their product c12.
type PairLayer =
    {
        /// Variance of the first input's preactivations.
        First: float
        /// Variance of the second input's preactivations.
        Second: float
        /// Covariance of the two inputs' preactivations.
        Covariance: float
    }

    /// c12/sqrt(c11 c22).
    member this.Correlation = this.Covariance / sqrt (this.First * this.Second)

/// How lengths and correlations of inputs change from layer to layer in a random network of infinite width, every layer with the
/// same priors: sigma_w^2 = 1/lambda, sigma_b^2 = 1/lambda_b.
///
/// Lengths: c -> sigma_w^2 E[sigma(z)^2] + sigma_b^2. At a fixed length c*, correlations: rho -> (sigma_w^2 E[sigma(z1) sigma(z2)] + sigma_b^2)/c*.
/// The expectations are those of the kernel maps: closed forms, or Hermite series with their tolerance.
[<Sealed>]
type SignalPropagation
    internal
    (
        map: LengthMap,
        activation: Activation,
        weightVariance: float,
        biasVariance: float,
        fate: LengthFate,
        chi: float option,
        correlation: FixedCorrelation option
    ) =

    // Fixed lengths and moments are good to 1e-13, and their errors add up near an edge.
    let critical = 1e-9

    /// The activation.
    member _.Activation = activation

    /// sigma_w^2.
    member _.WeightVariance = weightVariance

    /// sigma_b^2.
    member _.BiasVariance = biasVariance

    /// Every fixed length from 0 to 1e8, in increasing order, stable or not.
    member _.FixedLengths = map.FixedLengths

    /// Where lengths end.
    member _.Fate = fate

    /// chi = sigma_w^2 E[sigma'(z)^2] at the length where they end, which is the slope of the correlation map at rho = 1 and the growth of
    /// gradients a layer; none where there is no such length, unless chi is the same at all.
    member _.Chi = chi

    /// The correlation that pairs of inputs approach: 1 in the ordered phase, less in the chaotic one. None where lengths do not settle.
    /// Of an activation with a kink it is as accurate as a thousand terms of its series: 1e-3 at worst.
    member _.Correlation = correlation

    /// Ordered, critical or chaotic.
    member _.Phase =
        match fate, chi with
        | LengthFate.Grows, _
        | _, None -> Phase.Unbounded
        | _, Some chi when abs (chi - 1.0) <= critical -> Phase.Critical
        | _, Some chi when chi < 1.0 -> Phase.Ordered
        | _ -> Phase.Chaotic

    /// The length at which correlations are mapped: c*, or 1 where every length stays.
    member _.Length =
        match fate with
        | LengthFate.Settles point -> Some point.Length
        | LengthFate.Stays -> Some 1.0
        | _ -> None

    member internal _.Map = map

/// Lengths and correlations from layer to layer.
[<RequireQualifiedAccess>]
module SignalPropagation =

    let internal table activation =
        NeuralTangent.slope activation
        |> Result.map (fun slope -> LengthTable(activation, slope))

    let internal checkVariances weightVariance biasVariance =
        if not (weightVariance > 0.0 && Double.IsFinite weightVariance) then
            Error(BadNetwork $"The weight variance sigma_w^2 is {weightVariance}: it is positive and finite.")
        elif not (biasVariance >= 0.0 && Double.IsFinite biasVariance) then
            Error(BadNetwork $"The bias variance sigma_b^2 is {biasVariance}: it is zero or positive, and finite.")
        else
            Ok()

    // One pair of points through a map.
    let private pair (map: PairMap) c11 c22 c12 =
        let points = map.Prepare(ReadOnlySpan [| c11; c22 |])
        let k = [| 0.0 |]
        map.Map(points, 0, points, 1, ReadOnlySpan [| c12 |], Span k)
        k[0]

    // The correlation map at length c, (value, slope).
    let private correlations (table: LengthTable) weightVariance biasVariance c =
        let prepared (map: PairMap) =
            let points = map.Prepare(ReadOnlySpan [| c; c |])

            fun rho ->
                let k = [| 0.0 |]
                map.Map(points, 0, points, 1, ReadOnlySpan [| rho * c |], Span k)
                k[0]

        let dual, slope = prepared table.Activation.Map, prepared table.Slope

        fun rho -> (weightVariance * dual rho + biasVariance) / c, weightVariance * slope rho

    // The map is a power series in rho with coefficients that are not negative, hence convex from 0 to 1: where its slope at 1 is above
    // one it has a fixed point below, to which Newton's method climbs from 0 without overshooting.
    let private fixedCorrelation table weightVariance biasVariance c chi =
        if chi <= 1.0 then
            { Correlation = 1.0; Slope = chi }
        else
            let map = correlations table weightVariance biasVariance c

            let rec climb remaining rho =
                let value, slope = map rho
                let next = rho + (value - rho) / (1.0 - slope)

                if not (slope < 1.0 && next > rho) || next >= 1.0 || remaining = 0 then
                    { Correlation = rho; Slope = slope }
                else
                    climb (remaining - 1) next

            climb 200 0.0

    // The same table with series that need less: where sigma or sigma' jumps a thousand terms may not reach the activation's own
    // accuracy, which lengths and chi, quadratures of one variable, do without.
    let private coarser (table: LengthTable) =
        match table.Activation.Dual with
        | Dual.Closed _ -> []
        | Dual.Series accuracy ->
            [ 1e-6; 1e-5; 1e-4; 1e-3 ]
            |> List.filter (fun other -> other > accuracy)
            |> List.choose (fun other ->
                let activation = Activation.withAccuracy other table.Activation

                NeuralTangent.slope activation
                |> Result.toOption
                |> Option.map (fun slope -> LengthTable(activation, slope)))

    let rec private correlationOf tables weightVariance biasVariance c chi =
        match tables with
        | [ table ] -> fixedCorrelation table weightVariance biasVariance c chi
        | table :: rest ->
            try
                fixedCorrelation table weightVariance biasVariance c chi
            with :? InaccurateKernelException ->
                correlationOf rest weightVariance biasVariance c chi
        | [] -> invalidArg (nameof tables) "There is no table."

    let internal ofTable start (table: LengthTable) weightVariance biasVariance =
        let map = LengthMap(table, weightVariance, biasVariance)
        let fate = map.Fate start
        let chiAt c = weightVariance * table.SlopeMoment c

        let chi =
            match fate, table.Proportion with
            | LengthFate.Settles point, _
            | LengthFate.Vanishes point, _ -> Some(chiAt point.Length)
            | _, Some _ -> Some(chiAt 1.0)
            | _ -> None

        let correlation =
            match fate, chi with
            | LengthFate.Settles point, Some chi ->
                Some(correlationOf (table :: coarser table) weightVariance biasVariance point.Length chi)
            | LengthFate.Stays, _ -> Some { Correlation = 1.0; Slope = 1.0 }
            | _ -> None

        SignalPropagation(map, table.Activation, weightVariance, biasVariance, fate, chi, correlation)

    /// Propagation with these variances, of inputs whose first preactivations have squared length `start` > 0: it matters only where there
    /// are several stable lengths. An activation that jumps has no chi and is refused.
    let createFrom start activation weightVariance biasVariance =
        Failures.catch (fun () ->
            result {
                do! checkVariances weightVariance biasVariance

                do!
                    if start > 0.0 && Double.IsFinite start then
                        Ok()
                    else
                        Error(BadNetwork $"The first squared length is {start}: it is positive and finite.")

                let! table = table activation
                return ofTable start table weightVariance biasVariance
            })

    /// Propagation with these variances sigma_w^2 > 0 and sigma_b^2 >= 0, of inputs whose first preactivations have squared length 1.
    let create activation weightVariance biasVariance =
        createFrom 1.0 activation weightVariance biasVariance

    /// c -> sigma_w^2 E[sigma(z)^2] + sigma_b^2, z of variance c.
    let lengthMap c (propagation: SignalPropagation) = propagation.Map.Apply c

    let private layerOf (propagation: SignalPropagation) pair' =
        let map (moment: float) =
            propagation.WeightVariance * moment + propagation.BiasVariance

        {
            First = propagation.Map.Apply pair'.First
            Second = propagation.Map.Apply pair'.Second
            Covariance = map (pair propagation.Activation.Map pair'.First pair'.Second pair'.Covariance)
        }

    /// The next layer of a pair of inputs.
    let layer pair' propagation = layerOf propagation pair'

    /// rho -> (sigma_w^2 E[sigma(z1) sigma(z2)] + sigma_b^2)/c*, at the length where lengths settle; an error where they do not.
    let correlationMap rho (propagation: SignalPropagation) =
        match propagation.Length with
        | Some c ->
            Failures.catch (fun () ->
                Ok(
                    (layerOf
                        propagation
                        {
                            First = c
                            Second = c
                            Covariance = rho * c
                        })
                        .Covariance
                    / c
                ))
        | None ->
            Error(
                Unsupported
                    $"Lengths do not settle at sigma_w^2 = {propagation.WeightVariance} and sigma_b^2 = {propagation.BiasVariance}: there is no correlation map, use trajectory."
            )

    /// A pair of inputs through the layers: as it enters, then after each of `depth` layers.
    let trajectory depth pair' (propagation: SignalPropagation) =
        Failures.catch (fun () ->
            (pair', [ 1..depth ])
            ||> List.scan (fun current _ -> layerOf propagation current)
            |> Ok)

    /// The phases over a grid: entry (i, j) is at the ith weight variance and the jth bias variance. The activation's moments are
    /// tabulated once.
    let phaseDiagram (weightVariances: float seq) (biasVariances: float seq) activation =
        Failures.catch (fun () ->
            result {
                let weights, biases = Array.ofSeq weightVariances, Array.ofSeq biasVariances

                let! _ =
                    Seq.allPairs weights biases
                    |> Result.traverse (fun (w, b) -> checkVariances w b)

                let! table = table activation

                let rows =
                    weights
                    |> Array.Parallel.map (fun w -> biases |> Array.map (ofTable 1.0 table w))

                return Array2D.init weights.Length biases.Length (fun i j -> rows[i][j])
            })
