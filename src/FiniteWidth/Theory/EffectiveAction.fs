namespace FiniteWidth

open System
open FiniteWidth.Differentiation
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Solvers

/// What a search for stationary points may spend on one evaluation.
[<RequireQualifiedAccess>]
type Cost =
    /// O(P) or less: scan finely, start from everywhere.
    | Small
    /// A factorisation, O(P^3): scan coarsely.
    | Large

/// An effective action S over order parameters theta, the weight being exp(-(N_L/2) S).
///
/// The built-in theories give one from a model and data (`EffectiveAction.ofSpectrum`, `EffectiveAction.ofProgram`); `EffectiveAction.ofFunction` makes one from any
/// differentiable function. The saddle point knows no other interface.
type EffectiveAction =
    {
        /// What the action is a function of.
        OrderParameters: Symbol list
        /// S(theta); not a number, or infinite, where S is not defined.
        Value: float[] -> float
        /// dS/dtheta.
        Gradient: float[] -> float[]
        /// d2S/dtheta2, where it is as cheap as the gradient; else the saddle point takes differences of the gradient.
        Hessian: (float[] -> float[,]) option
        /// The sizes of the terms that cancel in theta_l dS/dtheta_l, or (1 + Q_l) dS/dQ_l, at a stationary point theta: residuals are relative
        /// to them.
        Sizes: float[] -> float[]
        /// The residual that rounding alone may leave at theta.
        Rounding: float[] -> float
        /// Where log theta may lie at a stationary point, the same interval for every order parameter.
        Range: struct (float * float)
        /// What an evaluation costs.
        Cost: Cost
        /// About S(theta), at a small part of the cost: where stationary points may be is looked for with it.
        Scan: (float[] -> float) option
    }

    /// The largest of the sizes at infinite width.
    member this.Size =
        let infinite symbol =
            match symbol with
            | Symbol.Q _ -> 0.0
            | _ -> 1.0

        this.OrderParameters
        |> List.map infinite
        |> Array.ofList
        |> this.Sizes
        |> Array.max

/// The data's part of an action whose kernel is a scale times one constant kernel.
type internal ScaledKernelTerm =
    {
        /// P.
        Count: int
        /// D.
        Outputs: int
        /// The trace of the constant kernel on P examples.
        Trace: float
        /// The sum of the squared targets.
        Power: float
        /// W(scale) and its derivatives in log scale.
        Action: float -> ScaledKernelAction
    }

/// The effective action of a model on data:
///
/// S = Entropy + (1/N_L) [ log det(I + beta K) + y^T (T I + K)^(-1) y ], summed over outputs.
///
/// At T = 0 the divergent constant -(P/N_L) log T of the determinant is left out.
[<RequireQualifiedAccess>]
module EffectiveAction =

    /// The order parameters at infinite width: 1, and 0 for the conjugates Q_l.
    let atInfiniteWidth (orderParameters: Symbol list) =
        orderParameters
        |> List.map (function
            | Symbol.Q _ -> 0.0
            | _ -> 1.0)
        |> Array.ofList

    let private lastWidth (network: Network) = float (List.last network.Widths)
    let private totalWidth (network: Network) = List.sumBy float network.Widths

    /// The symbols' values: the network's own, and theta for the order parameters.
    let bind (network: Network) (orderParameters: Symbol list) (theta: float[]) symbol =
        match List.tryFindIndex ((=) symbol) orderParameters with
        | Some i -> theta[i]
        | None ->
            match Network.tryValue symbol network with
            | Some value -> value
            | None ->
                raise (
                    FailureException(
                        Unsupported $"The theory's model uses {Latex.symbol symbol}, which {network} does not have."
                    )
                )

    let private gradientOf symbols scalar =
        symbols |> List.map (fun s -> Scalar.derivative s scalar) |> Array.ofList

    let private evaluateAll value scalars =
        scalars |> Array.map (Scalar.evaluate value)

    /// What a scalar's terms come to without their signs. Q is known as well as 1 + Q is.
    let rec private magnitude value scalar =
        match scalar with
        | Scalar.Sum xs -> xs |> List.sumBy (magnitude value)
        | Scalar.Product xs -> xs |> List.fold (fun product x -> product * magnitude value x) 1.0
        | Scalar.Symbol(Symbol.Q _ as symbol) -> 1.0 + abs (value symbol)
        | other -> abs (Scalar.evaluate value other)

    /// The entropy's terms at theta, and those of the data: `targets`/N_L where they are stationary.
    let private sizes bind symbols entropyGradient (targets: float) n =
        let data = targets / n

        fun (theta: float[]) ->
            let value = bind theta

            symbols
            |> List.mapi (fun l symbol ->
                let stretch =
                    match symbol with
                    | Symbol.Q _ -> 1.0 + theta[l]
                    | _ -> theta[l]

                stretch * magnitude value (Array.get entropyGradient l) + data)
            |> Array.ofList

    // S grows like theta at the upper end and like -log theta at the lower: bounds on the two terms of the data say where.
    let private range temperature elasticity network outputs trace power =
        if temperature > 0.0 then
            let reach = elasticity / (temperature * totalWidth network)
            struct (-(log (1.0 + reach * float outputs * trace)) - 0.5, log (1.0 + reach * power / 4.0) + 0.5)
        else
            struct (-1.0, 1.0)

    /// The action where the kernel is scale(theta) times one constant kernel, from what the scale makes of the data.
    let internal ofScale (model: Model) (scale: Scalar) (network: Network) temperature (term: ScaledKernelTerm) =
        let symbols = model.OrderParameters
        let n = lastWidth network
        let entropyGradient = gradientOf symbols model.Entropy
        let entropyHessian = entropyGradient |> Array.map (gradientOf symbols)
        let logScaleGradient = gradientOf symbols (log scale)
        let logScaleHessian = logScaleGradient |> Array.map (gradientOf symbols)
        let bind = bind network symbols

        let data value =
            term.Action(Scalar.evaluate value scale)

        let value theta =
            let value = bind theta
            Scalar.evaluate value model.Entropy + (data value).Value / n

        let gradient theta =
            let value = bind theta
            let w = data value

            Array.map2
                (fun entropy logScale -> entropy + w.First / n * logScale)
                (evaluateAll value entropyGradient)
                (evaluateAll value logScaleGradient)

        let hessian theta =
            let value = bind theta
            let w = data value
            let d = evaluateAll value logScaleGradient

            Array2D.init symbols.Length symbols.Length (fun i j ->
                Scalar.evaluate value entropyHessian[i].[j]
                + (w.First * Scalar.evaluate value logScaleHessian[i].[j] + w.Second * d[i] * d[j])
                  / n)

        let unit = Array.create symbols.Length 1.0

        let elasticity =
            evaluateAll (bind unit) logScaleGradient |> Array.sumBy abs |> max 1.0

        let trace = Scalar.evaluate (bind unit) scale * term.Trace

        {
            OrderParameters = symbols
            Value = value
            Gradient = gradient
            Hessian = Some hessian
            Sizes = sizes bind symbols entropyGradient (float term.Count * float term.Outputs) n
            Rounding = fun _ -> 0.0
            Range = range temperature elasticity network term.Outputs trace term.Power
            Cost = Cost.Small
            Scan = None
        }

    /// The action where the kernel is scale(theta) times one constant kernel: O(P) an evaluation.
    let ofSpectrum model scale network temperature (spectrum: Spectrum) =
        ofScale
            model
            scale
            network
            temperature
            {
                Count = spectrum.Count
                Outputs = spectrum.Outputs
                Trace = spectrum.Trace
                Power = Array.sum spectrum.TargetPower
                Action = fun scale -> Spectrum.action temperature scale spectrum
            }

    /// The action where the kernel is covarianceScale(theta) Sigma + meanScale(theta) m m^T, Sigma decomposed with the targets y and m.
    let internal ofCentredSpectrum
        (model: Model)
        (covarianceScale: Scalar)
        (meanScale: Scalar)
        (network: Network)
        temperature
        (spectrum: Spectrum)
        =
        let symbols = model.OrderParameters
        let count = symbols.Length
        let n = lastWidth network
        let hessianOf = Array.map (gradientOf symbols)
        let entropyGradient = gradientOf symbols model.Entropy
        let entropyHessian = hessianOf entropyGradient

        let aGradient, tGradient =
            gradientOf symbols covarianceScale, gradientOf symbols meanScale

        let aHessian, tHessian = hessianOf aGradient, hessianOf tGradient
        let bind = bind network symbols

        let data value =
            let a, t = Scalar.evaluate value covarianceScale, Scalar.evaluate value meanScale
            CentredSpectrum.action temperature a t spectrum

        let value theta =
            let value = bind theta
            Scalar.evaluate value model.Entropy + (data value).Value / n

        let gradient theta =
            let value = bind theta
            let w = data value

            Array.map3
                (fun entropy a t -> entropy + (w.A * a + w.T * t) / n)
                (evaluateAll value entropyGradient)
                (evaluateAll value aGradient)
                (evaluateAll value tGradient)

        let hessian theta =
            let value = bind theta
            let w = data value
            let a, t = evaluateAll value aGradient, evaluateAll value tGradient
            let at (scalars: Scalar[][]) i j = Scalar.evaluate value scalars[i].[j]

            Array2D.init count count (fun i j ->
                at entropyHessian i j
                + (w.A * at aHessian i j
                   + w.T * at tHessian i j
                   + w.AA * a[i] * a[j]
                   + w.AT * (a[i] * t[j] + t[i] * a[j])
                   + w.TT * t[i] * t[j])
                  / n)

        let infinite = bind (atInfiniteWidth symbols)
        let mutable power = 0.0
        let mutable meanPower = 0.0

        for i in 0n .. spectrum.Targets.Rows - 1n do
            let y, m = spectrum.Targets[i, 0n], spectrum.Targets[i, 1n]
            power <- power + y * y
            meanPower <- meanPower + m * m

        let trace =
            Scalar.evaluate infinite covarianceScale * Array.sum spectrum.Eigenvalues
            + Scalar.evaluate infinite meanScale * meanPower

        {
            OrderParameters = symbols
            Value = value
            Gradient = gradient
            Hessian = Some hessian
            Sizes = sizes bind symbols entropyGradient (float spectrum.Count) n
            Rounding = fun _ -> 0.0
            Range = range temperature 1.0 network 1 trace power
            Cost = Cost.Small
            Scan = None
        }

    /// What `use` makes of A = T I + K(theta), or which leading minor of A is not positive. A lives in memory that the next
    /// evaluation overwrites.
    let internal withFactor program value temperature (solver: IKernelSolver) targets (useFactor: IKernelFactor -> 'T) =
        lock solver (fun () ->
            match solver.Factor(program.Pairs, KernelProgram.weights value program, temperature, targets) with
            | null, minor -> Error minor
            | factor, _ -> Ok(useFactor factor))

    /// The action of any other kernel, on examples whose matrices a solver works on: one Cholesky factorisation a value; for the gradient an inverse and one sweep back
    /// through the kernel maps (Price's theorem).
    let ofProgram
        (model: Model)
        (program: KernelProgram)
        (network: Network)
        temperature
        (solver: IKernelSolver)
        (targets: Matrix)
        =
        let symbols = model.OrderParameters
        let n = lastWidth network
        let count = float (targets.Rows * targets.Columns)
        let entropyGradient = gradientOf symbols model.Entropy
        let weightGradients = program.Weights |> Array.map (gradientOf symbols)
        let bind = bind network symbols
        let constant = if temperature > 0.0 then count * log temperature else 0.0

        let value theta =
            let value = bind theta

            withFactor program value temperature solver targets (fun a ->
                Scalar.evaluate value model.Entropy
                + (float targets.Columns * a.LogDeterminant - constant + a.Energy) / n)
            |> Result.defaultValue nan

        // Beyond what doubles or an activation's series can hold S is not defined.
        let where otherwise (evaluate: float[] -> 'T) theta =
            Failures.catch (fun () -> Ok(evaluate theta))
            |> Result.defaultWith (fun _ -> otherwise)

        let rounding theta =
            withFactor program (bind theta) temperature solver targets (fun a ->
                // Solving loses so much of the energy's derivatives, whose terms are as large as the energy.
                1e-15 * a.PivotCondition() * (1.0 + a.Energy / count))
            |> Result.defaultValue nan

        let gradient theta =
            let value = bind theta
            let entropy = evaluateAll value entropyGradient

            withFactor program value temperature solver targets (fun a ->
                let sensitivity = a.Gradient().Weights

                entropy
                |> Array.mapi (fun l e ->
                    let data =
                        Array.fold2
                            (fun sum s (d: Scalar[]) -> sum + s * Scalar.evaluate value d[l])
                            0.0
                            sensitivity
                            weightGradients

                    e + data / n))
            |> Result.defaultWith (fun _ -> Array.map (fun _ -> nan) entropy)

        let infinite = atInfiniteWidth symbols

        let trace =
            program.Pairs.Diagonal(
                ReadOnlySpan(KernelProgram.weights (bind infinite) program),
                ReadOnlySpan solver.Variances
            )
            |> Array.sum

        let mutable power = 0.0

        for i in 0n .. targets.Rows - 1n do
            for v in targets.Row i do
                power <- power + v * v

        {
            OrderParameters = symbols
            Value = where nan value
            Gradient = where (Array.create symbols.Length nan) gradient
            Hessian = None
            Sizes = sizes bind symbols entropyGradient count n
            Rounding = where nan rounding
            Range = range temperature (float symbols.Length) network (int targets.Columns) trace power
            Cost = Cost.Large
            Scan = None
        }

    // Of more examples a scan sees this many, of fewer all.
    let private scanned = 250

    /// The same action, whose scan sees every so-manieth example of those in the rows of `inputs`, their part of S multiplied accordingly.
    let internal scannedBy (model: Model) program network temperature (inputs: Matrix) (targets: Matrix) action =
        let every = inputs.Rows / nativeint scanned

        if every < 2n then
            action
        else
            let rows (matrix: Matrix) =
                Matrix.Create((matrix.Rows + every - 1n) / every, matrix.Columns, (fun i j -> matrix[i * every, j]))

            let part =
                lazy
                    (let targets = rows targets
                     let ratio = float inputs.Rows / float targets.Rows
                     ratio, ofProgram model program network temperature (LocalKernelSolver(rows inputs)) targets)

            let entropy theta =
                Scalar.evaluate (bind network model.OrderParameters theta) model.Entropy

            let scan theta =
                let ratio, part = part.Value
                let entropy = entropy theta
                entropy + ratio * (part.Value theta - entropy)

            { action with Scan = Some scan }

    /// An action given as any differentiable function of its order parameters, all positive; gradient and Hessian come from
    /// differentiation. Stationary points are looked for between e^-8 and e^8.
    let ofFunction (orderParameters: Symbol list) cost (f: DV -> D) =
        let value (theta: float[]) = (f (DV theta)).Value

        let derivative (of': DV -> 'T) (theta: float[]) = of' (DV theta)

        {
            OrderParameters = orderParameters
            Value = value
            Gradient = derivative (fun theta -> DV.toArray (grad f theta))
            Hessian =
                match cost with
                | Cost.Small -> Some(derivative (fun theta -> DM.toArray2D (hessian f theta)))
                | Cost.Large -> None
            Sizes = fun theta -> Array.create theta.Length 1.0
            Rounding = fun _ -> 0.0
            Range = struct (-8.0, 8.0)
            Cost = cost
            Scan = None
        }

type EffectiveAction with

    /// The action S that a differentiable function of its order parameters, all positive, is; as cheap as a few operations.
    static member FromFunction(s: Func<DV, D>, [<ParamArray>] orderParameters: Symbol[]) =
        EffectiveAction.ofFunction (List.ofArray orderParameters) Cost.Small s.Invoke
