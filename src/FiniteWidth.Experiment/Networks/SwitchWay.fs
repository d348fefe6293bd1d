namespace FiniteWidth.Experiment

open System
open FiniteWidth.Numerics

/// The way of a cluster's first readout z between an idle value and a specialised one: z goes from node to node, and at each node a
/// trajectory moves what else there is. A tilt, gone at both ends, makes the unit take the targets' side, which it would choose by chance
/// where z is small.
[<Sealed>]
type internal SwitchWay(bath: UnitBath, typicalFeature: float) =

    static let nodes = 80
    // z = s^exponent with s in equal steps.
    static let exponent = 1.5
    // Of a trajectory, in time; its step is this part of the network's own, give or take.
    static let time = 1.2
    static let caution = 0.9
    static let least, jitter = 0.5, 0.6
    static let mostSteps = 60
    // Every so many nodes weights along minor directions move too.
    static let every = 8
    // What a unit along the targets feels of the tilt at its steepest, and where that is on the way.
    static let strongest = 8.0
    static let summit = 0.25
    // Ways on which more work than this is done, seen from either end, are given up.
    static let mostWork = 30.0

    let steepest =
        strongest
        / (typicalFeature
           * sqrt (
               float bath.Targets.Length
               * VectorArithmetic.Dot(ReadOnlySpan bath.Targets, ReadOnlySpan bath.Targets)
           ))

    let tiltAt fraction =
        steepest
        * (if fraction < summit then
               fraction / summit
           else
               (1.0 - fraction) / (1.0 - summit))

    let signedPower power (x: float) = float (sign x) * (abs x) ** power

    let readoutAt idle specialised fraction =
        let a = signedPower (1.0 / exponent) idle
        let b = signedPower (1.0 / exponent) specialised
        signedPower exponent (a + fraction * (b - a))

    static let steps step =
        max 1 (int (Math.Round(time / (caution * step))))

    /// Steps of a whole way where the network's own step is this long; none where the way would be too long, as in a warm-up's first
    /// iterations.
    static member Steps step =
        let perNode = steps step

        if perNode <= mostSteps then
            ValueSome(nodes * perNode)
        else
            ValueNone

    /// The part of the steps that moves all directions.
    static member WholeShare = 1.0 / float every

    /// Leads the readout from one end to the other, up to the specialised value or down from it. Takes the velocities of the cluster's
    /// coordinates and the network's step. Returns the work, the fall of the log density that changes of z and of the tilt make in all, which
    /// is infinite where the way is given up.
    member _.Lead(cluster: UnitCluster, scales, step, rises, idle, specialised, stream: RandomStream) =
        let narrow = cluster.Narrow scales
        let side = float (sign specialised)

        // The readout and the tilt become those of a node; returns the log density there, but for what only other coordinates enter.
        let settle node =
            let fraction = float node / float nodes
            cluster.Tilt <- side * tiltAt fraction
            let z = readoutAt idle specialised fraction
            cluster.Readout <- z
            cluster.LogLikelihood - 0.5 * z * z

        let stir node density =
            let stream = stream.Split(int64 node)
            let length = caution * step * (least + jitter * (stream.Split 2L).Uniform())
            let isNarrow = cluster.HasMinor && node % every <> 0
            let half = 0.5 * cluster.Readout * cluster.Readout
            let velocities = if isNarrow then narrow else scales

            cluster.Stir(isNarrow, velocities, length, steps step, density + half, stream)
            - half

        let first, last, onwards = if rises then 0, nodes, 1 else nodes, 0, -1

        // On the way up a node is stirred after z has come there, on the way down before z leaves: one way is the other backwards.
        let rec follow node density work highest =
            if highest > mostWork || (node = last && highest - work > mostWork) then
                infinity
            elif node = last then
                work
            else
                let density = if rises then density else stir node density
                let next = node + onwards
                let moved = settle next
                let work = work + density - moved
                follow next (if rises then stir next moved else moved) work (max highest work)

        follow first (settle first) 0.0 0.0
