namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Solvers

/// The mean m of an activation over preactivations of a kernel.
type internal Mean =
    {
        Activation: Activation
        Preactivations: Kernel
    }

[<RequireQualifiedAccess>]
module internal Mean =

    /// m(x) at every row x of X.
    let at value inputs mean =
        KernelProgram.compile mean.Preactivations
        |> KernelProgram.mean value inputs mean.Activation

/// What finds a study's spectra and factors.
[<RequireQualifiedAccess>]
type internal StudySolver =
    /// This process, which holds P x P doubles.
    | Direct
    /// A Krylov space, in place of a decomposition.
    | Iterative of KrylovSolver
    /// A solver that works on the matrices wherever they are.
    | Elsewhere of IKernelSolver

/// A training set with what has been computed on it and serves again: the last eigendecomposition, the last Gram matrix,
/// the last kernel with test inputs. Sweeps over widths, priors and temperatures on one study share them.
[<Sealed>]
type Study internal (train: DataSet, fold: FoldKernel option, solver: StudySolver) =

    let local = LocalKernelSolver train.Inputs

    let mutable spectrum: (Kernel * Mean option * KernelProgram * Spectrum) option =
        None

    let mutable projection: (Spectrum * Matrix * Prediction.TestKernel) option = None

    let mutable matrix: (Kernel * KernelProgram * Matrix) option = None

    let constant symbol =
        invalidOp $"The constant kernel still holds the symbol {Latex.symbol symbol}."

    let needsMatrices =
        "The iterative solver is for theories whose order parameters scale one constant kernel (one hidden layer, homogeneous activations, the Wishart ansatz, infinite width): use the solver \"direct\" for others."

    let requireHere what =
        match solver with
        | StudySolver.Elsewhere _ ->
            raise (
                FailureException(
                    Unsupported
                        $"{what} needs the whole kernel of the training examples in one process: use the solver \"direct\"."
                )
            )
        | _ -> ()

    // K of a program on the training set, in one matrix.
    let symmetric value (program: KernelProgram) =
        let k = KernelProgram.symmetric value train.Inputs program
        KernelProgram.requireFinite k
        k

    /// A training set; what depends on it alone is computed once.
    new(train: DataSet) = Study(train, None, StudySolver.Direct)

    /// A training set whose P x P matrices a solver works on, wherever they are.
    new(train: DataSet, solver: IKernelSolver) = Study(train, None, StudySolver.Elsewhere solver)

    /// The training set.
    member _.Train = train

    /// X X^T/N0 of the training set.
    member _.Gram =
        match solver with
        | StudySolver.Iterative _ -> raise (FailureException(Unsupported needsMatrices))
        | _ ->
            requireHere "This"
            local.Gram

    /// What works on the P x P matrices of the training set.
    member _.Solver =
        match solver with
        | StudySolver.Direct -> local :> IKernelSolver
        | StudySolver.Iterative _ -> raise (FailureException(Unsupported needsMatrices))
        | StudySolver.Elsewhere solver -> solver

    /// Whether the iterative solver answers.
    member _.IsIterative =
        match solver with
        | StudySolver.Iterative _ -> true
        | _ -> false

    /// Whether this process holds the matrices of the training set.
    member _.IsDirect =
        match solver with
        | StudySolver.Direct -> true
        | _ -> false

    /// The iterative solver, where it stands in place of a decomposition.
    member internal _.Iterative =
        match solver with
        | StudySolver.Iterative solver -> Some solver
        | _ -> None

    /// Fails where no process holds the kernel that `what` needs.
    member internal _.RequireHere(what: string) = requireHere what

    /// A kernel decomposed with targets, given the symbols' values.
    member internal _.Decompose(program: KernelProgram, value, targets: Matrix) =
        match solver with
        | StudySolver.Elsewhere solver ->
            Spectrum.ofReduction (solver.Reduce(program.Pairs, KernelProgram.weights value program)) targets
        | _ -> Spectrum.decompose (symmetric value program) targets

    /// The decomposition of a kernel in which no symbol is left, with the targets Y and, where one is given, the mean of an
    /// activation as one more column of targets.
    member internal this.Spectrum(kernel: Kernel, mean: Mean option) =
        match spectrum, solver with
        | _, StudySolver.Iterative _ when mean.IsSome -> raise (FailureException(Unsupported needsMatrices))
        | _, StudySolver.Iterative solver ->
            let program, decomposition = solver.Spectrum kernel

            if not (Array.forall Double.IsFinite decomposition.TargetPower) then
                raise (FailureException Failures.beyondDoubles)

            program, decomposition
        | Some(known, knownMean, program, decomposition), _ when known = kernel && knownMean = mean ->
            program, decomposition
        | _ ->
            spectrum <- None
            projection <- None
            let program = KernelProgram.compile kernel

            let targets =
                match mean with
                | None -> train.Targets
                | Some mean ->
                    let m = Mean.at constant train.Inputs mean

                    Matrix.Create(train.Targets.Rows, 2n, fun i j -> if j = 0n then train.Targets[i, 0n] else m[int i])

            let decomposition =
                match fold with
                | Some fold ->
                    let k =
                        fold.Train(kernel, (fun inputs -> KernelProgram.symmetric constant inputs program))

                    KernelProgram.requireFinite k
                    Spectrum.decompose k targets
                | None -> this.Decompose(program, constant, targets)

            if not (Array.forall Double.IsFinite decomposition.TargetPower) then
                raise (FailureException Failures.beyondDoubles)

            spectrum <- Some(kernel, mean, program, decomposition)
            program, decomposition

    /// The matrix of a kernel in which no symbol is left, on the training set.
    member internal _.Matrix(kernel: Kernel) =
        match matrix with
        | Some(known, program, k) when known = kernel -> program, k
        | _ ->
            requireHere "This"
            matrix <- None
            let program = KernelProgram.compile kernel
            let k = symmetric constant program
            matrix <- Some(kernel, program, k)
            program, k

    /// K of a program in which no symbol is left: between training and other inputs, and K(x, x) of the latter.
    member internal _.Cross(program: KernelProgram, inputs: Matrix) =
        KernelProgram.cross constant train.Inputs inputs program, KernelProgram.diagonal constant inputs program

    /// V^T K(train, test) and the diagonal of K(test, test), for the decomposed kernel.
    member internal _.Projected(program: KernelProgram, decomposition: Spectrum, mean: Mean option, inputs: Matrix) =
        match projection, decomposition.Quadrature with
        | _, Some known when Object.ReferenceEquals(known.Inputs, inputs) -> Prediction.ofQuadrature known
        | _, Some _ ->
            raise (
                FailureException(
                    Unsupported
                        "The iterative solver predicts at the test inputs that its study was made with: make another study for other inputs."
                )
            )
        | Some(basis, known, kernel), None when
            Object.ReferenceEquals(basis, decomposition)
            && Object.ReferenceEquals(known, inputs)
            ->
            kernel
        | _ ->
            let cross, diagonal =
                match fold, spectrum with
                | Some fold, Some(kernel, _, _, known) when
                    fold.IsHeld inputs && Object.ReferenceEquals(known, decomposition)
                    ->
                    let symmetric inputs =
                        KernelProgram.symmetric constant inputs program

                    fold.Cross(kernel, symmetric), fold.Diagonal(kernel, symmetric)
                | _ ->
                    KernelProgram.cross constant train.Inputs inputs program,
                    KernelProgram.diagonal constant inputs program

            let kernel: Prediction.TestKernel =
                {
                    Cross = decomposition.Rotate cross
                    Diagonal = diagonal
                    Means = mean |> Option.map (Mean.at constant inputs) |> Option.defaultValue [||]
                    Explained = None
                }

            projection <- Some(decomposition, inputs, kernel)
            kernel
