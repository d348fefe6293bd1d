namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// Something that must hold, with a measure of how far it is from holding.
type Law =
    {
        /// The law in a few words.
        Name: string
        /// Zero where the law holds exactly.
        Violation: unit -> float
        /// The violation that rounding, or the law's own approximation, may cause.
        Bound: float
    }

/// The laws that every activation, kernel and action obeys. Run them on your own:
/// `Laws.ofActivation 1UL myActivation |> List.filter (Law.holds >> not)`.
[<RequireQualifiedAccess>]
module Law =

    /// The law holds to its bound.
    let holds law = law.Violation() <= law.Bound

/// What every activation, kernel and action must satisfy, as values and their bounds.
[<RequireQualifiedAccess>]
module Laws =

    let private law name bound violation =
        {
            Name = name
            Violation = violation
            Bound = bound
        }

    let private gaussian (stream: RandomStream) rows columns =
        let m = Matrix.Uninitialized(nativeint rows, nativeint columns)
        stream.Normal m
        m

    let private noSymbols (symbol: Symbol) : float =
        invalidArg (nameof symbol) $"The kernel holds the symbol {Latex.symbol symbol}: substitute its value first."

    let private largestDifference (a: Matrix) (b: Matrix) =
        let mutable worst = 0.0

        for i in 0n .. a.Rows - 1n do
            for j in 0n .. a.Columns - 1n do
                worst <- max worst (abs (a[i, j] - b[i, j]))

        worst

    let private size (m: Matrix) =
        m.Diagonal() |> Array.fold (fun s d -> max s (abs d)) Double.Epsilon

    /// Laws of a kernel in which no symbol is left, on inputs X (P x N0) with P >= 2: symmetry to the bit, positivity,
    /// Cauchy-Schwarz, the diagonal, and invariance under permutations of the examples and rotations of the inputs.
    let ofKernel (stream: RandomStream) (x: Matrix) kernel =
        let program = KernelProgram.compile kernel

        let evaluate inputs =
            KernelProgram.symmetric noSymbols inputs program

        let k = lazy (evaluate x)
        let rows = int x.Rows

        // A Householder reflection of the features.
        let rotated () =
            let v = Array.zeroCreate<float>(int x.Columns)
            stream.Split(1L).Normal(Span v)
            let squared = Array.sumBy (fun a -> a * a) v
            let result = x.Clone()

            for i in 0 .. rows - 1 do
                let row = result.Row(nativeint i)
                let mutable along = 0.0

                for j in 0 .. v.Length - 1 do
                    along <- along + row[j] * v[j]

                for j in 0 .. v.Length - 1 do
                    row[j] <- row[j] - 2.0 * along * v[j] / squared

            result

        [
            law "symmetric to the bit" 0.0 (fun () ->
                let k = k.Value
                Matrix.Create(k.Rows, k.Columns, (fun i j -> k[j, i])) |> largestDifference k)
            law "no eigenvalue below zero by more than rounding" (1e-13 * float rows) (fun () ->
                let k = k.Value
                let eigenvalues = LinearAlgebra.Default.Eigenvalues(k.Clone())
                max 0.0 (-eigenvalues[0]) / size k)
            law "Cauchy-Schwarz: K_munu^2 <= K_mumu K_nunu" 1e-14 (fun () ->
                let k = k.Value
                let mutable worst = 0.0

                for i in 0n .. k.Rows - 1n do
                    for j in 0n .. i - 1n do
                        worst <- max worst ((k[i, j] * k[i, j] - k[i, i] * k[j, j]) / (size k * size k))

                worst)
            law "the diagonal alone is the matrix's diagonal" 4e-15 (fun () ->
                let diagonal = KernelProgram.diagonal noSymbols x program

                Array.map2 (fun a b -> abs (a - b)) diagonal (k.Value.Diagonal())
                |> Array.max
                |> fun d -> d / size k.Value)
            law "permuting the examples permutes the kernel" 1e-14 (fun () ->
                let order = stream.Split(2L).Permutation rows

                let permuted =
                    Matrix.Create(x.Rows, x.Columns, (fun i j -> x[nativeint order[int i], j]))
                    |> evaluate

                let k = k.Value

                Matrix.Create(k.Rows, k.Columns, (fun i j -> k[nativeint order[int i], nativeint order[int j]]))
                |> largestDifference permuted
                |> fun d -> d / size k)
            // A rotation moves c by rounding; a kernel map may magnify that by sqrt near rho = 1.
            law "rotating the inputs leaves the kernel" 1e-7 (fun () ->
                largestDifference (evaluate (rotated ())) k.Value / size k.Value)
        ]

    /// Laws of an activation's kernel map: those of a kernel, and its own parity, homogeneity, mean, Price derivatives and
    /// closed form.
    let ofActivation (stream: RandomStream) (activation: Activation) =
        let x = gaussian (stream.Split 10L) 12 7
        let dual = Kernel.dual activation Kernel.Gram
        let value = KernelProgram.symmetric noSymbols x (KernelProgram.compile dual)
        let map = activation.Map
        let variances = [ 0.05; 0.7; 3.0 ]

        let accuracy =
            match activation.Dual with
            | Dual.Closed _ -> 1e-12
            | Dual.Series accuracy -> 10.0 * accuracy

        let pairs =
            [
                for c11 in variances do
                    for c22 in variances do
                        for rho in [ -0.9; -0.3; 0.4; 0.8 ] -> c11, c22, rho * sqrt (c11 * c22)
            ]

        // One pair through the vectorised map: E[sigma sigma], and its derivatives in c12, c11, c22.
        let mapped (c11, c22, c12: float) =
            let points = map.Prepare(ReadOnlySpan [| c11; c22 |])
            let k = [| 0.0 |]
            map.Map(points, 0, points, 1, ReadOnlySpan [| c12 |], Span k)
            k[0]

        let derivatives (c11, c22, c12: float) =
            let points = map.Prepare(ReadOnlySpan [| c11; c22 |])
            let d12, d11, d22 = [| 0.0 |], [| 0.0 |], [| 0.0 |]
            map.Derivatives(points, 0, points, 1, ReadOnlySpan [| c12 |], Span d12, Span d11, Span d22)
            d12[0], d11[0], d22[0]

        let worstOver violation = pairs |> List.map violation |> List.max

        let scale (c11, c22, _) =
            sqrt (map.Variance c11 * map.Variance c22) + Double.Epsilon

        // Relative to K: fourth-order differences, their step a small part of the smaller variance.
        let differences pair =
            let c11, c22, c12 = pair
            let h = 1e-3 * min c11 c22

            let slope at =
                let centred k =
                    (mapped (at (k * h)) - mapped (at (-k * h))) / (2.0 * k)

                (4.0 * centred 1.0 - centred 2.0) / 3.0

            let d12, d11, d22 = derivatives pair

            [
                h * d12 - slope (fun d -> c11, c22, c12 + d)
                h * d11 - slope (fun d -> c11 + d, c22, c12)
                h * d22 - slope (fun d -> c11, c22 + d, c12)
            ]
            |> List.map abs
            |> List.max
            |> fun worst -> worst / scale pair

        ofKernel stream x dual
        @ [
            law "E[sigma]^2 <= E[sigma^2]" 1e-12 (fun () ->
                variances
                |> List.map (fun c -> (map.Mean c * map.Mean c - map.Variance c) / (map.Variance c + Double.Epsilon))
                |> List.max)
            law "Price's derivatives are the differences" (max 1e-11 accuracy) (fun () -> worstOver differences)
            match activation.Dual with
            | Dual.Closed expression ->
                law "the vectorised map is the closed form" 1e-13 (fun () ->
                    worstOver (fun pair ->
                        let c11, c22, c12 = pair

                        let exact =
                            expression
                            |> Scalar.evaluate (fun symbol ->
                                match symbol with
                                | Symbol.Variance 1 -> c11
                                | Symbol.Variance _ -> c22
                                | _ -> c12)

                        abs (mapped pair - exact) / scale pair))
            | Dual.Series _ -> ()
            match activation.Degree with
            | Some degree ->
                law "homogeneous: K o [q C] = q^k K o [C]" 1e-12 (fun () ->
                    let scaled = Kernel.dual activation (Scalar.number 2.5 * Kernel.Gram)
                    // Without simplification, which would use the law.
                    let k = KernelProgram.symmetric noSymbols x (KernelProgram.compile scaled)

                    let expected =
                        Matrix.Create(value.Rows, value.Columns, (fun i j -> 2.5 ** degree * value[i, j]))

                    largestDifference k expected / size expected)
            | None -> ()
            match activation.Parity with
            | Parity.Odd ->
                law "odd: no mean, and K(-x, x') = -K(x, x')" accuracy (fun () ->
                    let means =
                        variances
                        |> List.map (fun c -> abs (map.Mean c) / sqrt (map.Variance c))
                        |> List.max

                    let reflection =
                        worstOver (fun (c11, c22, c12) ->
                            abs (mapped (c11, c22, c12) + mapped (c11, c22, -c12)) / scale (c11, c22, c12))

                    max means reflection)
            | Parity.Even ->
                law "even: K(-x, x') = K(x, x')" accuracy (fun () ->
                    worstOver (fun (c11, c22, c12) ->
                        abs (mapped (c11, c22, c12) - mapped (c11, c22, -c12)) / scale (c11, c22, c12)))
            | Parity.Neither -> ()
        ]

    /// Laws of an effective action at some order parameters: its gradient and Hessian are the differences.
    let ofEffectiveAction (theta: float[]) (action: EffectiveAction) =
        let along l h =
            Array.mapi (fun i t -> if i = l then t * (1.0 + h) else t) theta

        // Fourth-order differences in log theta.
        let slope (f: float[] -> float) l =
            let h = 1e-3

            let centred k =
                (f (along l (k * h)) - f (along l (-k * h))) / (2.0 * k * h)

            (4.0 * centred 1.0 - centred 2.0) / 3.0

        [
            law "the gradient is the differences" 1e-8 (fun () ->
                let gradient, sizes = action.Gradient theta, action.Sizes theta

                theta
                |> Array.mapi (fun l t -> abs (gradient[l] * t - slope action.Value l) / sizes[l])
                |> Array.max)
            match action.Hessian with
            | Some hessian ->
                law "the Hessian is the differences of the gradient" 1e-8 (fun () ->
                    let h, sizes = hessian theta, action.Sizes theta

                    [
                        for l in 0 .. theta.Length - 1 do
                            for m in 0 .. theta.Length - 1 ->
                                abs (h[m, l] * theta[l] - slope (fun t -> (action.Gradient t)[m]) l) * theta[m]
                                / sizes[m]
                    ]
                    |> List.max)
            | None -> ()
        ]

    /// Laws of a theory on data: far wider than P it becomes the infinite-width theory.
    let ofTheory (theory: Theory) temperature (data: DataSet) network =
        [
            law "infinite width: every Qbar goes to 1, every Q to 0, as 1/N" 1e-4 (fun () ->
                let wide = Network.withWidth (10_000_000 * data.Count) network

                let posterior =
                    Study data |> Posterior.solve theory wide temperature |> Result.orFail

                (posterior.OrderParameters, EffectiveAction.atInfiniteWidth posterior.Model.OrderParameters)
                ||> Array.map2 (fun q infinite -> abs (q - infinite))
                |> Array.max)
        ]
