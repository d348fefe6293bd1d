namespace FiniteWidth

open System
open System.Threading.Tasks
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Solvers

/// How many eigenvalues nodes stand for as one random vector sees it: those from the node `First` on.
type internal Probe = { First: int; Weights: float[] }

/// What is known of a kernel by a quadrature of its spectrum in a Krylov space, instead of by its P eigenvalues.
[<NoComparison; NoEquality>]
type internal Quadrature =
    {
        /// P.
        Count: int
        /// How many eigenvalues each node stands for, the mean of the probes; the sum is P.
        Weights: float[]
        /// The probes one by one: their scatter is the standard error of a trace.
        Probes: Probe[]
        /// The test inputs that the space was made for.
        Inputs: Matrix
        /// K(train, test) in the basis, a row a node.
        Cross: Matrix
        /// K(x, x) of the test inputs.
        Diagonal: float[]
        /// k_x^T (T I + s K)^(-1) k_x of every test input, of T and s.
        Explained: float -> float -> float[]
        /// The spectral norm of what rounding adds to K.
        Rounding: float
        /// The number of products of K with a block.
        Steps: int
        /// The number of vectors that K has multiplied.
        Products: int
        /// The same by the Gauss-Radau rule, which errs to the other side.
        Bound: Spectrum option
    }

/// The kernel on the training set, K = V F V^T with V orthogonal and F a band, tridiagonal or diagonal, its eigenvalues, and the
/// targets in that basis. One such decomposition serves every multiple of the kernel: every width, readout prior and
/// temperature costs O(P) for the action and one pass over the test kernel for the predictions.
and [<Sealed>] Spectrum
    internal
    (
        eigenvalues: float[],
        targetPower: float[],
        components: Matrix,
        form: ISymmetricForm,
        targets: Matrix,
        rotate: Matrix -> Matrix,
        rotateBack: Matrix -> Matrix,
        quadrature: Quadrature option
    ) =

    /// k_1 <= ... <= k_P, none negative; of the iterative solver the nodes of a quadrature.
    member _.Eigenvalues = eigenvalues

    /// |(U Y)_i|^2, the squared component of the targets along eigenvector i, summed over the outputs.
    member _.TargetPower = targetPower

    /// U Y, P x D: the components of the targets along the eigenvectors.
    member internal _.Components = components

    /// P.
    member _.Count =
        match quadrature with
        | Some known -> known.Count
        | None -> eigenvalues.Length

    /// What a Krylov space knows of the kernel, where the iterative solver made it.
    member internal _.Quadrature = quadrature

    /// How many eigenvalues of the kernel each of `Eigenvalues` stands for.
    member internal _.Weight(i: int) =
        match quadrature with
        | Some known -> known.Weights[i]
        | None -> 1.0

    /// The trace of the kernel.
    member internal _.Trace =
        match quadrature with
        | Some known -> Array.fold2 (fun sum weight node -> sum + weight * node) 0.0 known.Weights eigenvalues
        | None -> Array.sum eigenvalues

    /// Fails where only a quadrature of the spectrum is known: `what` needs all eigenvectors.
    member internal _.RequireEigenvectors(what: string) =
        if quadrature.IsSome then
            raise (FailureException(Failures.needsEigenvectors what))

    /// D.
    member _.Outputs = int targets.Columns

    /// F, K in the basis V.
    member internal _.Form = form

    /// V^T Y, P x D.
    member internal _.Targets = targets

    /// V^T B for a matrix B of P rows, which may be overwritten.
    member internal _.Rotate b = rotate b

    /// V B for a matrix B of P rows, which may be overwritten.
    member internal _.RotateBack b = rotateBack b

    /// The same basis with the eigenvalues multiplied by a scale.
    member internal _.Scaled(scale: float) =
        Spectrum(
            eigenvalues |> Array.map (fun k -> scale * k),
            targetPower,
            components,
            form,
            targets,
            rotate,
            rotateBack,
            quadrature
        )

    /// The number of eigenvalues that are not rounding of zero; P where a quadrature alone is known.
    member _.Rank =
        let largest =
            if eigenvalues.Length = 0 then
                0.0
            else
                Array.last eigenvalues

        let rounding = largest * float eigenvalues.Length * (Math.BitIncrement 1.0 - 1.0)

        match quadrature with
        | Some known -> known.Count
        | None -> eigenvalues |> Array.sumBy (fun k -> if k > rounding then 1 else 0)

/// A kernel matrix decomposed, with the targets in its eigenvectors.
[<RequireQualifiedAccess>]
module Spectrum =

    let private powerOf (projected: Matrix) =
        Array.init (int projected.Rows) (fun i ->
            let row = projected.Row(nativeint i)
            let mutable sum = 0.0

            for d in 0 .. row.Length - 1 do
                sum <- sum + row[d] * row[d]

            sum)

    /// Subtracts 2 v v^T B/|v|^2 from B: the reflection along v.
    let private reflect (v: float[]) squared (b: Matrix) =
        let along = Array.zeroCreate<float>(int b.Columns)
        LinearAlgebra.Default.Multiply(1.0, b, true, ReadOnlySpan v, 0.0, Span along)

        Parallel.For(
            0,
            v.Length,
            fun i ->
                let factor = -2.0 * v[i] / squared
                let row = b.Row(nativeint i)

                for j in 0 .. row.Length - 1 do
                    row[j] <- row[j] + factor * along[j]
        )
        |> ignore

    // What a kernel is reduced to: F, an F that is tridiagonal with the same components of y, and what turns to its basis and back.
    [<NoComparison; NoEquality>]
    type private Reduced =
        {
            Form: ISymmetricForm
            Tridiagonal: TridiagonalMatrix
            Rotate: Matrix -> unit
            RotateBack: Matrix -> unit
        }

    // To tridiagonal form, which leaves the last axis alone.
    let private toTridiagonal (k: Matrix) =
        let algebra = LinearAlgebra.Default
        let reduction = algebra.Tridiagonalize k

        {
            Form = reduction.Form
            Tridiagonal = reduction.Form
            Rotate = fun b -> algebra.Rotate(reduction, b)
            RotateBack = fun b -> algebra.RotateBack(reduction, b)
        }

    // To a band, which leaves the first axis alone.
    let private toBand (k: Matrix) =
        let reduction = LinearAlgebra.Default.ReduceToBand k

        {
            Form = reduction.Form
            Tridiagonal = reduction.Tridiagonal
            Rotate = reduction.Rotate
            RotateBack = reduction.RotateBack
        }

    // One output: a reflection first turns y onto an axis that the reduction leaves alone. The components of y along the eigenvectors of K
    // are then those of F's along this axis: no eigenvector is formed.
    let private onAxis axis reduce (k: Matrix) (targets: Matrix) =
        let algebra = LinearAlgebra.Default
        let count = int k.Rows
        let v = Array.init count (fun i -> targets[nativeint i, 0n])
        // In units of the largest target, whose square any double can hold.
        let unit = v |> Array.fold (fun most y -> max most (abs y)) 0.0
        let unit = if unit > 0.0 then unit else 1.0

        for i in 0 .. count - 1 do
            v[i] <- v[i] / unit

        let norm = sqrt (Array.sumBy (fun y -> y * y) v)
        let last = count - 1
        let signed = if v[axis] > 0.0 then -norm else norm
        v[axis] <- v[axis] - signed
        let squared = Array.sumBy (fun a -> a * a) v

        let turn b =
            if squared > 0.0 then
                reflect v squared b

        // H K H = K - v w^T - w v^T, w = p - (p.v/|v|^2) v, p = 2 K v/|v|^2.
        if squared > 0.0 then
            let w = Array.zeroCreate<float> count
            algebra.Multiply(2.0 / squared, k, false, ReadOnlySpan v, 0.0, Span w)
            let overlap = Array.fold2 (fun sum a b -> sum + a * b) 0.0 w v / squared

            for i in 0..last do
                w[i] <- w[i] - overlap * v[i]

            Parallel.For(
                0,
                count,
                fun i ->
                    let row = k.Row(nativeint i)

                    for j in 0..i do
                        row[j] <- row[j] - v[i] * w[j] - w[i] * v[j]
            )
            |> ignore

        let reduced = reduce k
        let components = Matrix.Zeros(targets.Rows, 1n)
        components[nativeint axis, 0n] <- 1.0
        let eigenvalues = reduced.Tridiagonal.Spectrum components
        let turned = Matrix.Zeros(targets.Rows, 1n)
        turned[nativeint axis, 0n] <- signed * unit
        let power = norm * norm * unit * unit

        let along =
            Matrix.Create(targets.Rows, 1n, (fun i _ -> signed * unit * components[i, 0n]))

        Spectrum(
            eigenvalues |> Array.map (max 0.0),
            Array.init count (fun i -> components[nativeint i, 0n] * components[nativeint i, 0n] * power),
            along,
            reduced.Form,
            turned,
            (fun b ->
                turn b
                reduced.Rotate b
                b),
            (fun b ->
                reduced.RotateBack b
                turn b
                b),
            None
        )

    /// Decomposes K, which is overwritten, with its eigenvectors for the basis V.
    let internal ofEigenvectors (k: Matrix) (targets: Matrix) =
        let algebra = LinearAlgebra.Default
        let eigenvalues = algebra.Eigen k |> Array.map (max 0.0)

        let rotate back (b: Matrix) =
            let rotated = Matrix.Uninitialized(b.Rows, b.Columns)
            algebra.Multiply(1.0, k, back, b, false, 0.0, rotated)
            rotated

        let projected = rotate false targets
        let form = TridiagonalMatrix(eigenvalues, Array.zeroCreate (eigenvalues.Length - 1))
        Spectrum(eigenvalues, powerOf projected, projected, form, projected, rotate false, rotate true, None)

    /// A kernel that was reduced to tridiagonal form, with its targets.
    let internal ofReduction (reduction: IKernelReduction) (targets: Matrix) =
        let turned = targets.Clone()
        reduction.Rotate turned
        let components = turned.Clone()
        let eigenvalues = reduction.Form.Spectrum components |> Array.map (max 0.0)

        let inPlace (rotate: Matrix -> unit) b =
            rotate b
            b

        Spectrum(
            eigenvalues,
            powerOf components,
            components,
            reduction.Form,
            turned,
            inPlace reduction.Rotate,
            inPlace reduction.RotateBack,
            None
        )

    /// A kernel that is known by a quadrature: nodes, and the components of the targets at each (nodes x D).
    let internal ofQuadrature (nodes: float[]) (components: Matrix) quadrature =
        let form = TridiagonalMatrix(nodes, Array.zeroCreate (max 0 (nodes.Length - 1)))

        let none _ =
            raise (FailureException(Failures.needsEigenvectors "This"))

        Spectrum(nodes, powerOf components, components, form, components, none, none, Some quadrature)

    // From here on a band, whose reduction takes nine tenths of the time at 6,000 and six at 10,000, makes up for predictions that take w times as long.
    let private fewForBand = 5000n

    // What rotates the targets by QL costs P^2 D, eigenvectors 4 P^3 beyond the tridiagonal form and twice its room.
    let private areFew (targets: Matrix) = 4n * targets.Columns <= targets.Rows

    /// Decomposes K, which is overwritten, with the targets Y (P x D).
    let decompose (k: Matrix) (targets: Matrix) =
        if targets.Columns = 1n then
            if k.Rows >= fewForBand && LinearAlgebra.Default.ReducesToBand k.Rows then
                onAxis 0 toBand k targets
            else
                onAxis (int k.Rows - 1) toTridiagonal k targets
        elif areFew targets then
            ofReduction (LocalKernelSolver.Reduce k) targets
        else
            ofEigenvectors k targets

    /// W(s) = D log det(T I + s K) - D P log T + Tr Y^T (T I + s K)^(-1) Y and its derivatives in log s: O(P). At T = 0 the
    /// term D P log T is left out.
    let action temperature scale (spectrum: Spectrum) =
        match spectrum.Quadrature with
        | None ->
            ScaledKernelAction.At(spectrum.Eigenvalues, spectrum.TargetPower, spectrum.Outputs, temperature, scale)
        | Some known ->
            ScaledKernelAction.OfQuadrature(
                spectrum.Eigenvalues,
                known.Weights,
                spectrum.TargetPower,
                spectrum.Outputs,
                temperature,
                scale
            )

    /// dW/dT = D Tr A^(-1) - Tr Y^T A^(-2) Y of A = T I + s K, the term D P log T of W left out: O(P).
    let internal noise temperature scale (spectrum: Spectrum) =
        let outputs = float spectrum.Outputs

        let mutable sum = 0.0

        for i in 0 .. spectrum.Eigenvalues.Length - 1 do
            let total = temperature + scale * spectrum.Eigenvalues[i]
            sum <- sum + (outputs * spectrum.Weight i - spectrum.TargetPower[i] / total) / total

        sum

    /// y^T (s K)^(-1) y, summed over outputs; infinite where K is singular, not a number where a quadrature alone is known of it.
    let quadraticForm scale (spectrum: Spectrum) =
        if spectrum.Quadrature.IsSome then
            nan
        elif spectrum.Rank < spectrum.Count then
            infinity
        else
            Array.fold2 (fun sum k power -> sum + power / (scale * k)) 0.0 spectrum.Eigenvalues spectrum.TargetPower
