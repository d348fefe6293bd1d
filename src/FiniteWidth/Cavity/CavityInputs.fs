namespace FiniteWidth

open System
open FiniteWidth.Differentiation
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// The last hidden layer on data, as a single unit sees it: h = Z w with w ~ N(0, I). Of one hidden layer Z are the training inputs in the
/// coordinates of their span (and a constant one where the layer has biases), scaled by the prior; of several Z Z^T is the infinite-width kernel
/// of the layers below.
[<NoComparison; NoEquality>]
type internal CavityInputs =
    {
        Network: Network
        Train: DataSet
        /// Z, P x d.
        Coordinates: Matrix
        /// Z0 and s at test points, which have Z0 w + s z with z ~ N(0, 1) for each: Ptest x d and Ptest.
        At: Matrix -> struct (Matrix * float[])
        /// E[phi phi^T] of the prior, P x P.
        PriorKernel: Matrix
        /// Input weights (N0) and bias of a unit at w, without what no training point sees of them; none where a layer lies below.
        InputWeights: (float[] -> struct (float[] * float)) option
    }

    /// N, of the last hidden layer.
    member this.Width = float (List.last this.Network.Widths)

    /// lambda_L.
    member this.ReadoutPrior = List.last this.Network.Priors

    /// y.
    member this.Targets = DataSet.target 0 this.Train

    /// True where a unit stands for (w, v) and (-w, -v).
    member this.IsOdd = this.Network.Activation.Parity = Parity.Odd

[<RequireQualifiedAccess>]
module internal CavityInputs =

    /// Refuses networks of several hidden layers.
    let requireOneLayer theory (network: Network) =
        if network.Depth <> 1 then
            Error(Unsupported $"The network has {network.Depth} hidden layers: the {theory} describes one.")
        else
            Ok()

    /// Refuses networks that are not sequential, and several outputs.
    let requireOneOutput theory (network: Network) (train: DataSet) =
        Network.requireSequential $"The {theory}" network
        |> Result.bind (fun () ->
            if train.Outputs > 1 then
                Error(Unsupported $"The targets have {train.Outputs} columns: the {theory} describes one output.")
            else
                Ok())

    // The training inputs and their part at test points, whose part outside the span of the training inputs meets weights that keep their prior.
    let private ofInputs (network: Network) (train: Matrix) =
        let span = InputSpan.ofRows train
        let scale = 1.0 / sqrt (network.Priors.Head * float train.Columns)

        let biases =
            network.Biases.Head |> Option.map (fun precision -> 1.0 / sqrt precision)

        let scaled inputs =
            let inside = InputSpan.coordinates inputs span

            Matrix.Create(
                inputs.Rows,
                inside.Columns + (if biases.IsSome then 1n else 0n),
                fun i j ->
                    if j < inside.Columns then
                        scale * inside[i, j]
                    else
                        biases.Value
            )

        let at test =
            let outside = InputSpan.outside test span

            struct (scaled test, Dense.rowInner outside outside |> Array.map (fun square -> scale * sqrt square))

        let back (w: float[]) =
            let deviation = 1.0 / sqrt network.Priors.Head
            let weights = Array.zeroCreate<float>(int train.Columns)

            LinearAlgebra.Default.Multiply(
                deviation,
                span.Directions,
                true,
                ReadOnlySpan(w, 0, span.Rank),
                0.0,
                Span weights
            )

            let bias = biases |> Option.map (fun deviation -> deviation * Array.last w)
            struct (weights, Option.defaultValue 0.0 bias)

        scaled train, at, Some back

    let private ofField (network: Network) (train: Matrix) =
        let field = LayerField(network, network.Depth, train)
        field.Train, field.At, None

    // The kernel of f at infinite width is E[phi phi^T]/lambda_1.
    let private priorKernel (network: Network) evaluate =
        let program =
            KernelProgram.compile (Scalar.number (List.last network.Priors) * (Theory.infiniteWidth network).Kernel)

        evaluate (EffectiveAction.bind network [] [||]) program

    let create (network: Network) (train: DataSet) =
        let coordinates, at, back =
            if network.Depth = 1 then
                ofInputs network train.Inputs
            else
                ofField network train.Inputs

        {
            Network = network
            Train = train
            Coordinates = coordinates
            At = at
            PriorKernel = priorKernel network (fun value program -> KernelProgram.symmetric value train.Inputs program)
            InputWeights = back
        }

    /// E[phi0 phi^T] of the prior (Ptest x P) and E[phi0^2] (Ptest).
    let priorKernelAt (test: Matrix) (inputs: CavityInputs) =
        priorKernel inputs.Network (fun value program ->
            KernelProgram.cross value test inputs.Train.Inputs program, KernelProgram.diagonal value test program)

    /// What a unit sees of the training points and of these test points.
    let units (test: Matrix) (inputs: CavityInputs) =
        DataSet.requireFeatures inputs.Train.Inputs test
        let struct (coordinates, deviations) = inputs.At test

        UnitInputs(
            Units.ofActivation inputs.Network.Activation,
            inputs.Coordinates,
            coordinates,
            ReadOnlySpan deviations
        )

    /// So many nodes of the readout up to `largest`: v_max (j/(J-1))^2.5, of both signs unless sigma is odd.
    let ladder count largest (inputs: CavityInputs) =
        let positive =
            Array.init count (fun j -> largest * (float j / float (count - 1)) ** 2.5)

        if inputs.IsOdd then
            positive
        else
            Array.append (positive |> Array.tail |> Array.rev |> Array.map (~-)) positive

    /// The nodes of a finite width. Units that share the task have readouts up to sqrt(N); where there are more units than examples, the
    /// prior's own.
    let nodes (inputs: CavityInputs) =
        let deviation = 1.0 / sqrt inputs.ReadoutPrior
        let wide = 1.3 * sqrt inputs.Width

        let largest =
            if inputs.Width >= float inputs.Train.Count then
                max (3.0 * deviation) (min wide (7.0 * deviation))
            else
                max (3.0 * deviation) wide

        ladder 20 largest inputs
