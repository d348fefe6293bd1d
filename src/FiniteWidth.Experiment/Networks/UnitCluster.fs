namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Networks

/// A few units of a hidden layer with their whitened readouts z, in the field of a bath: they contribute u = r Phi z, and their log
/// likelihood is l(u) + tilt y.phi_0 with a tilt of the first. Trajectories move weights, and all readouts but the first's; they
/// follow a force in single precision with kinks rounded, as `MarginalFlow` does, and are corrected exactly. Most of them leave weights
/// along inputs' minor directions where they are: then products run over the leading ones alone. Of one chain.
[<Sealed>]
type internal UnitCluster(posterior: NetworkPosterior, guideMap: FeatureMap, bath: UnitBath, count: int) =

    let map = posterior.Map.WithUnits count
    let precise = map.CreateWork 1
    let guide = (guideMap.WithUnits count).CreateWork 1
    let parameters = map.Parameters
    let examples = posterior.Map.Points
    let scale = posterior.ReadoutScale
    // Of the position, and of one that may be rejected.
    let mutable features = Matrix.Uninitialized(nativeint examples, nativeint count)
    let mutable proposed = Matrix.Uninitialized(nativeint examples, nativeint count)
    let guided = Matrix.Uninitialized(nativeint examples, nativeint count)
    let upstream = Matrix.Uninitialized(nativeint examples, nativeint count)
    let contribution: float[] = Array.zeroCreate examples
    let pull: float[] = Array.zeroCreate examples
    let leading = posterior.LeadingDirections
    let inputs = posterior.Layout.Blocks.Head.Columns
    // What minor directions contribute has been prepared.
    let mutable isPrepared = false
    let still: float[] = Array.zeroCreate (count * inputs)

    // A point of a trajectory: weights first, readouts after them.
    let dimension = parameters + count
    let position: float[] = Array.zeroCreate dimension
    let momentum: float[] = Array.zeroCreate dimension
    let force: float[] = Array.zeroCreate dimension
    let from: float[] = Array.zeroCreate dimension
    let weights: float[] = Array.zeroCreate parameters
    let gradient: float[] = Array.zeroCreate parameters
    let rotations = PlaneRotations dimension

    let contribute (phi: Matrix) (z: ReadOnlySpan<float>) =
        for p in 0 .. examples - 1 do
            let row = phi.Row(nativeint p)
            let mutable sum = 0.0

            for j in 0 .. count - 1 do
                sum <- sum + row[j] * z[j]

            contribution[p] <- scale * sum

    let alongTargets (phi: Matrix) =
        let mutable sum = 0.0

        for p in 0 .. examples - 1 do
            sum <- sum + bath.Targets[p] * phi[nativeint p, 0n]

        sum

    let square (v: float[]) =
        VectorArithmetic.Dot(ReadOnlySpan v, ReadOnlySpan v)

    let mutable tilt = 0.0

    let likelihood phi =
        contribute phi (ReadOnlySpan(position, parameters, count))
        bath.LogLikelihood contribution + tilt * alongTargets phi

    let evaluate narrow phi =
        Array.blit position 0 weights 0 parameters

        if narrow then
            precise.EvaluateOnArc(weights, 0.0, phi)
        else
            precise.Evaluate(weights, phi)

    let prepare () =
        if not isPrepared then
            Array.blit position 0 weights 0 parameters
            guide.PrepareArc(leading, weights, still)
            precise.PrepareArc(leading, weights, still)
            isPrepared <- true

    let differentiate narrow =
        Array.blit position 0 weights 0 parameters

        if narrow then
            guide.EvaluateOnArc(weights, 0.0, guided)
        else
            guide.Evaluate(weights, guided)

        contribute guided (ReadOnlySpan(position, parameters, count))
        bath.Force(contribution, pull)
        Array.Clear(force, parameters, count)

        for p in 0 .. examples - 1 do
            let up = upstream.Row(nativeint p)
            let row = guided.Row(nativeint p)
            let slope = scale * pull[p]

            for j in 0 .. count - 1 do
                up[j] <- slope * position[parameters + j]
                force[parameters + j] <- force[parameters + j] + slope * row[j]

            up[0] <- up[0] + tilt * bath.Targets[p]

        // The first readout is held.
        force[parameters] <- 0.0

        if narrow then
            guide.PullBackOnArc(weights, upstream, gradient)
        else
            guide.PullBack(weights, upstream, gradient)

        Array.blit gradient 0 force 0 parameters

    let kick (scales: float[]) time =
        VectorArithmetic.AddProduct(ReadOnlySpan force, ReadOnlySpan scales, time, Span momentum)

    /// Weights unit by unit, then biases, then the readouts z; `Enter` after weights have been set.
    member _.Position = position

    /// Where the readouts begin.
    member _.Parameters = parameters

    /// z of the first unit.
    member _.Readout
        with get () = position[parameters]
        and set value = position[parameters] <- value

    /// The weights of the position are new.
    member _.Enter() =
        isPrepared <- false
        evaluate false features

    /// The weight of y.phi_0.
    member _.Tilt
        with get () = tilt
        and set value = tilt <- value

    /// The log likelihood at the position, tilt included.
    member _.LogLikelihood = likelihood features

    /// Kinks are rounded over this distance on trajectories.
    member _.RoundKinks(distance: float) = guide.RoundKinks [| distance |]

    /// The coordinates' velocities that leave minor directions where they are.
    member _.Narrow(scales: float[]) =
        scales
        |> Array.mapi (fun i s ->
            if i < count * inputs && i % inputs >= leading then
                0.0
            else
                s)

    /// True where inputs have minor directions.
    member _.HasMinor = leading < inputs

    /// A trajectory of so many steps in the velocities of these scales (that of the first readout is 0), from the position with the log
    /// likelihood given; the position moves where it is accepted. A narrow one has scales that leave minor directions where they are.
    /// Returns the log likelihood.
    member _.Stir(narrow, scales: float[], step, steps, logLikelihood: float, stream: RandomStream) =
        rotations.Prepare(step, scales)
        Array.blit position 0 from 0 dimension
        (stream.Split 0L).Normal(Span momentum)

        let energy value =
            0.5 * (square momentum + square position) - value

        let before = energy logLikelihood

        if narrow then
            prepare ()

        differentiate narrow

        for k in 1..steps do
            kick scales (0.5 * step)
            rotations.Turn(1.0, position, momentum, 0, dimension)
            differentiate narrow
            kick scales (0.5 * step)

        evaluate narrow proposed
        let value = likelihood proposed
        let acceptance = exp (min 0.0 (before - energy value))

        if (stream.Split 1L).Uniform() < acceptance then
            let before = features
            features <- proposed
            proposed <- before
            isPrepared <- isPrepared && narrow
            value
        else
            Array.blit from 0 position 0 dimension
            logLikelihood
