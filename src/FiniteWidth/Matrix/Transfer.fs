namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// Two tasks: their training sets have the same number of features.
type TaskPair =
    {
        /// The first task.
        First: DataSet
        /// The second task.
        Second: DataSet
    }

/// Two networks of one hidden layer, one a task, whose first-layer weights are coupled by their prior:
///
/// Lambda = [[lambda_0, -gamma/2], [-gamma/2, lambda_0]], positive where |gamma| < 2 lambda_0.
///
/// Both have the activation, width N_1 and priors of `Network`; a positive gamma draws the two networks together.
[<Sealed>]
type CoupledNetworks private (network: Network, coupling: float) =

    /// sigma, N_1, lambda_0 and lambda_1.
    member _.Network = network

    /// gamma.
    member _.Coupling = coupling

    /// Lambda^(-1), 2 x 2.
    member _.Covariance =
        let lambda = network.Priors.Head
        let determinant = lambda * lambda - coupling * coupling / 4.0
        Array2D.init 2 2 (fun a b -> (if a = b then lambda else coupling / 2.0) / determinant)

    /// Equal networks with equal couplings are equal.
    override _.Equals other =
        match other with
        | :? CoupledNetworks as that -> network = that.Network && coupling = that.Coupling
        | _ -> false

    override _.GetHashCode() = hash (network, coupling)

    static member internal Unchecked(network, coupling) = CoupledNetworks(network, coupling)

/// Two networks that share a prior, checked.
[<RequireQualifiedAccess>]
module CoupledNetworks =

    /// Two networks coupled by gamma, |gamma| < 2 lambda_0, of one hidden layer without biases and skip connections.
    let create (network: Network) (coupling: float) =
        let lambda = network.Priors.Head

        if
            network.Depth <> 1
            || Option.isSome network.Biases.Head
            || network.Wiring <> Wiring.Sequential
        then
            Error(
                Unsupported
                    "The theory of transfer takes networks of one hidden layer without biases and skip connections."
            )
        elif abs coupling < 2.0 * lambda then
            Ok(CoupledNetworks.Unchecked(network, coupling))
        else
            Error(
                BadNetwork
                    $"The coupling gamma is {coupling}: the prior is positive where |gamma| < 2 lambda_0 = {2.0 * lambda}."
            )

/// Two coupled networks solved on their tasks.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type Transfer
    internal
    (
        tasks: TaskPair,
        networks: CoupledNetworks,
        temperature: float,
        action: MatrixAction,
        saddlePoint: MatrixSaddlePoint,
        conditioned: KernelSum.Conditioned
    ) =

    /// The two training sets.
    member _.Tasks = tasks
    /// The two networks.
    member _.Networks = networks
    /// T.
    member _.Temperature = temperature
    /// The order parameters at which the action is stationary.
    member _.SaddlePoint = saddlePoint

    /// The action that was solved.
    member _.Action = action

    /// Qbar at the saddle point, 2 x 2.
    member _.OrderParameter = saddlePoint.Chosen.OrderParameter

    member internal _.Conditioned = conditioned

    interface IDisplayed with
        member _.Display =
            saddlePoint.Display
                $"Posterior of two coupled networks at T = {Display.number temperature}, P = {tasks.First.Count} and {tasks.Second.Count}"

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Transfer between two tasks (theory section 9). C_ab = (Lambda^(-1))_ab X_a X_b^T/N0 on the joined data, K_ab its kernel map,
///
/// K_R has blocks Qbar_ab K_ab/lambda_1,
/// S = Tr Qbar - 2 - log det Qbar + (1/N_1) [ log det(I + beta K_R) + y^T (T I + K_R)^(-1) y ].
[<RequireQualifiedAccess>]
module Transfer =

    // The two networks' preactivations differ in covariance by Lambda^(-1) alone. Scaling the inputs by (Lambda^(-1)_aa)^(1/2),
    // the same for both, leaves a factor rho = Lambda^(-1)_12/Lambda^(-1)_11 in the covariance between the tasks.
    let private kernelBetween (networks: CoupledNetworks) (a: int, x: Matrix) (b: int, z: Matrix) =
        let covariance = networks.Covariance

        let program =
            KernelProgram.compile (Kernel.dual networks.Network.Activation Kernel.Gram)

        let features = float x.Columns

        let variances (m: Matrix) =
            KernelProgram.norms m |> Array.map (fun norm -> covariance[0, 0] * norm)

        let k = Matrix.Uninitialized(x.Rows, z.Rows)
        LinearAlgebra.Default.Multiply(covariance[a, b] / features, x, false, z, true, 0.0, k)

        program.Pairs.CrossFromGram(
            ReadOnlySpan(KernelProgram.weights ConvolutionStudy.NoSymbol program),
            ReadOnlySpan(variances x),
            ReadOnlySpan(variances z),
            k,
            k
        )

        k

    // K_aa of a set with itself, symmetric to the bit.
    let private kernelWithin (networks: CoupledNetworks) (x: Matrix) =
        Kernel.dual networks.Network.Activation (Scalar.number networks.Covariance[0, 0] * Kernel.Gram)
        |> KernelProgram.compile
        |> KernelProgram.symmetric ConvolutionStudy.NoSymbol x

    let private kernels networks (tasks: TaskPair) =
        let first, second = tasks.First.Inputs, tasks.Second.Inputs
        let p1 = tasks.First.Count
        let size = p1 + tasks.Second.Count
        let sum = KernelSum.Zero(2, size)
        use within = kernelWithin networks first
        sum.Set(0, 0, 0, 0, within)
        use within = kernelWithin networks second
        sum.Set(1, 1, p1, p1, within)
        use between = kernelBetween networks (1, second) (0, first)
        sum.Set(1, 0, p1, 0, between)
        sum

    let private joinedTargets (tasks: TaskPair) =
        Array.append (DataSet.target 0 tasks.First) (DataSet.target 0 tasks.Second)

    // Examples of different tasks differ, whatever their inputs: the task is one more.
    let private stacked (tasks: TaskPair) =
        let first, second = tasks.First.Inputs, tasks.Second.Inputs

        Matrix.Create(
            first.Rows + second.Rows,
            first.Columns + 1n,
            fun i j ->
                if j = first.Columns then
                    (if i < first.Rows then 0.0 else 1.0)
                elif i < first.Rows then
                    first[i, j]
                else
                    second[i - first.Rows, j]
        )

    let private check (tasks: TaskPair) temperature =
        if tasks.First.Features <> tasks.Second.Features then
            Error(
                BadData
                    $"The first task has {tasks.First.Features} features and the second {tasks.Second.Features}: they must have the same."
            )
        elif tasks.First.Outputs <> 1 || tasks.Second.Outputs <> 1 then
            Error(
                Unsupported
                    $"The tasks have {tasks.First.Outputs} and {tasks.Second.Outputs} columns of targets: the theory of transfer describes one output a task."
            )
        else
            Posterior.checkTemperature temperature

    /// Solves the theory for two coupled networks at temperature T on their tasks.
    let solve (networks: CoupledNetworks) temperature (tasks: TaskPair) =
        Failures.catch (fun () ->
            result {
                do! check tasks temperature
                let sum = kernels networks tasks
                let y = joinedTargets tasks
                let targets = Matrix.FromArray(nativeint y.Length, 1n, ReadOnlySpan y)
                let spectrum = KernelSum.spectrum targets sum

                let joined = DataSet.Unchecked(stacked tasks, targets)
                do! KernelChecks.checkRank temperature joined spectrum

                let scale = 1.0 / networks.Network.Priors[1]

                let action =
                    KernelSum.action (float networks.Network.Widths.Head) temperature scale targets sum spectrum

                let! saddlePoint =
                    MatrixSaddle.solve SaddlePoint.defaults action
                    |> KernelChecks.orLost temperature scale spectrum

                do! MatrixSaddle.requireFinite saddlePoint
                let q = Matrix.FromArray saddlePoint.Chosen.OrderParameter

                match KernelSum.condition temperature scale y sum q with
                | Some conditioned when KernelSum.isLost temperature conditioned ->
                    return! Error(Failures.lost temperature)
                | Some conditioned -> return Transfer(tasks, networks, temperature, action, saddlePoint, conditioned)
                | None -> return! Error(Failures.singular temperature spectrum.Rank spectrum.Count)
            })

    let private predict task (inputs: Matrix) (posterior: Transfer) =
        let tasks, networks = posterior.Tasks, posterior.Networks
        DataSet.requireFeatures tasks.First.Inputs inputs
        let q = posterior.OrderParameter
        let lambda = networks.Network.Priors[1]
        let p1 = nativeint tasks.First.Count

        use cross = Matrix.Uninitialized(p1 + tasks.Second.Inputs.Rows, inputs.Rows)

        for a, start, data in [ 0, 0n, tasks.First; 1, p1, tasks.Second ] do
            use block = kernelBetween networks (a, data.Inputs) (task, inputs)

            for mu in 0n .. block.Rows - 1n do
                let row = cross.Row(start + mu)
                let from = block.Row mu

                for t in 0 .. row.Length - 1 do
                    row[t] <- q[a, task] / lambda * from[t]

        let diagonal =
            KernelProgram.norms inputs
            |> Array.map (fun norm ->
                q[task, task] / lambda
                * networks.Network.Activation.Map.Variance(networks.Covariance[0, 0] * norm))

        KernelSum.predict posterior.Conditioned cross diagonal

    /// The predictive mean and variance of the first task's network at the rows of `inputs`.
    let predictFirst inputs posterior = predict 0 inputs posterior

    /// The predictive mean and variance of the second task's network at the rows of `inputs`.
    let predictSecond inputs posterior = predict 1 inputs posterior

    /// Bias, variance and loss of the first task's network on a test set.
    let scoreFirst (test: DataSet) posterior =
        predictFirst test.Inputs posterior |> Prediction.score test.Targets

    /// Bias, variance and loss of the second task's network on a test set.
    let scoreSecond (test: DataSet) posterior =
        predictSecond test.Inputs posterior |> Prediction.score test.Targets

    /// log p(y_1, y_2|X_1, X_2); at T = 0 the density of the targets themselves.
    let logEvidence (posterior: Transfer) =
        KernelSum.logEvidence
            (posterior.Tasks.First.Count + posterior.Tasks.Second.Count)
            (float posterior.Networks.Network.Widths.Head)
            posterior.Temperature
            posterior.SaddlePoint
