namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// Trajectories of hidden weights whose readout is integrated out: kicks by the force, and between them the exact motion under the
/// prior. Three things make the force cheap, and the Metropolis correction by the exact log likelihood right:
///
/// - its products over the training set are in single precision;
/// - kinks of the activation are rounded over what a preactivation moves in a step, so that no step sees a force that jumps;
/// - first-layer weights along inputs' minor directions, which are next to free, move along their arcs through several steps and are
///   kicked only in between (multiple time steps): products run over the leading directions alone.
[<Sealed>]
type internal MarginalFlow(posterior: NetworkPosterior, map: FeatureMap) =

    // Kinks are rounded over this many times what a preactivation of this deviation moves in a step: 0.8 of it as a deviation.
    static let rounding = 2.0
    // The longest arc, in time and in steps: its error falls with the step.
    static let longestArc = 0.6
    static let mostSteps = 3

    let exact = ConditionalReadout posterior
    let guide = ConditionalReadout(posterior, map)
    let first = posterior.Layout.Blocks.Head
    let dimension = posterior.Layout.HiddenDimension
    let leading = posterior.LeadingDirections
    let hasMinor = leading < first.Columns

    // Offsets and lengths of the coordinates along leading directions, with those of later layers, and along minor ones.
    let major =
        if hasMinor then
            [|
                for unit in 0 .. first.Rows - 1 do
                    struct (unit * first.Columns, leading)

                if dimension > first.Count then
                    struct (first.Count, dimension - first.Count)
            |]
        else
            [| struct (0, dimension) |]

    let minor =
        if hasMinor then
            [|
                for unit in 0 .. first.Rows - 1 -> struct (unit * first.Columns + leading, first.Columns - leading)
            |]
        else
            [||]

    let switches =
        List.length (Architecture.widths posterior.Architecture) = 1
        && Architecture.patches posterior.Architecture = 1
        && posterior.Data.Targets.Columns = 1n
        && first.Rows < posterior.Map.Points

    let scale = Array.create dimension 1.0
    let mutable hasScale = false
    let rotations = PlaneRotations dimension
    // The angle that rotations were made for.
    let mutable prepared = nan

    // The coordinates that every step kicks, and those on arcs: none where the data hold minor directions too.
    let mutable hasArcs = hasMinor
    let mutable led = major
    let mutable free = minor
    let mutable deviations = map.Deviations()

    let force: float[] = Array.zeroCreate dimension

    // The force where a trajectory began and where it ended: the next one begins at one of them.
    let known =
        Array.init 2 (fun _ ->
            {|
                Position = Array.zeroCreate<float> dimension
                Force = Array.zeroCreate<float> dimension
            |})

    let mutable knownCount = 0
    let mutable roundedFor = nan
    let mutable weight = 1.0

    let kick parts time (momentum: float[]) =
        for struct (start, length) in parts do
            let force = ReadOnlySpan(force, start, length)
            let momentum = Span(momentum, start, length)
            let time = weight * time

            if hasScale then
                VectorArithmetic.AddProduct(force, ReadOnlySpan(scale, start, length), time, momentum)
            else
                VectorArithmetic.AddScaled(force, time, momentum)

    // Coordinates on arcs have the scale 1.
    let turnFree (angle: float) (position: float[]) (momentum: float[]) =
        let struct (sine, cosine) = Math.SinCos angle

        for struct (start, length) in free do
            VectorArithmetic.Rotate(cosine, sine, Span(position, start, length), Span(momentum, start, length))

    let turnLed angle (position: float[]) (momentum: float[]) =
        if hasScale then
            if angle <> prepared then
                rotations.Prepare(angle, scale)
                prepared <- angle

            for struct (start, length) in led do
                rotations.Turn(1.0, position, momentum, start, length)
        else
            let struct (sine, cosine) = Math.SinCos angle

            for struct (start, length) in led do
                VectorArithmetic.Rotate(cosine, sine, Span(position, start, length), Span(momentum, start, length))

    let remember k (position: float[]) =
        Array.blit position 0 known[k].Position 0 dimension
        Array.blit force 0 known[k].Force 0 dimension

    let evaluate position =
        if Double.IsFinite(guide.Condition position) then
            guide.Gradient(position, force)
            true
        else
            false

    let round step =
        if step <> roundedFor then
            guide.RoundKinks(deviations |> Array.map (fun deviation -> rounding * deviation * step))
            roundedFor <- step
            knownCount <- 0

    // The force at a position, which is then the one that is known.
    let begin' (position: float[]) =
        let at k =
            ReadOnlySpan(position).SequenceEqual(ReadOnlySpan known[k].Position)

        if knownCount > 1 && at 1 then
            Array.blit known[1].Force 0 force 0 dimension
            remember 0 position
            true
        elif knownCount > 0 && at 0 then
            Array.blit known[0].Force 0 force 0 dimension
            knownCount <- 1
            true
        elif evaluate position then
            remember 0 position
            knownCount <- 1
            true
        else
            knownCount <- 0
            false

    // Steps of one arc; at its ends the force on all coordinates is known.
    let arc step count (position: float[]) (momentum: float[]) =
        kick free (0.5 * float count * step) momentum
        kick led (0.5 * step) momentum

        if hasArcs && count > 1 then
            guide.PrepareArc(leading, position, momentum)

        let rec follow made =
            turnLed step position momentum

            if made + 1 = count then
                turnFree (float count * step) position momentum

                if evaluate position then
                    kick led (0.5 * step) momentum
                    kick free (0.5 * float count * step) momentum
                    true
                else
                    false
            elif Double.IsFinite(guide.ConditionOnArc(position, float (made + 1) * step)) then
                guide.GradientOnArc(position, force)
                kick led step momentum
                follow (made + 1)
            else
                false

        follow 0

    /// As many steps, or the few more that make all arcs equally long.
    member _.Move (step: float) (count: int) (position: float[]) (momentum: float[]) =
        let longest =
            if hasArcs then
                Math.Clamp(int (longestArc / step), 1, mostSteps)
            else
                1

        let arcs = (count + longest - 1) / longest
        let each = (count + arcs - 1) / arcs

        let rec follow made =
            made = arcs || (arc step each position momentum && follow (made + 1))

        round step

        if begin' position && follow 0 then
            remember 1 position
            knownCount <- 2
            true
        else
            false

    /// The force where a trajectory has begun or ended costs nothing.
    member _.Force (position: float[]) (target: float[]) =
        let isFinite = begin' position

        if isFinite then
            for i in 0 .. dimension - 1 do
                target[i] <- weight * force[i]

        isFinite

    member _.Rescale(scales: float[]) =
        Array.blit scales 0 scale 0 dimension
        hasScale <- scale |> Array.exists (fun s -> s <> 1.0)

        let isFree struct (start, length) =
            not (ReadOnlySpan(scale, start, length).ContainsAnyExcept 1.0)

        hasArcs <- hasMinor && Array.forall isFree minor
        led <- if hasArcs then major else [| struct (0, dimension) |]
        free <- if hasArcs then minor else [||]
        deviations <- map.Deviations scale
        prepared <- nan
        roundedFor <- nan
        knownCount <- 0

    member _.LogLikelihood(position: float[]) = exact.Condition position

    /// A unit may change between idle and specialised, where there is one output and fewer units than examples.
    member _.Jump =
        if switches then
            let switch = UnitSwitch(exact, map)

            if switch.IsPossible then
                ValueSome(fun stream step steps position ->
                    switch.Attempt(stream, step, steps, scale, rounding * deviations[0] * step, position))
            else
                ValueNone
        else
            ValueNone

    /// From now on the force is that of this power of the likelihood; the log likelihood stays as it is.
    member _.Weigh power = weight <- power

/// The motion that HMC follows where the readout is integrated out.
[<RequireQualifiedAccess>]
module MarginalFlow =

    // Single precision has numbers from 1e-38 to 3e38; products and squares of preactivations must stay among them.
    let private isModerate deviation = deviation > 1e-6 && deviation < 1e6

    // Units of a layer can change places. So can the inputs of a later layer; those of the first are the principal directions of the data.
    let private groups layout =
        let numbers: int[] = Array.zeroCreate layout.HiddenDimension

        let number group (block: WeightBlock) =
            if block.Layer = 1 && block.Kind = WeightKind.Weights then
                for i in 0 .. block.Count - 1 do
                    numbers[block.Offset + i] <- group + i % block.Columns

                group + block.Columns
            else
                Array.Fill(numbers, group, block.Offset, block.Count)
                group + 1

        layout.Blocks
        |> List.filter (fun block -> block.Kind <> WeightKind.Readout)
        |> List.fold number 0
        |> ignore

        numbers

    let internal source (posterior: NetworkPosterior) =
        let precision =
            if Array.forall isModerate (posterior.Map.Deviations()) then
                Precision.Single
            else
                posterior.Options.Precision

        let map = posterior.Map.In precision

        fun () -> MarginalFlow(posterior, map)

    /// Flows of hidden weights, for the target of `MarginalTarget.create`.
    let create (posterior: NetworkPosterior) : FlowSource =
        let source = source posterior

        {
            Groups = groups posterior.Layout
            Create =
                fun () ->
                    let flow = source ()

                    {
                        LogLikelihood = flow.LogLikelihood
                        Move = flow.Move
                        Force = flow.Force
                        Rescale = flow.Rescale
                        Jump = flow.Jump
                    }
        }
