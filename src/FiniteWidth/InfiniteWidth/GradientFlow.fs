namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// Networks of infinite width, drawn from their prior and trained by gradient flow: dtheta/dt = -grad (1/2) sum_mu |y_mu - f(x_mu)|^2,
/// theta the unit normal variables behind the weights (see `NeuralTangent`). No noise, no weight decay.
///
/// The unit of t is that of the learning rate: k small steps of gradient descent with learning rate eta on that sum reach t = k eta.
///
/// Over the initialisations f is a Gaussian process at any time (Lee et al. 2019):
///
/// mean = k G y, variance = K(x,x) + k G K G k^T - 2 k G K(X,x), G = (1 - exp(-Theta t)) Theta^(-1), k = Theta(x,X).
[<Sealed>]
type GradientFlow
    internal
    (
        network: Network,
        train: DataSet,
        tangent: KernelProgram,
        initial: KernelProgram,
        eigenvalues: float[],
        eigenvectors: Matrix
    ) =

    let algebra = LinearAlgebra.Default
    let value = EffectiveAction.bind network [] [||]

    // U B, U the eigenvectors as rows.
    let rotate (b: Matrix) =
        let rotated = Matrix.Uninitialized(b.Rows, b.Columns)
        algebra.Multiply(1.0, eigenvectors, false, b, false, 0.0, rotated)
        rotated

    let targets = rotate train.Targets

    // U K U^T, the covariance of f at t = 0.
    let covariance =
        use half = KernelProgram.symmetric value train.Inputs initial |> rotate
        let k = Matrix.Uninitialized(half.Rows, half.Rows)
        algebra.Multiply(1.0, half, false, eigenvectors, true, 0.0, k)
        k

    let cross inputs program =
        use kernel = KernelProgram.cross value train.Inputs inputs program
        rotate kernel

    let mutable projection: (Matrix * GradientFlowProjection) option = None

    /// The network that is trained.
    member _.Network = network

    /// The training set.
    member _.Train = train

    /// The rates theta_1 <= ... <= theta_P at which the residuals along the eigenvectors of Theta decay; those that are rounding of zero are
    /// 0, and what lies along them is not learnt. Gradient descent is stable at learning rates below 2/theta_P.
    member _.Rates = eigenvalues

    /// U Y, P x D.
    member internal _.Targets = targets

    member internal _.Covariance = covariance

    /// Theta(X,x) and K(X,x) in the eigenbasis of Theta, and K(x,x). The last inputs' are kept, for many times.
    member internal _.Project(inputs: Matrix) =
        match projection with
        | Some(known, projected) when Object.ReferenceEquals(known, inputs) -> projected
        | _ ->
            let projected =
                {
                    Tangent = cross inputs tangent
                    Initial = cross inputs initial
                    Diagonal = KernelProgram.diagonal value inputs initial
                }

            projection <- Some(inputs, projected)
            projected

and internal GradientFlowProjection =
    {
        Tangent: Matrix
        Initial: Matrix
        Diagonal: float[]
    }

/// Networks of infinite width trained by gradient flow.
[<RequireQualifiedAccess>]
module GradientFlow =

    // Eigenvalues that are rounding of zero: a singular Theta (repeated examples, few features) is an ordinary event.
    let private withoutRounding (eigenvalues: float[]) =
        let rounding =
            Array.last eigenvalues
            * float eigenvalues.Length
            * (Math.BitIncrement 1.0 - 1.0)

        eigenvalues |> Array.map (fun theta -> if theta > rounding then theta else 0.0)

    let private solve tangentOf (train: DataSet) (network: Network) =
        Failures.catch (fun () ->
            result {
                let initial = (Theory.infiniteWidth network).Kernel |> KernelProgram.compile
                let! tangent = tangentOf network initial

                let theta =
                    KernelProgram.symmetric (EffectiveAction.bind network [] [||]) train.Inputs tangent

                KernelProgram.requireFinite theta
                let eigenvalues = LinearAlgebra.Default.Eigen theta |> withoutRounding
                return GradientFlow(network, train, tangent, initial, eigenvalues, theta)
            })

    /// All layers trained. One eigendecomposition of Theta serves every time; an activation that jumps has no Theta.
    let train (data: DataSet) (network: Network) =
        solve (fun network _ -> NeuralTangent.compile network) data network

    /// The readout alone trained, the hidden layers as drawn: Theta = K, and at t = infinity the NNGP posterior at T = 0.
    let trainReadout (data: DataSet) (network: Network) =
        solve (fun _ initial -> Ok initial) data network

    let private checkTime time =
        if not (time >= 0.0) then
            raise (
                FailureException(
                    BadData $"The training time is {time}: it is zero or positive, and infinity at the end of training."
                )
            )

    // exp(-theta t), the part of a residual that is left.
    let private remaining time rate =
        if rate = 0.0 then 1.0 else exp (-rate * time)

    // (1 - exp(-theta t))/theta.
    let private gains time (rates: float[]) =
        let exponents = rates |> Array.map (fun rate -> -rate * time)
        let learnt = Array.zeroCreate<float> rates.Length
        VectorMath.Expm1(ReadOnlySpan exponents, Span learnt)
        Array.map2 (fun rate e -> if rate = 0.0 then 0.0 else -e / rate) rates learnt

    /// The training error at time t, an average over examples, outputs and initialisations: bias + variance, O(P D).
    let trainScore time (flow: GradientFlow) =
        checkTime time
        let outputs = float flow.Train.Outputs
        let mutable bias = 0.0
        let mutable variance = 0.0

        flow.Rates
        |> Array.iteri (fun i rate ->
            let left = remaining time rate
            let row = flow.Targets.Row(nativeint i)

            for y in row do
                bias <- bias + left * left * y * y

            variance <- variance + left * left * flow.Covariance[nativeint i, nativeint i])

        let count = float flow.Train.Count

        {
            Bias = bias / (count * outputs)
            Variance = variance / count
            Loss = bias / (count * outputs) + variance / count
        }

    /// Mean and variance of f over the initialisations at time t (`infinity`: at the end of training), at the rows of `inputs`: one product of
    /// a P x P matrix with the test kernel.
    let predict time (inputs: Matrix) (flow: GradientFlow) =
        checkTime time
        let algebra = LinearAlgebra.Default
        let projection = flow.Project inputs
        let gain = gains time flow.Rates
        // W = G k^T, P x Ptest.
        use weights = projection.Tangent.Clone()

        gain
        |> Array.iteri (fun i g ->
            let row = weights.Row(nativeint i)

            for t in 0 .. row.Length - 1 do
                row[t] <- g * row[t])

        let mean = Matrix.Uninitialized(inputs.Rows, flow.Targets.Columns)
        algebra.Multiply(1.0, weights, true, flow.Targets, false, 0.0, mean)
        // K W - 2 K(X,x), whose product with W is what training adds to K(x,x).
        use change = projection.Initial.Clone()
        algebra.Multiply(1.0, flow.Covariance, false, weights, false, -2.0, change)
        let variance = Array.copy projection.Diagonal

        for i in 0n .. weights.Rows - 1n do
            let w = weights.Row i
            let c = change.Row i

            for t in 0 .. variance.Length - 1 do
                variance[t] <- variance[t] + w[t] * c[t]

        {
            Mean = mean.ToArray()
            Variance = Array2D.init variance.Length (int mean.Columns) (fun t _ -> max 0.0 variance[t])
        }

    /// Bias, variance and loss on a test set at time t, over the initialisations.
    let score time (test: DataSet) flow =
        predict time test.Inputs flow |> Prediction.score test.Targets
