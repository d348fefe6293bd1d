namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// Single hidden units change between idle and specialised, which trajectories of all units hardly ever do at N < P.
///
/// Given all other units a unit's posterior has two wells in its readout z, and the way between them is uphill; at fixed z there is no
/// barrier. So z is drawn, then led to a value in the other well while trajectories move the unit's weights, and those of the other
/// specialised units, with which it shares the task. The work done on the way decides on acceptance (nonequilibrium candidate Monte Carlo:
/// Nilmeier, Crooks, Minh and Chodera 2011). One hidden layer, one output, fewer units than examples, targets that are not all zero. Its
/// work space serves one chain.
[<Sealed>]
type internal UnitSwitch(exact: ConditionalReadout, guideMap: FeatureMap, threshold: float) =

    // Other specialised units that move along, at most.
    static let company = 7
    // A new readout of a specialised unit is near an equal share, by this part of it, or with the other probability anywhere up to so many
    // times what makes the targets alone.
    static let spread, anywhere, farthest = 0.3, 0.1, 1.5

    let posterior = exact.Posterior
    let bath = UnitBath posterior
    let clusters: UnitCluster voption[] = Array.create (company + 1) ValueNone

    let blocks =
        posterior.Layout.Blocks
        |> List.filter (fun block -> block.Kind <> WeightKind.Readout)

    let units = blocks.Head.Rows
    let examples = posterior.Map.Points

    let rootMeanSquare (values: float[]) =
        sqrt (Array.averageBy (fun x -> x * x) values)

    // |phi|/sqrt P of units drawn from the prior.
    let typicalFeature =
        let some = 8
        let map = posterior.Map.WithUnits some
        let weights: float[] = Array.zeroCreate map.Parameters
        (RandomStream.FromSeed 1UL).Normal(Span weights)
        let phi = Matrix.Uninitialized(nativeint examples, nativeint some)
        (map.CreateWork 1).Evaluate(weights, phi)
        rootMeanSquare (Seq.cast<float>(phi.ToArray()) |> Array.ofSeq)

    let way = SwitchWay(bath, typicalFeature)

    // The readout of a unit that makes the targets alone.
    let whole = rootMeanSquare bath.Targets / (posterior.ReadoutScale * typicalFeature)

    let clusterOf count =
        match clusters[count - 1] with
        | ValueSome cluster -> cluster
        | ValueNone ->
            let cluster = UnitCluster(posterior, guideMap, bath, count)
            clusters[count - 1] <- ValueSome cluster
            cluster

    // For each block of a unit's weights: where it is in the network's position, and in that of a cluster of so many.
    let places unit count index =
        blocks
        |> List.mapFold
            (fun offset block ->
                struct (block.Offset + unit * block.Columns, offset + index * block.Columns, block.Columns),
                offset + count * block.Columns)
            0
        |> fst

    let scalesOf (scales: float[]) count =
        [|
            for block in blocks do
                for _ in 1..count do
                    yield! scales[block.Offset .. block.Offset + block.Columns - 1]

            0.0
            yield! Array.create (count - 1) 1.0
        |]

    let logNormal deviation (x: float) =
        -0.5 * (x / deviation) ** 2.0 - log (deviation * sqrt (2.0 * Math.PI))

    // The new readout of a unit that specialises beside these: either sign alike.
    let shareOf scores =
        ReadoutScores.share scores |> Option.defaultValue whole

    let drawShare scores (stream: RandomStream) =
        let share = shareOf scores
        let sign = if (stream.Split 0L).Uniform() < 0.5 then -1.0 else 1.0

        if (stream.Split 1L).Uniform() < anywhere then
            sign * farthest * whole * (stream.Split 2L).Uniform()
        else
            sign * abs (share + spread * share * (stream.Split 3L).Normal())

    let logDensityOfShare scores z =
        let share = shareOf scores

        let near x =
            exp (logNormal (spread * share) (x - share))

        let far =
            if abs z < farthest * whole then
                1.0 / (farthest * whole)
            else
                0.0

        log (0.5 * ((1.0 - anywhere) * (near z + near -z) + anywhere * far))

    // The probability of an attempt each way. Most networks without a specialised unit never have one.
    let upward count = if count = 0 then 0.1 else 0.5
    let downward count = if count = 0 then 0.0 else 0.5

    // Of leading this unit's readout to z, up or down, among the attempts at this state; but for factors that the way back has too.
    let logProbability (scores: ReadoutScores) rises unit z =
        let count = scores.Count

        if rises then
            log (upward count / float (units - count)) + logDensityOfShare scores z
        else
            log (downward count / float count)
            + logNormal (ReadoutScores.idleDeviation unit scores) z

    // Operations of one gradient of the network, with what its calls take where it is small.
    let networkCost =
        2e4
        + float examples
          * float units
          * float (4 * posterior.LeadingDirections + 4 * units)

    // Those of a step of a cluster, counted thrice: its products are thin.
    let clusterCost count =
        let directions =
            float posterior.LeadingDirections
            + SwitchWay.WholeShare * float blocks.Head.Columns

        3e5 + 12.0 * float examples * (float count * directions + float (units - count))

    // Of an attempt with a cluster of so many, if all attempts are to take the time of so many gradients of the network.
    let chance step gradients count =
        match SwitchWay.Steps step with
        | ValueSome steps -> min 1.0 (gradients * networkCost / (float steps * clusterCost count))
        | ValueNone -> 0.0

    let drawReadouts scores (chosen: int[]) (stream: RandomStream) =
        let rows =
            Matrix.Create(
                nativeint chosen.Length,
                nativeint units,
                fun j i -> if chosen[int j] = int i then 1.0 else 0.0
            )

        let factor = exact.Covariance rows
        LinearAlgebra.Default.Cholesky factor |> ignore
        let noise: float[] = Array.zeroCreate chosen.Length
        stream.Normal(Span noise)

        chosen
        |> Array.mapi (fun j unit ->
            let mutable z = scores.Means[unit]

            for k in 0..j do
                z <- z + factor[nativeint j, nativeint k] * noise[k]

            z)

    // Leads the first of the chosen units from a state; returns the position's new log likelihood, or leaves the position as it is.
    let lead
        (scores: ReadoutScores)
        rises
        (chosen: int[])
        step
        scales
        rounding
        (position: float[])
        (stream: RandomStream)
        =
        let unit = chosen[0]
        let readouts = drawReadouts scores chosen (stream.Split 0L)
        let cluster = clusterOf chosen.Length

        let target =
            if rises then
                drawShare scores (stream.Split 1L)
            else
                ReadoutScores.idleDeviation unit scores * (stream.Split 1L).Normal()

        for j in 0 .. chosen.Length - 1 do
            for struct (from, place, length) in places chosen[j] chosen.Length j do
                Array.blit position from cluster.Position place length

            cluster.Position[cluster.Parameters + j] <- readouts[j]

        let work =
            if bath.Enter(exact.Features, [| 0 .. units - 1 |] |> Array.except chosen) then
                cluster.Enter()
                cluster.RoundKinks rounding
                let idle, specialised = if rises then readouts[0], target else target, readouts[0]
                way.Lead(cluster, scalesOf scales chosen.Length, step, rises, idle, specialised, stream.Split 2L)
            else
                infinity

        if Double.IsFinite work then
            let before = Array.copy position

            for j in 0 .. chosen.Length - 1 do
                for struct (back, place, length) in places chosen[j] chosen.Length j do
                    Array.blit cluster.Position place position back length

            let logLikelihood = exact.Condition position
            let reached = ReadoutScores.ofReadout threshold exact

            let expected =
                if rises then
                    Array.append scores.Specialised [| unit |] |> Array.sort
                else
                    scores.Specialised |> Array.except [ unit ]

            let isAccepted =
                reached.Specialised = expected
                && log ((stream.Split 3L).Uniform()) <
                    logProbability reached (not rises) unit readouts[0]
                    - logProbability scores rises unit target
                    - work

            if isAccepted then
                ValueSome logLikelihood
            else
                Array.blit before 0 position 0 position.Length
                ValueNone
        else
            ValueNone

    /// At the threshold 5: with idle units E[z]^2/(2 Var z) is below 1, with specialised ones above 20.
    new(exact, guideMap) = UnitSwitch(exact, guideMap, 5.0)

    /// False where there is nothing that a unit could specialise in.
    member _.IsPossible = Double.IsFinite whole && whole > 0.0

    /// Takes random numbers, the network's step, the number of its gradients whose time attempts may take on average, the velocities of its
    /// coordinates, a distance to round kinks over, and a position: moves it in place or leaves it as it is. Returns the log likelihood of a
    /// new position, and the number of evaluations made.
    member _.Attempt
        (stream: RandomStream, step: float, gradients: float, scales: float[], rounding: float, position: float[])
        : struct (float voption * int) =
        let luck = (stream.Split 0L).Uniform()

        if luck >= chance step gradients 1 then
            struct (ValueNone, 0)
        elif Double.IsNegativeInfinity(exact.Condition position) then
            struct (ValueNone, 1)
        else
            let scores = ReadoutScores.ofReadout threshold exact
            let direction = (stream.Split 1L).Uniform()
            let rises = direction < upward scores.Count
            let candidates = if rises then scores.Idle else scores.Specialised

            if
                candidates.Length = 0
                || direction >= upward scores.Count + downward scores.Count
            then
                struct (ValueNone, 1)
            else
                let unit = candidates[(stream.Split 2L).Integer candidates.Length]
                let others = scores.Specialised |> Array.except [ unit ]
                (stream.Split 3L).Shuffle(Span others)
                let chosen = Array.append [| unit |] (Array.truncate company others)

                if luck >= chance step gradients chosen.Length then
                    struct (ValueNone, 1)
                else
                    struct (lead scores rises chosen step scales rounding position (stream.Split 4L), 2)
