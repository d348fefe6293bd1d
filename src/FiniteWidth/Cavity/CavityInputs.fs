namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// One hidden layer on data, as a single unit sees it: h = Z w with w ~ N(0, I), Z the training inputs in the coordinates of their span
/// (and a constant one where the layer has biases), scaled by the prior.
[<NoComparison; NoEquality>]
type internal CavityInputs =
    {
        Network: Network
        Train: DataSet
        Span: InputSpan
        /// Z, P x d.
        Coordinates: Matrix
        /// E[phi phi^T] of the prior, P x P.
        PriorKernel: Matrix
    }

    /// N.
    member this.Width = float (List.exactlyOne this.Network.Widths)

    /// lambda_1.
    member this.ReadoutPrior = List.last this.Network.Priors

    /// y.
    member this.Targets = DataSet.target 0 this.Train

    /// True where a unit stands for (w, v) and (-w, -v).
    member this.IsOdd = this.Network.Activation.Parity = Parity.Odd

[<RequireQualifiedAccess>]
module internal CavityInputs =

    /// Refuses other networks than one hidden layer, and several outputs.
    let requireOneLayer theory (network: Network) (train: DataSet) =
        Network.requireSequential $"The {theory}" network
        |> Result.bind (fun () ->
            if network.Depth <> 1 then
                Error(Unsupported $"The network has {network.Depth} hidden layers: the {theory} describes one.")
            elif train.Outputs > 1 then
                Error(Unsupported $"The targets have {train.Outputs} columns: the {theory} describes one output.")
            else
                Ok())

    let private scaled (network: Network) (span: InputSpan) (inputs: Matrix) =
        let scale = 1.0 / sqrt (network.Priors.Head * float inputs.Columns)
        let inside = InputSpan.coordinates inputs span

        let biases =
            network.Biases.Head |> Option.map (fun precision -> 1.0 / sqrt precision)

        Matrix.Create(
            inputs.Rows,
            inside.Columns + (if biases.IsSome then 1n else 0n),
            fun i j ->
                if j < inside.Columns then
                    scale * inside[i, j]
                else
                    biases.Value
        )

    // The kernel of f at infinite width is E[phi phi^T]/lambda_1.
    let private priorKernel (network: Network) evaluate =
        let program =
            KernelProgram.compile (Scalar.number (List.last network.Priors) * (Theory.infiniteWidth network).Kernel)

        evaluate (EffectiveAction.bind network [] [||]) program

    let create (network: Network) (train: DataSet) =
        let span = InputSpan.ofRows train.Inputs

        {
            Network = network
            Train = train
            Span = span
            Coordinates = scaled network span train.Inputs
            PriorKernel = priorKernel network (fun value program -> KernelProgram.symmetric value train.Inputs program)
        }

    /// E[phi0 phi^T] of the prior (Ptest x P) and E[phi0^2] (Ptest).
    let priorKernelAt (test: Matrix) (inputs: CavityInputs) =
        priorKernel inputs.Network (fun value program ->
            KernelProgram.cross value test inputs.Train.Inputs program, KernelProgram.diagonal value test program)

    let private norm (row: Span<float>) =
        let mutable sum = 0.0

        for x in row do
            sum <- sum + x * x

        sqrt sum

    /// What a unit sees of the training points and of these test points, whose part outside the span of the training inputs meets
    /// weights that keep their prior.
    let units (test: Matrix) (inputs: CavityInputs) =
        DataSet.requireFeatures inputs.Train.Inputs test
        let outside = InputSpan.outside test inputs.Span
        let scale = 1.0 / sqrt (inputs.Network.Priors.Head * float test.Columns)

        let deviations =
            Array.init (int test.Rows) (fun t -> scale * norm (outside.Row(nativeint t)))

        UnitInputs(
            Units.ofActivation inputs.Network.Activation,
            inputs.Coordinates,
            scaled inputs.Network inputs.Span test,
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
