namespace FiniteWidth

open System
open System.Collections.Generic
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Solvers

/// A kernel expression ready to be evaluated on data: the straight-line program over pairs of points, and the scalars
/// that stand in it, in the order in which the program takes their values.
type KernelProgram =
    {
        /// The program over pairs of points.
        Pairs: PairProgram
        /// What the weights of the program's terms are, as expressions.
        Weights: Scalar[]
    }

/// A program under construction: its nodes, and the scalars that their weights stand for.
[<Sealed>]
type internal KernelProgramBuilder() =

    let pairs = PairProgram.Builder()
    let weights = ResizeArray<Scalar>()

    let slot scalar =
        match weights.IndexOf scalar with
        | -1 ->
            weights.Add scalar
            weights.Count - 1
        | known -> known

    /// The nodes.
    member _.Pairs = pairs

    /// A sum of scalars times nodes.
    member _.Combine(terms: (Scalar * int) list) =
        let slots = terms |> List.map (fst >> slot) |> Array.ofList
        let arguments = terms |> List.map snd |> Array.ofList
        pairs.Combine(ReadOnlySpan slots, ReadOnlySpan arguments)

    /// The program whose value is that of a node.
    member _.Build output =
        {
            Pairs = pairs.Build output
            Weights = weights.ToArray()
        }

/// Kernel expressions compiled for whole matrices.
[<RequireQualifiedAccess>]
module KernelProgram =

    /// Compiles a kernel; a subexpression that occurs twice is computed once.
    let compile kernel =
        let builder = KernelProgramBuilder()
        let nodes = Dictionary<Kernel, int>()

        let rec node kernel =
            match nodes.TryGetValue kernel with
            | true, known -> known
            | _ ->
                let index =
                    match kernel with
                    | Kernel.Gram -> builder.Pairs.Gram()
                    | Kernel.Ones -> builder.Pairs.Ones()
                    | Kernel.Dual(activation, inner) -> builder.Pairs.Map(activation.Map, node inner)
                    | Kernel.MeanOuter(activation, inner) -> builder.Pairs.MeanOuter(activation.Map, node inner)
                    | Kernel.Scaled(scalar, inner) -> builder.Combine [ scalar, node inner ]
                    | Kernel.Sum kernels ->
                        kernels
                        |> List.map (fun term ->
                            match term with
                            | Kernel.Scaled(scalar, inner) -> scalar, node inner
                            | inner -> Scalar.one, node inner)
                        |> builder.Combine

                nodes[kernel] <- index
                index

        builder.Build(node kernel)

    /// The scalars' values, given the symbols'.
    let weights value (program: KernelProgram) =
        program.Weights |> Array.map (Scalar.evaluate value)

    /// Fails where an entry of a kernel on or below its diagonal is beyond what doubles can hold.
    let internal requireFinite (k: Matrix) = LocalKernelSolver.RequireFinite k

    let private scale (x: Matrix) = 1.0 / float x.Columns

    /// K on the rows of X: P x P, symmetric to the bit.
    let symmetric value (x: Matrix) (program: KernelProgram) =
        let k = Matrix.Uninitialized(x.Rows, x.Rows)
        program.Pairs.Symmetric(LinearAlgebra.Default, ReadOnlySpan(weights value program), x, scale x, k)
        k

    /// K between the rows of two sets of inputs; a FailureException where their numbers of features differ.
    let cross value (left: Matrix) (right: Matrix) (program: KernelProgram) =
        DataSet.requireFeatures left right
        let k = Matrix.Uninitialized(left.Rows, right.Rows)
        program.Pairs.Cross(LinearAlgebra.Default, ReadOnlySpan(weights value program), left, right, scale left, k)
        k

    /// |x|^2/N0 of every row x of X: the diagonal of X X^T/N0.
    let norms (x: Matrix) =
        Array.init (int x.Rows) (fun i ->
            let row = x.Row(nativeint i)
            let mutable sum = 0.0

            for j in 0 .. row.Length - 1 do
                sum <- sum + row[j] * row[j]

            sum / float row.Length)

    /// K(x, x) of every row x of X.
    let diagonal value (x: Matrix) (program: KernelProgram) =
        program.Pairs.Diagonal(ReadOnlySpan(weights value program), ReadOnlySpan(norms x))

    /// m(x), the mean of an activation at every row x of X, the kernel's program being that of its preactivations.
    let mean value (x: Matrix) (activation: Activation) (preactivations: KernelProgram) =
        diagonal value x preactivations |> Array.map activation.Map.Mean
