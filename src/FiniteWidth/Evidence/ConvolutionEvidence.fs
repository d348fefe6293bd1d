namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The evidence of convolutional networks, differentiated and maximised in lambda_0 of the filters, lambda_1 of the readout and T.
///
/// With M = A^(-1) - A^(-1) y y^T A^(-1), A = T I + K_R, the derivatives of log p(y|X) are Tr(M K_R)/(2 lambda_1) in lambda_1, -(1/2) Tr M in
/// T, and in lambda_0 one sweep back through the kernel map of every pair of patches.
[<RequireQualifiedAccess>]
module ConvolutionEvidence =

    /// lambda_0, lambda_1 and T.
    let hyperparameters =
        [ Hyperparameter.Prior 0; Hyperparameter.Prior 1; Hyperparameter.Temperature ]

    let private value (network: ConvolutionalNetwork) temperature hyperparameter =
        match hyperparameter with
        | Hyperparameter.Prior 0 -> Ok network.FilterPrior
        | Hyperparameter.Prior 1 -> Ok network.ReadoutPrior
        | Hyperparameter.Temperature -> Ok temperature
        | other -> Error(BadNetwork $"The {network} has no {other}: it has lambda_0, lambda_1, T.")

    let private set (network: ConvolutionalNetwork, temperature) (hyperparameter, value) =
        let withPriors priors =
            ConvolutionalNetwork.create
                network.Activation
                network.Channels
                priors
                network.Image
                network.Patch
                network.Stride
                network.Pooling
            |> Result.map (fun changed -> changed, temperature)

        match hyperparameter with
        | Hyperparameter.Prior 0 -> withPriors (struct (value, network.ReadoutPrior))
        | Hyperparameter.Prior _ -> withPriors (struct (network.FilterPrior, value))
        | _ -> Ok(network, value)

    /// M.
    let private adjoint (posterior: Convolution) =
        let w = posterior.Conditioned.Representer
        let m = posterior.Conditioned.Factor.Clone()
        LinearAlgebra.Default.Invert m

        for i in 0 .. w.Length - 1 do
            let row = m.Row(nativeint i)

            for j in 0 .. w.Length - 1 do
                row[j] <- row[j] - w[i] * w[j]

        m

    // Tr(M dK_R/d lambda_0): the kernel map of two different patches is a block of the one of both sets of patches together.
    let private filterSlope (posterior: Convolution) (m: Matrix) =
        let network = posterior.Network
        let train = posterior.Study.Train.Inputs
        let program = ConvolutionStudy.Program network
        let weights = KernelProgram.weights ConvolutionStudy.NoSymbol program
        let weight = Convolution.weights posterior
        let p = m.Rows

        let patches = Array.init network.Patches (fun i -> Patches.ofImages network train i)

        let slope (x: Matrix) (adjoint: Matrix) =
            use gram = Matrix.Uninitialized(x.Rows, x.Rows)
            LinearAlgebra.Default.Gram(x, 1.0 / float x.Columns, gram)
            program.Pairs.Gradient(ReadOnlySpan weights, gram, adjoint) |> Array.head

        let mutable total = 0.0

        for i in 0 .. network.Patches - 1 do
            total <- total + weight i i * slope patches[i] m
            use both = Matrix.Uninitialized(2n * p, patches[i].Columns)
            use adjoint = Matrix.Zeros(2n * p, 2n * p)
            patches[i].CopyTo(both.View(0n, 0n, p, both.Columns))
            m.CopyTo(adjoint.View(p, 0n, p, p))

            for j in 0 .. i - 1 do
                patches[j].CopyTo(both.View(p, 0n, p, both.Columns))
                total <- total + weight i j * slope both adjoint

        // The program's one weight is 1/lambda_0.
        -total / (network.FilterPrior * network.FilterPrior)

    let private ofPosterior hyperparameters (posterior: Convolution) =
        use m = adjoint posterior
        let trace = Array.sum (m.Diagonal())

        let derivative hyperparameter =
            match hyperparameter with
            | Hyperparameter.Temperature -> -0.5 * trace
            | Hyperparameter.Prior 0 -> -0.5 * filterSlope posterior m
            | _ ->
                // Tr(M K_R) = Tr(M A) - T Tr M and Tr(M A) = P - y^T A^(-1) y.
                let fit = float posterior.Study.Train.Count - posterior.Conditioned.Energy
                0.5 * (fit - posterior.Temperature * trace) / posterior.Network.ReadoutPrior

        hyperparameters |> List.map derivative |> Array.ofList

    /// The derivatives d log p(y|X)/dh at the saddle point; an error where the network has no such hyperparameter.
    let gradient (hyperparameters: Hyperparameter seq) (posterior: Convolution) =
        let hyperparameters = List.ofSeq hyperparameters

        hyperparameters
        |> Result.traverse (value posterior.Network posterior.Temperature)
        |> Result.map (fun _ -> ofPosterior hyperparameters posterior)

    /// Maximises log p(y|X) over some hyperparameters in their logarithms, from the network's own values and T; the others stay.
    let fit
        (hyperparameters: Hyperparameter seq)
        (network: ConvolutionalNetwork)
        temperature
        (study: ConvolutionStudy)
        =
        result {
            let hyperparameters = List.ofSeq hyperparameters
            let! start = Evidence.start (value network temperature) temperature hyperparameters

            let solve values =
                List.zip hyperparameters values
                |> List.fold
                    (fun setting change -> setting |> Result.bind (fun known -> set known change))
                    (Ok(network, temperature))
                |> Result.bind (fun (network, temperature) -> Convolution.solve network temperature study)

            return!
                Evidence.maximise
                    Evidence.defaults
                    {
                        Hyperparameters = hyperparameters
                        Start = start
                        Targets = float study.Train.Count
                        Solve = solve
                        LogEvidence = Convolution.logEvidence
                        Gradient = ofPosterior hyperparameters
                    }
        }
