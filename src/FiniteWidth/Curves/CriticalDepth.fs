namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The criterion of the first L hidden layers of a network.
type DepthCriterion =
    {
        /// L.
        Depth: int
        /// The number of eigenvalues of K_L on the training set that are not rounding of zero.
        Rank: int
        /// Whether finite width helps at this depth.
        Criterion: Criterion
        /// The test loss at infinite width.
        Score: Score
    }

/// From which depth on infinite width has the smaller test loss.
[<RequireQualifiedAccess>]
type CriticalDepth =
    /// Finite width wins at every depth before this one, and infinite width at this one.
    | At of depth: int
    /// Finite width wins at every depth down to this one.
    | Beyond of depth: int
    /// Finite width wins at every depth before this one, where K_L has a rank below its size, and T = 0 needs its inverse.
    | Singular of depth: int * rank: int * size: int

    /// The answer in one sentence.
    member this.Message =
        match this with
        | At 1 -> "Infinite width wins from one hidden layer on."
        | At depth -> $"Finite width wins up to depth {depth - 1}, infinite width from depth {depth} on."
        | Beyond depth -> $"Finite width wins at every depth up to {depth}."
        | Singular(depth, rank, size) ->
            $"At depth {depth} the kernel of the {size} training examples has rank {rank} to rounding, and T = 0 needs its inverse: finite width wins at every depth before it. Use T > 0 to go deeper."

/// The criterion depth by depth, and what it says.
type DepthProfile =
    {
        /// From one hidden layer on, down to the network's depth or, at T = 0, to the last kernel that is not singular.
        Depths: DepthCriterion list
        /// The depth at which infinite width starts to win.
        CriticalDepth: CriticalDepth
    }

/// Depth by depth, one kernel recursion carried on: K_l = (1/lambda_l) K o [K_(l-1)].
///
/// Under the equivalent Wishart ansatz (`Theory.wishart`), which one hidden layer and homogeneous activations share with the
/// proportional theory: r, and the slope of the test loss in 1/N_L at infinite width. For other activations at depth the bias of the proportional
/// theory depends on N too: `Criterion.evaluate` gives its slope for one network.
[<RequireQualifiedAccess>]
module CriticalDepth =

    /// K_l between the training points, between them and the test points, and of every point with itself.
    type private Layer =
        {
            Train: Matrix
            Cross: Matrix
            TrainVariances: float[]
            TestVariances: float[]
        }

    // K_0.
    let private input value (train: Matrix) (test: Matrix) program =
        {
            Train = KernelProgram.symmetric value train program
            Cross = KernelProgram.cross value train test program
            TrainVariances = KernelProgram.diagonal value train program
            TestVariances = KernelProgram.diagonal value test program
        }

    let private next value (program: KernelProgram) previous =
        let weights = KernelProgram.weights value program
        let train = Matrix.Uninitialized(previous.Train.Rows, previous.Train.Columns)
        let cross = Matrix.Uninitialized(previous.Cross.Rows, previous.Cross.Columns)
        program.Pairs.SymmetricFromGram(ReadOnlySpan weights, previous.Train, train)

        program.Pairs.CrossFromGram(
            ReadOnlySpan weights,
            ReadOnlySpan previous.TrainVariances,
            ReadOnlySpan previous.TestVariances,
            previous.Cross,
            cross
        )

        {
            Train = train
            Cross = cross
            TrainVariances = program.Pairs.Diagonal(ReadOnlySpan weights, ReadOnlySpan previous.TrainVariances)
            TestVariances = program.Pairs.Diagonal(ReadOnlySpan weights, ReadOnlySpan previous.TestVariances)
        }

    let private inputProgram =
        KernelProgram.compile ((1.0 / Scalar.prior 0) * Kernel.Gram)

    // K_l of K_(l-1), which the program has where it says X X^T/N0; the bias belongs to the preactivations alone.
    let private layerProgram (network: Network) l =
        (1.0 / Scalar.prior l)
        * Kernel.dual network.Activation (Kernel.Gram |> Theory.withBias network l)
        |> KernelProgram.compile

    // sum_l N_L/N_l: how much log prod_l Qbar_l moves with 1/N_L for a unit of dW/dlog q.
    let private layersInUnits (network: Network) depth =
        let widths = network.Widths |> List.take depth |> List.map float
        widths |> List.sumBy (fun n -> List.last widths / n)

    // d<eps_g>/dlog q at q = 1, A = T I + q K: the mean moves by T k_x^T A^(-2) y and the variance by s2 - T |A^(-1) k_x|^2.
    let private elasticity temperature (factor: FormFactor) spectrum (kernel: Prediction.TestKernel) prediction labels =
        let solved (b: Matrix) =
            let copy = b.Clone()
            factor.Solve copy
            copy

        let twice = (spectrum: Spectrum).Targets |> solved |> solved
        let half = solved kernel.Cross
        let points = kernel.Diagonal.Length
        let mutable sum = 0.0

        for t in 0 .. points - 1 do
            let mutable moved = 0.0
            let mutable squared = 0.0

            for i in 0n .. half.Rows - 1n do
                moved <- moved + kernel.Cross[i, nativeint t] * twice[i, 0n]
                squared <- squared + half[i, nativeint t] * half[i, nativeint t]

            let error = (labels: Matrix)[nativeint t, 0n] - (prediction: Prediction).Mean[t, 0]

            sum <- sum + prediction.Variance[t, 0] - temperature * (2.0 * error * moved + squared)

        sum / float points

    let private evaluate temperature (split: Split) network depth layer =
        KernelProgram.requireFinite layer.Train
        let spectrum = Spectrum.decompose (layer.Train.Clone()) split.Train.Targets

        match spectrum.Form.Factor(temperature, 1.0) with
        | null -> Error(CriticalDepth.Singular(depth, spectrum.Rank, spectrum.Count))
        | _ when temperature = 0.0 && spectrum.Rank < spectrum.Count ->
            Error(CriticalDepth.Singular(depth, spectrum.Rank, spectrum.Count))
        | factor ->
            let kernel: Prediction.TestKernel =
                {
                    Cross = spectrum.Rotate(layer.Cross.Clone())
                    Diagonal = layer.TestVariances
                    Means = [||]
                    Explained = None
                }

            let prediction = Prediction.ofSpectrum temperature 1.0 spectrum kernel

            let labels = split.Test.Targets

            Ok
                {
                    Depth = depth
                    Rank = spectrum.Rank
                    Criterion =
                        {
                            R = Spectrum.quadraticForm 1.0 spectrum / float spectrum.Count
                            Slope =
                                -(layersInUnits network depth)
                                * (Spectrum.action temperature 1.0 spectrum).First
                                * elasticity temperature factor spectrum kernel prediction labels
                        }
                    Score = Prediction.score labels prediction
                }

    let private attempt temperature (split: Split) (network: Network) =
        let value = EffectiveAction.bind network [] [||]

        let rec deepen depth layer found =
            let deepest = depth - 1

            if depth > network.Depth then
                List.rev found, CriticalDepth.Beyond deepest
            else
                let layer = next value (layerProgram network depth) layer

                match evaluate temperature split network depth layer with
                | Error singular -> List.rev found, singular
                | Ok criterion -> deepen (depth + 1) layer (criterion :: found)

        let first = input value split.Train.Inputs split.Test.Inputs inputProgram

        let depths, otherwise = deepen 1 first []

        {
            Depths = depths
            CriticalDepth =
                depths
                |> List.tryFind (fun depth -> not depth.Criterion.FiniteWidthWins)
                |> Option.map (fun depth -> CriticalDepth.At depth.Depth)
                |> Option.defaultValue otherwise
        }

    /// The criterion of the first L hidden layers of a network for every L up to its depth, at temperature T on a split: one kernel map
    /// and one decomposition a layer. At T = 0 it ends where the kernel becomes singular.
    let profile temperature (split: Split) (network: Network) =
        if split.Train.Outputs > 1 then
            Error(
                Unsupported
                    $"The targets have {split.Train.Outputs} columns: the criterion is that of one output; take one column at a time."
            )
        else
            Failures.catch (fun () ->
                result {
                    do! Network.requireSequential "The criterion depth by depth" network
                    do! Posterior.checkTemperature temperature
                    return attempt temperature split network
                })
