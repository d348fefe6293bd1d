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

/// A model solved on data: the saddle point, and what predicts from it.
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type Posterior
    internal
    (
        study: Study,
        network: Network,
        temperature: float,
        model: Model,
        form: PosteriorForm,
        action: EffectiveAction,
        saddlePoint: SaddlePoint,
        accuracy: IterativeAccuracy option
    ) =

    /// The network whose posterior this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature
    /// The model: kernel and entropy.
    member _.Model = model
    /// The order parameters at which the action is stationary.
    member _.SaddlePoint = saddlePoint

    /// The effective action that was solved.
    member _.EffectiveAction = action

    /// What the iterative solver's answers may be off by; none of the direct solver.
    member _.Accuracy = accuracy

    /// The order parameters at the saddle point.
    member _.OrderParameters = saddlePoint.Chosen.OrderParameters

    /// The training set.
    member _.Train = study.Train

    member internal _.Study = study
    member internal _.Form = form

    interface IDisplayed with
        member _.Display =
            {
                Title = $"Posterior of the {network} at T = {Display.number temperature}, P = {study.Train.Count}"
                Header = []
                Rows =
                    [
                        for symbol, value in
                            Array.zip (Array.ofList model.OrderParameters) saddlePoint.Chosen.OrderParameters do
                            [ (Typeset.ofSymbol symbol).Text; Display.number value ]
                        [ "action"; Display.number saddlePoint.Chosen.Action ]
                        [ "residual"; Display.number saddlePoint.Chosen.Residual ]
                        [ "other stationary points"; string saddlePoint.Others.Length ]
                    ]
            }

    override this.ToString() = (this :> IDisplayed).Display.Text

/// How the kernel's normal form lets the posterior be computed.
and [<RequireQualifiedAccess>] internal PosteriorForm =
    | Spectral of scale: Scalar * KernelProgram * Spectrum
    | Centred of covarianceScale: Scalar * meanScale: Scalar * Mean * KernelProgram * Spectrum
    | Nested of KernelProgram

/// A theory solved for data: predictions, scores and evidence.
[<RequireQualifiedAccess>]
module Posterior =

    // The share of T that the rounding of a nearly singular kernel may have: more leaves no digits.
    let private worstNoise = 1e-3

    // The same of a kernel in single precision, whose rounding is counted as a whole.
    let private worstSingle = 1e-2

    /// Whether T is lost in the rounding of a kernel with which T I + K has this condition number.
    let internal isLost condition = not (1e-16 * condition < worstNoise)

    let internal checkTemperature temperature =
        if Double.IsFinite temperature && temperature >= 0.0 then
            Ok()
        else
            Error(BadNetwork $"The temperature is {temperature}: it is zero or positive, and finite.")

    let private checkOutputs (model: Model) (train: DataSet) =
        if train.Outputs > 1 && not model.OrderParameters.IsEmpty then
            Error(
                Unsupported
                    $"The targets have {train.Outputs} columns: this theory describes one output; use infinite width, or one column at a time."
            )
        else
            Ok()

    // Their Hessian is symbolic, with as many products of as many factors.
    let private mostOrderParameters = 100

    let private checkOrderParameters (network: Network) (model: Model) =
        let count = model.OrderParameters.Length

        if count <= mostOrderParameters then
            Ok()
        else
            Error(
                Unsupported
                    $"The theory has {count} order parameters for {network.Depth} hidden layers, and a saddle point of at most {mostOrderParameters} is within reach: use infinite width, or fewer layers."
            )

    let private substituteNetwork (network: Network) symbol =
        match Network.tryValue symbol network with
        | Some value -> Scalar.number value
        | None -> Scalar.symbol symbol

    let private decompose (study: Study) (network: Network) mean kernel =
        let constant =
            kernel |> Kernel.substitute (substituteNetwork network) |> Kernel.simplify

        study.Spectrum(constant, mean)

    /// A kernel free of order parameters: the number in front of it, and what stands behind it decomposed.
    let internal constantKernel study network kernel =
        match Kernel.normalForm [] kernel with
        | NormalForm.Scaled(scale, kernel) ->
            let program, spectrum = decompose study network None kernel
            Scalar.evaluate (EffectiveAction.bind network [] [||]) scale, program, spectrum
        | NormalForm.Centred _
        | NormalForm.Nested _ -> invalidOp "Without order parameters a kernel is one constant."

    /// The same, not decomposed but as the matrix on the training set.
    let internal constantMatrix (study: Study) network kernel =
        match Kernel.normalForm [] kernel with
        | NormalForm.Scaled(scale, kernel) ->
            let program, matrix =
                kernel
                |> Kernel.substitute (substituteNetwork network)
                |> Kernel.simplify
                |> study.Matrix

            Scalar.evaluate (EffectiveAction.bind network [] [||]) scale, program, matrix
        | NormalForm.Centred _
        | NormalForm.Nested _ -> invalidOp "Without order parameters a kernel is one constant."

    let private form (study: Study) (network: Network) (model: Model) =
        match Kernel.normalForm model.OrderParameters model.Kernel with
        | NormalForm.Scaled(scale, kernel) ->
            let program, spectrum = decompose study network None kernel
            PosteriorForm.Spectral(scale, program, spectrum)
        | NormalForm.Centred(covarianceScale, meanScale, activation, preactivations) ->
            let mean =
                {
                    Activation = activation
                    // Not simplified: of a homogeneous activation the mean carries the scale that simplification pulls out.
                    Preactivations = Kernel.substitute (substituteNetwork network) preactivations
                }

            let kernel = Kernel.covariance activation mean.Preactivations
            let program, spectrum = study.Spectrum(kernel, Some mean)
            PosteriorForm.Centred(covarianceScale, meanScale, mean, program, spectrum)
        | NormalForm.Nested kernel -> PosteriorForm.Nested(KernelProgram.compile kernel)

    /// At T = 0 the rank of the kernel, which no more than the distinct examples can make up, must be full.
    let internal checkRank temperature (train: DataSet) (spectrum: Spectrum) =
        if temperature > 0.0 then
            Ok()
        else
            let rank = min spectrum.Rank (DataSet.distinctInputs train)

            if rank < spectrum.Count then
                Error(SingularKernel(rank, spectrum.Count))
            else
                Ok()

    /// Where a kernel is nearly singular its rounding must be small against T: `scale` times the decomposed kernel counts.
    let internal checkNoise temperature scale (spectrum: Spectrum) =
        let rounding = 1e-16 * scale * Array.last spectrum.Eigenvalues

        match spectrum.Quadrature with
        | Some known when not (scale * known.Rounding <= worstSingle * temperature) ->
            Error(Failures.lostInSingle temperature)
        | Some _ -> Ok()
        | None ->

            if
                temperature > 0.0
                && spectrum.Rank < spectrum.Count
                && rounding > worstNoise * temperature
            then
                Error(Failures.lost temperature)
            else
                Ok()

    /// What a search failed for, or that T is lost where `scale` times the decomposed kernel hides it.
    let internal orLost temperature scale spectrum (found: Result<'T, Failure>) =
        match found with
        | Ok _ -> found
        | Error failure -> checkNoise temperature scale spectrum |> Result.bind (fun () -> Error failure)

    let private infiniteKernel (study: Study) network (model: Model) program =
        let infinite = EffectiveAction.atInfiniteWidth model.OrderParameters
        let value = EffectiveAction.bind network model.OrderParameters infinite
        study.Decompose(program, value, study.Train.Targets)

    let private checkForm (study: Study) network temperature model form =
        match form with
        | PosteriorForm.Centred(_, _, _, _, spectrum)
        | PosteriorForm.Spectral(_, _, spectrum) -> checkRank temperature study.Train spectrum
        | PosteriorForm.Nested program ->
            if temperature = 0.0 && DataSet.distinctInputs study.Train < study.Train.Count then
                infiniteKernel study network model program |> checkRank temperature study.Train
            else
                Ok()

    let private actionOf (study: Study) network temperature model form =
        match form with
        | PosteriorForm.Spectral(scale, _, spectrum) ->
            EffectiveAction.ofSpectrum model scale network temperature spectrum
        | PosteriorForm.Centred(covarianceScale, meanScale, _, _, spectrum) ->
            EffectiveAction.ofCentredSpectrum model covarianceScale meanScale network temperature spectrum
        | PosteriorForm.Nested program ->
            let targets = study.Train.Targets

            let action =
                EffectiveAction.ofProgram model program network temperature study.Solver targets

            match study.Solver with
            | :? LocalKernelSolver ->
                EffectiveAction.scannedBy model program network temperature study.Train.Inputs targets action
            // All ranks must see the same numbers.
            | _ -> action

    // How far the scale of the kernel grows at order parameters, where there is one scale.
    let private kernelScale (network: Network) (model: Model) theta form =
        let evaluate =
            Scalar.evaluate (EffectiveAction.bind network model.OrderParameters theta)

        match form with
        | PosteriorForm.Spectral(scale, _, _) -> evaluate scale
        | PosteriorForm.Centred(covarianceScale, _, _, _, _) -> evaluate covarianceScale
        | PosteriorForm.Nested _ -> 1.0

    // Why no saddle was found: a kernel that is singular at T = 0, or that T is lost in, is the likely reason, and worth its eigenvalues.
    let private explain (study: Study) (network: Network) temperature (model: Model) form failure =
        let spectrum =
            match form with
            | PosteriorForm.Spectral(_, _, spectrum)
            | PosteriorForm.Centred(_, _, _, _, spectrum) -> spectrum
            | PosteriorForm.Nested program -> infiniteKernel study network model program

        let scale =
            kernelScale network model (EffectiveAction.atInfiniteWidth model.OrderParameters) form

        // Factors know T I + K worse than eigenvalues do.
        let lostInFactors =
            match form with
            | PosteriorForm.Nested _ -> temperature > 0.0 && spectrum.Rank < spectrum.Count
            | _ -> false

        result {
            do! checkRank temperature study.Train spectrum
            do! checkNoise temperature scale spectrum

            if lostInFactors then
                return! Error(Failures.lost temperature)
        }
        |> Result.map (fun () -> failure)
        |> Result.defaultWith id

    // What was found must not be rounding.
    let private checkSolution
        (study: Study)
        (network: Network)
        temperature
        (model: Model)
        form
        (point: StationaryPoint)
        =
        let theta = point.OrderParameters

        if not (Double.IsFinite point.Action) then
            Error Failures.beyondDoubles
        else
            match form with
            | PosteriorForm.Spectral(_, _, spectrum)
            | PosteriorForm.Centred(_, _, _, _, spectrum) ->
                checkNoise temperature (kernelScale network model theta form) spectrum
            | PosteriorForm.Nested program when temperature > 0.0 ->
                let value = EffectiveAction.bind network model.OrderParameters theta

                EffectiveAction.withFactor program value temperature study.Solver study.Train.Targets (fun a ->
                    isLost (a.PivotCondition()))
                |> function
                    | Ok false -> Ok()
                    | _ -> Error(Failures.lost temperature)
            | PosteriorForm.Nested _ -> Ok()

    // The iterative solver needs T to hold the kernel's small eigenvalues up.
    let internal checkSolver temperature (study: Study) =
        if study.Iterative.IsSome && not (temperature > 0.0) then
            Error(Unsupported "The iterative solver needs T > 0: at T = 0 use the solver \"direct\".")
        else
            Ok()

    let private accuracyOf (network: Network) (model: Model) temperature form action (theta: float[]) =
        match form with
        | PosteriorForm.Spectral(scale, _, spectrum) ->
            let width = float (List.last network.Widths)
            let bind = EffectiveAction.bind network model.OrderParameters theta
            IterativeAccuracy.ofSpectrum action scale bind width temperature theta spectrum
        | _ -> None

    let rec private attempt search (theory: Theory) network temperature (study: Study) =
        result {
            let model = theory network
            do! checkTemperature temperature
            do! checkSolver temperature study
            do! checkOutputs model study.Train
            do! checkOrderParameters network model
            let form = form study network model
            do! checkForm study network temperature model form
            let action = actionOf study network temperature model form

            let! saddlePoint =
                SaddlePoint.solve search action
                |> Result.mapError (explain study network temperature model form)

            do! checkSolution study network temperature model form saddlePoint.Chosen

            let accuracy =
                accuracyOf network model temperature form action saddlePoint.Chosen.OrderParameters

            let posterior =
                Posterior(study, network, temperature, model, form, action, saddlePoint, accuracy)

            match study.Iterative, accuracy with
            | Some solver, Some accuracy ->
                return!
                    IterativeAccuracy.refine
                        solver
                        temperature
                        (float study.Train.Count)
                        accuracy
                        (fun () -> attempt search theory network temperature study)
                        posterior
            | _ -> return posterior
        }

    /// Solves a theory for a network at temperature T on a study's training set, with a search of one's own.
    let solveWith search theory network temperature study =
        Failures.catch (fun () -> attempt search theory network temperature study)

    /// Solves a theory for a network at temperature T on a study's training set.
    let solve theory network temperature study =
        solveWith SaddlePoint.defaults theory network temperature study

    let internal predictAt (theta: float[]) (inputs: Matrix) (posterior: Posterior) =
        let study = posterior.Study

        let value =
            EffectiveAction.bind posterior.Network posterior.Model.OrderParameters theta

        match posterior.Form with
        | PosteriorForm.Spectral(scale, program, spectrum) ->
            let kernel = study.Projected(program, spectrum, None, inputs)

            let conditioned =
                Prediction.Conditioned.Spectral(Scalar.evaluate value scale, spectrum)

            Prediction.predict posterior.Temperature conditioned kernel
        | PosteriorForm.Centred(covarianceScale, meanScale, mean, program, spectrum) ->
            let kernel = study.Projected(program, spectrum, Some mean, inputs)
            let evaluate = Scalar.evaluate value

            let conditioned =
                Prediction.Conditioned.Centred(evaluate covarianceScale, evaluate meanScale, spectrum)

            Prediction.predict posterior.Temperature conditioned kernel
        | PosteriorForm.Nested program ->
            DataSet.requireFeatures study.Train.Inputs inputs
            let diagonal = KernelProgram.diagonal value inputs program

            EffectiveAction.withFactor
                program
                value
                posterior.Temperature
                study.Solver
                study.Train.Targets
                (Prediction.ofFactor inputs diagonal)
            |> Result.defaultWith (fun minor ->
                raise (FailureException(Failures.singular posterior.Temperature (int minor - 1) study.Train.Count)))

    /// The predictive mean and variance of f at the rows of `inputs`.
    let predict (inputs: Matrix) (posterior: Posterior) =
        predictAt posterior.OrderParameters inputs posterior

    /// Bias, variance and loss on a test set.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> Prediction.score test.Targets

    /// log p(y|X) = -(N_L/2) S - (P D/2) log(2 pi T): the Gaussian-process evidence at infinite width, at finite width its
    /// saddle-point value. At T = 0 the density of the targets themselves.
    let logEvidence (posterior: Posterior) =
        let count = float (posterior.Study.Train.Count * posterior.Study.Train.Outputs)
        let n = float (List.last posterior.Network.Widths)

        let noise =
            if posterior.Temperature > 0.0 then
                posterior.Temperature
            else
                1.0

        -0.5
        * (n * posterior.SaddlePoint.Chosen.Action + count * log (2.0 * Math.PI * noise))
