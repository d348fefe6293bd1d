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
type internal MarginalFlow(posterior: NetworkPosterior, map: FeatureMap, deviations: float[]) =

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
    let hasArcs = leading < first.Columns

    // Offsets and lengths of the coordinates that every step kicks, and of those on arcs.
    let led =
        if hasArcs then
            [|
                for unit in 0 .. first.Rows - 1 do
                    struct (unit * first.Columns, leading)

                if dimension > first.Count then
                    struct (first.Count, dimension - first.Count)
            |]
        else
            [| struct (0, dimension) |]

    let free =
        if hasArcs then
            [|
                for unit in 0 .. first.Rows - 1 -> struct (unit * first.Columns + leading, first.Columns - leading)
            |]
        else
            [||]

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
            VectorArithmetic.AddScaled(ReadOnlySpan(force, start, length), weight * time, Span(momentum, start, length))

    let turn parts (angle: float) (position: float[]) (momentum: float[]) =
        let struct (sine, cosine) = Math.SinCos angle

        for struct (start, length) in parts do
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

    let begin' step (position: float[]) =
        if step <> roundedFor then
            guide.RoundKinks(deviations |> Array.map (fun deviation -> rounding * deviation * step))
            roundedFor <- step
            knownCount <- 0

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
            turn led step position momentum

            if made + 1 = count then
                turn free (float count * step) position momentum

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

        if begin' step position && follow 0 then
            remember 1 position
            knownCount <- 2
            true
        else
            false

    member _.LogLikelihood(position: float[]) = exact.Condition position

    /// From now on the force is that of this power of the likelihood; the log likelihood stays as it is.
    member _.Weigh power = weight <- power

[<RequireQualifiedAccess>]
module MarginalFlow =

    // Single precision has numbers from 1e-38 to 3e38; products and squares of preactivations must stay among them.
    let private isModerate deviation = deviation > 1e-6 && deviation < 1e6

    let internal source (posterior: NetworkPosterior) =
        let deviations = posterior.Map.Deviations()

        let precision =
            if Array.forall isModerate deviations then
                Precision.Single
            else
                posterior.Options.Precision

        let map = posterior.Map.In precision

        fun () -> MarginalFlow(posterior, map, deviations)

    /// Flows of hidden weights, for the target of `MarginalTarget.create`.
    let create (posterior: NetworkPosterior) : FlowSource =
        let source = source posterior

        fun () ->
            let flow = source ()

            {
                LogLikelihood = flow.LogLikelihood
                Move = flow.Move
            }
