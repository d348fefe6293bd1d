namespace FiniteWidth

open System
open System.Collections.Generic
open FiniteWidth.Numerics

/// What one hidden layer of width N_l adds to bias, variance and loss to first order, all other layers infinitely wide.
type LayerSlope =
    {
        /// l, from 1.
        Layer: int
        /// The derivatives with respect to 1/N_l at infinite width.
        Slope: Score
        /// The standard errors of the slopes.
        SlopeError: Score
        /// The number of units that were drawn.
        Units: int
        /// The variance over units of (log L)'(D).
        EvidenceVariance: float
    }

/// The test loss of a network to first order in its inverse width, with the hidden units as they are:
///
/// loss(N) = loss(infinity) + slope/N + O(1/N^2), N the width of the last layer, the ratios of the widths fixed.
///
/// Given the hidden layer f is a Gaussian process of kernel sum_i phi_i phi_i^T/(lambda_1 N), a mean over N independent units. With
/// D = phi phi^T/lambda_1 - K the deviation of one unit, g the loss of a Gaussian process on the test set and log L its evidence, both as
/// functions of the kernel,
///
/// slope = E[ g''(D, D)/2 + g'(D) (log L)'(D) ],
///
/// averaged over random units: none is taken for Gaussian. A theory that takes them for Gaussian has a slope of its own
/// (`Criterion.Slope`), and what that assumption costs is to first order the difference of the two over N. Of several hidden layers each adds a
/// slope of its own over its own width, its fluctuation carried through the kernel maps above it (`LowerLayer`): slope = sum_l slope_l N/N_l.
type WidthExpansion =
    {
        /// Bias, variance and loss at infinite width.
        InfiniteWidth: Score
        /// Their derivatives with respect to 1/N at infinite width.
        Slope: Score
        /// The standard errors of the slopes: units are drawn at random.
        SlopeError: Score
        /// The number of units that were drawn, of all layers together.
        Units: int
        /// The variance over units of (log L)'(D), sum_l of that of a layer times N/N_l: over N that of the log evidence of networks with random hidden layers. What the second
        /// order is to the first is of the size of this over N.
        EvidenceVariance: float
        /// What each hidden layer has of it, the first one first.
        Layers: LayerSlope list
    }

    /// The first order counts as small up to this share of the loss at infinite width.
    static member internal Small = 0.5

    /// The loss at a width to first order in its inverse; none where the first order is no longer small against the zeroth.
    member this.TryLoss(width: int) =
        let first = this.Slope.Loss / float width

        if abs first < WidthExpansion.Small * this.InfiniteWidth.Loss then
            Some(this.InfiniteWidth.Loss + first)
        else
            None

    /// How far a theory of the given slope is off at a width, to first order in its inverse: |slope - exact slope|/N. The expansion holds
    /// where this is small against the loss; where it is not, neither is what the theory leaves out.
    member this.AssumptionError(slope: float, width: int) =
        abs (slope - this.Slope.Loss) / float width

    /// The width above which a theory of the given slope is off by at most a share of the loss, to first order.
    member this.WidthFor(slope: float, share: float) =
        abs (slope - this.Slope.Loss) / (share * this.InfiniteWidth.Loss)

/// The exact first order in 1/N.
[<RequireQualifiedAccess>]
module WidthExpansion =

    /// How the slope is averaged: over at least `Least` units, then on until its standard error is below a share `Accuracy` of it, or below
    /// what at N = P is a thousandth of the loss, or until `Most` units are drawn.
    type Sampling =
        {
            /// The fewest random units.
            Least: int
            /// The most random units.
            Most: int
            /// The standard error that is asked for, as a share of the slope.
            Accuracy: float
            /// The seed of the random units.
            Seed: uint64
        }

    /// This many random hidden units, neither more nor fewer.
    let exactly units seed =
        {
            Least = units
            Most = units
            Accuracy = 0.0
            Seed = seed
        }

    // Operations that are hardly noticed, and those that an answer in seconds may take.
    let private unnoticed, private affordable = 4e9, 1e11

    // Of an element of sigma(h), in operations.
    let private element = 50.0

    // A unit's features, and all else that is computed of a unit that is computed in full.
    let private cheap (test: DataSet) (train: DataSet) =
        (2.0 * float train.Features + element) * float (train.Count + test.Count)

    let private dear (test: DataSet) (train: DataSet) =
        2.0 * float train.Count * float (train.Count + test.Count)

    // Most of the noise is in the part that needs no more than the features: the rest is computed for so many units that it costs half as much.
    let private share test train =
        min 1.0 (0.5 * cheap test train / dear test train)

    // However small a problem is: a unit of a deep network passes through dozens of entrywise products.
    let private mostUnits, private mostDeepUnits = 1e6, 2e4

    // A unit of a layer below the last, in units of `dear`.
    let private below = 12.0

    let private standardOf (network: Network) (test: DataSet) (train: DataSet) =
        let unit =
            cheap test train
            + (share test train + below * float (network.Depth - 1)) * dear test train

        {
            Least = int (Math.Clamp(unnoticed / unit, 500.0, 5000.0))
            Most = int (Math.Clamp(affordable / unit, 1000.0, (if network.Depth = 1 then mostUnits else mostDeepUnits)))
            Accuracy = 0.25
            Seed = 1UL
        }

    /// As many units as are hardly noticed, and where the slope is not known to a quarter then, as many as an answer in seconds allows; of one hidden
    /// layer.
    let standard (test: DataSet) (train: DataSet) =
        standardOf (Network.dense Activation.linear [ 1 ]) test train

    // Units that are drawn at a time: enough for matrix products at full speed, few enough for memory, and an equal share of the least number.
    let private block least (test: DataSet) (train: DataSet) =
        let most = Math.Clamp(32_000_000 / (train.Count + test.Count), 64, 1024)
        let blocks = ceil (float least / float most)
        int (ceil (float least / max 1.0 blocks)) |> max 64

    // Deeper networks have lower layers in which a unit's change has passed through that many maps.
    let private deepest = 4

    let private requireShallow (network: Network) =
        Network.requireSequential "The expansion in 1/N" network
        |> Result.bind (fun () ->
            if network.Depth <= deepest then
                Ok()
            else
                Error(
                    Unsupported
                        $"The network has {network.Depth} hidden layers: the expansion in 1/N is computed of at most {deepest}."
                ))

    // P x P matrices that stand at once where a layer lies below the last: measured.
    let private lowerMatrices = 36.0

    let private requireRoom (network: Network) (train: DataSet) =
        let needed = lowerMatrices * 8.0 * float train.Count ** 2.0
        let available = float (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)

        if network.Depth > 1 && needed > available then
            Error(
                Unsupported
                    $"The expansion in 1/N of several hidden layers needs about {needed / 1e9:F0} GB of memory for {train.Count} examples, and this process may have {available / 1e9:F0} GB."
            )
        else
            Ok()

    let private covariance (x: ResizeArray<float>) (y: ResizeArray<float>) =
        let meanX, meanY = Seq.average x, Seq.average y
        let mutable sum = 0.0

        for i in 0 .. x.Count - 1 do
            sum <- sum + (x[i] - meanX) * (y[i] - meanY)

        sum / float (x.Count - 1)

    /// The sum of two means, one over all units and one over some of them, for which the first is known too, with its standard error.
    let private sum (all: ResizeArray<float>) (ofSome: ResizeArray<float>) (some: ResizeArray<float>) =
        let n, m = float all.Count, float some.Count

        let variance =
            covariance all all / n
            + covariance some some / m
            + 2.0 * covariance ofSome some / n

        Seq.average all + Seq.average some, sqrt (max 0.0 variance)

    // Of a mean.
    let private errorOf (values: ResizeArray<float>) =
        sqrt (covariance values values / float values.Count)

    // Draws blocks of units until the slope that is known by then, with its error, is accurate enough.
    let private drawUntil sampling negligible most draw (slope: unit -> struct (float * float)) =
        let isEnough () =
            let struct (slope, error) = slope ()
            // What is beyond doubles stays there, however many units follow.
            not (Double.IsFinite slope && Double.IsFinite error)
            || error <= max (sampling.Accuracy * abs slope) negligible

        let rec go index drawn =
            let count = min most (sampling.Most - drawn)
            draw index count
            let drawn = drawn + count

            if drawn < sampling.Most && (drawn < sampling.Least || not (isEnough ())) then
                go (index + 1) drawn
            else
                drawn

        go 0 0

    let private topLayer
        sampling
        negligible
        (network: Network)
        (gp: TopLayer.Process)
        (test: DataSet)
        (train: DataSet)
        =
        let gaussianBias, gaussianVariance = TopLayer.gaussian gp
        let units = LayerUnits.create network network.Depth train.Inputs test.Inputs
        let scale = 1.0 / sqrt (List.last network.Priors)
        let stream = RandomStream.FromSeed sampling.Seed
        let share = share test train

        // The cubic part of all units, and of those that are computed in full; the rest of these.
        let all, ofSome = ResizeArray<float>(), ResizeArray<float>()
        let bias, variance = ResizeArray<float>(), ResizeArray<float>()
        let both, evidence = ResizeArray<float>(), ResizeArray<float>()

        let draw (index: int) count =
            let struct (phi, phi0) = units (stream.Split(int64 index)) count
            use phi = phi
            use phi0 = phi0
            let p, eq = TopLayer.projections scale gp phi phi0
            let cubic = TopLayer.cubic gp p eq
            let chosen = min count (max 2 (int (share * float count)))
            let biases, variances, evidences = TopLayer.full chosen scale gp p eq phi phi0
            all.AddRange cubic
            ofSome.AddRange(Array.truncate chosen cubic)
            bias.AddRange biases
            variance.AddRange variances
            both.AddRange(Array.map2 (+) biases variances)
            evidence.AddRange evidences

        let slope () =
            let loss, error = sum all ofSome both
            struct (gaussianBias + gaussianVariance + loss, error)

        let drawn =
            drawUntil sampling negligible (block sampling.Least test train) draw slope

        let struct (loss, lossError) = slope ()
        let biasSlope, biasError = sum all ofSome bias

        {
            Layer = network.Depth
            Slope =
                {
                    Loss = loss
                    Bias = gaussianBias + biasSlope
                    Variance = gaussianVariance + Seq.average variance
                }
            SlopeError =
                {
                    Loss = lossError
                    Bias = biasError
                    Variance = errorOf variance
                }
            Units = drawn
            EvidenceVariance = covariance evidence evidence
        }

    let private lowerLayer sampling negligible (network: Network) solved (test: DataSet) (train: DataSet) layer =
        let lower = LowerLayer(network, layer, solved, train.Inputs, test.Inputs)
        let stream = RandomStream.FromSeed(sampling.Seed).Split(int64 -layer)
        let bias, variance = ResizeArray<float>(), ResizeArray<float>()
        let both, evidence = ResizeArray<float>(), ResizeArray<float>()
        let curvedBias, curvedVariance = ResizeArray<float>(), ResizeArray<float>()
        let curved = ResizeArray<float>()

        let draw (index: int) count =
            let slopes = lower.Draw (stream.Split(int64 index)) count
            bias.AddRange slopes.Bias
            variance.AddRange slopes.Variance
            both.AddRange(Array.map2 (+) slopes.Bias slopes.Variance)
            evidence.AddRange slopes.Evidence
            curvedBias.AddRange slopes.CurvatureBias
            curvedVariance.AddRange slopes.CurvatureVariance
            curved.AddRange(Array.map2 (+) slopes.CurvatureBias slopes.CurvatureVariance)

        let slope (first: ResizeArray<float>) (second: ResizeArray<float>) =
            struct (Seq.average first + Seq.average second, sqrt (errorOf first ** 2.0 + errorOf second ** 2.0))

        let drawn =
            drawUntil sampling negligible (block sampling.Least test train) draw (fun () -> slope both curved)

        let parts f =
            {
                Loss = f (slope both curved)
                Bias = f (slope bias curvedBias)
                Variance = f (slope variance curvedVariance)
            }

        {
            Layer = layer
            Slope = parts (fun struct (value, _) -> value)
            SlopeError = parts (fun struct (_, error) -> error)
            Units = drawn
            EvidenceVariance = covariance evidence evidence
        }

    // The same process in the coordinates of the examples.
    let private inExamples temperature scale program (gp: TopLayer.Process) (train: DataSet) : SolvedProcess =
        let constant symbol =
            invalidOp $"The constant kernel still holds the symbol {Latex.symbol symbol}."

        let inverse = KernelProgram.symmetric constant train.Inputs program

        for i in 0n .. inverse.Rows - 1n do
            let row = inverse.Row i

            for j in 0 .. row.Length - 1 do
                row[j] <- scale * row[j]

            inverse[i, i] <- inverse[i, i] + temperature

        if LinearAlgebra.Default.Cholesky inverse <> 0n then
            raise (FailureException(Failures.singular temperature gp.Spectrum.Rank gp.Spectrum.Count))

        LinearAlgebra.Default.Invert inverse

        {
            Inverse = inverse
            Representer = gp.Representer
            Weights = gp.Spectrum.RotateBack(gp.Weights.Clone())
            Errors = gp.Errors
        }

    // The slopes of all layers, whose widths are of no account.
    let private layers sampling (network: Network) temperature (test: DataSet) (study: Study) =
        result {
            do! requireShallow network
            do! requireRoom network study.Train
            // It refuses what no Gaussian process is: a temperature below zero, a kernel that is singular at T = 0.
            let! posterior = Posterior.solve Theory.infiniteWidth network temperature study
            let infinite = Posterior.score test posterior
            let train = study.Train

            if sampling.Most < 2 then
                return! Error(BadData $"The number of random hidden units is {sampling.Most}: at least two are needed.")
            else
                let scale, program, spectrum =
                    Posterior.constantKernel study network (Theory.infiniteWidth network).Kernel

                let! gp = TopLayer.prepare temperature scale program spectrum study test
                let negligible = 1e-3 * float train.Count * infinite.Loss

                let below =
                    if network.Depth = 1 then
                        []
                    else
                        study.RequireHere "The exact first order in 1/N of several hidden layers"
                        let solved = inExamples temperature scale program gp train

                        [
                            for layer in 1 .. network.Depth - 1 ->
                                lowerLayer sampling negligible network solved test train layer
                        ]

                let layers = below @ [ topLayer sampling negligible network gp test train ]

                if
                    layers
                    |> List.forall (fun layer ->
                        Double.IsFinite layer.Slope.Loss && Double.IsFinite layer.SlopeError.Loss)
                then
                    return infinite, layers
                else
                    return!
                        Error(
                            Inaccurate
                                $"The expansion in 1/N of the {network} at T = {temperature} is beyond what doubles can hold: rescale the inputs, the targets or the priors."
                        )
        }

    /// The expansion at the ratios of a network's widths.
    let private atWidths (network: Network) (infinite: Score, layers: LayerSlope list) =
        let last = float (List.last network.Widths)

        let terms =
            List.map2 (fun width (layer: LayerSlope) -> last / float width, layer) network.Widths layers

        let parts f =
            {
                Loss = f _.Loss
                Bias = f _.Bias
                Variance = f (fun (score: Score) -> score.Variance)
            }

        {
            InfiniteWidth = infinite
            Slope = parts (fun part -> terms |> List.sumBy (fun (ratio, layer) -> ratio * part layer.Slope))
            SlopeError =
                parts (fun part ->
                    terms
                    |> List.sumBy (fun (ratio, layer) -> (ratio * part layer.SlopeError) ** 2.0)
                    |> sqrt)
            Units = layers |> List.sumBy _.Units
            EvidenceVariance = terms |> List.sumBy (fun (ratio, layer) -> ratio * layer.EvidenceVariance)
            Layers = layers
        }

    let private solveLayers sampling network temperature test study =
        Failures.catch (fun () -> layers sampling network temperature test study)

    /// The expansion for a network of up to four hidden layers at temperature T, on a study's training set and a test set; of its widths the ratios alone
    /// are of account.
    let solveWith sampling network temperature test study =
        solveLayers sampling network temperature test study
        |> Result.map (atWidths network)

    /// The expansion with the standard number of units.
    let solve network temperature test (study: Study) =
        solveWith (standardOf network test study.Train) network temperature test study

    /// In place of a `solver`, where the expansion is not wanted.
    let leftOut (_: Network) (_: float) : Result<WidthExpansion, Failure> =
        Error(Unsupported "The expansion in 1/N was not asked for.")

    /// `solver` with the random units of another seed than 1.
    let solverFrom (seed: uint64) test (study: Study) =
        let known = Dictionary<Network * float, Result<Score * LayerSlope list, Failure>>()

        fun network temperature ->
            let key = Network.withWidth 1 network, temperature

            let layers =
                match known.TryGetValue key with
                | true, layers -> layers
                | _ ->
                    let sampling =
                        { standardOf network test study.Train with
                            Seed = seed
                        }

                    let layers = solveLayers sampling network temperature test study
                    known.Add(key, layers)
                    layers

            layers |> Result.map (atWidths network)

    /// `solve` that keeps what it has found: the slopes of the layers are the same at every width.
    let solver test study = solverFrom 1UL test study
