namespace FiniteWidth

open System

/// Eigenvalues of a kernel on the data distribution that coincide: K(x, x') = sum_i e_i phi_i(x) phi_i(x'), the phi_i orthonormal under
/// the distribution of the inputs, the target y = sum_i a_i phi_i(x) + noise.
type KernelLevel =
    {
        /// e, the value they share.
        Eigenvalue: float
        /// How many there are.
        Multiplicity: float
        /// sum_i a_i^2 over them.
        Power: float
    }

/// What averages over draws of a training set depend on, as functions of lambda = kappa/P, the eigenvalue above which an eigenfunction
/// is learned: sums over the spectrum with w_i = e_i/(lambda + e_i), the fraction of eigenfunction i that is learned.
[<Struct>]
type internal SpectralSums =
    {
        Lambda: float
        /// d = sum_i w_i: how many functions are learned.
        Dimension: float
        /// sum_i w_i^2.
        Squared: float
        /// Its derivative in log lambda.
        SquaredSlope: float
        /// sum_i a_i^2 (1 - w_i)^2 + s2, s2 the variance of the noise: what is not learned of the target.
        Misfit: float
        /// Its derivative in log lambda.
        MisfitSlope: float
        /// sum_i a_i^2/(lambda + e_i) + s2/lambda.
        Energy: float
        /// sum_i log(1 + e_i/lambda).
        LogDet: float
    }

[<RequireQualifiedAccess>]
type internal Spread =
    /// The eigenvalues are known.
    | Known of KernelLevel[] * noise: float
    /// They are known through the kernel of M examples drawn from the distribution: its eigenvalues, and the squared components of the
    /// targets along its eigenvectors.
    | Sampled of eigenvalues: float[] * power: float[]

[<RequireQualifiedAccess>]
module internal Spread =

    let private rounding = Math.BitIncrement 1.0 - 1.0

    /// The number of eigenvalues that are not rounding of zero.
    let rank spread =
        match spread with
        | Spread.Known(levels, _) ->
            levels
            |> Array.sumBy (fun l -> if l.Eigenvalue > 0.0 then l.Multiplicity else 0.0)
        | Spread.Sampled(eigenvalues, _) ->
            let least = Array.max eigenvalues * float eigenvalues.Length * rounding
            eigenvalues |> Array.sumBy (fun k -> if k > least then 1.0 else 0.0)

    /// Tr K/P: the mean of K(x, x).
    let trace spread =
        match spread with
        | Spread.Known(levels, _) -> levels |> Array.sumBy (fun l -> l.Multiplicity * l.Eigenvalue)
        | Spread.Sampled(eigenvalues, _) -> Array.average eigenvalues

    /// The mean of y^2.
    let power spread =
        match spread with
        | Spread.Known(levels, noise) -> noise + Array.sumBy _.Power levels
        | Spread.Sampled(_, power) -> Array.average power

    let private known (levels: KernelLevel[]) noise lambda =
        let mutable d, squared, squaredSlope = 0.0, 0.0, 0.0
        let mutable misfit, misfitSlope, energy, logDet = noise, 0.0, noise / lambda, 0.0

        for level in levels do
            let w = level.Eigenvalue / (lambda + level.Eigenvalue)
            let u = lambda / (lambda + level.Eigenvalue)
            d <- d + level.Multiplicity * w
            squared <- squared + level.Multiplicity * w * w
            squaredSlope <- squaredSlope - 2.0 * level.Multiplicity * w * w * u
            misfit <- misfit + level.Power * u * u
            misfitSlope <- misfitSlope + 2.0 * level.Power * u * u * w
            energy <- energy + level.Power / (lambda + level.Eigenvalue)

            logDet <-
                logDet
                + level.Multiplicity
                  * MathNet.Numerics.SpecialFunctions.Log1p(level.Eigenvalue / lambda)

        {
            Lambda = lambda
            Dimension = d
            Squared = squared
            SquaredSlope = squaredSlope
            Misfit = misfit
            MisfitSlope = misfitSlope
            Energy = energy
            LogDet = logDet
        }

    // M examples at ridge tau, A = tau I + K, are one training set of the distribution: 1/lambda = Tr A^(-1), and what the averages
    // depend on can be read off A, as functions of tau in place of lambda.
    let private sampled (eigenvalues: float[]) (power: float[]) tau =
        let m = float eigenvalues.Length
        let mutable d, r1, r2, r3 = 0.0, 0.0, 0.0, 0.0
        let mutable energy, y2, y3, logDet = 0.0, 0.0, 0.0, 0.0

        for i in 0 .. eigenvalues.Length - 1 do
            let a = 1.0 / (tau + eigenvalues[i])
            d <- d + eigenvalues[i] * a
            r1 <- r1 + a
            r2 <- r2 + a * a
            r3 <- r3 + a * a * a
            energy <- energy + power[i] * a
            y2 <- y2 + power[i] * a * a
            y3 <- y3 + power[i] * a * a * a
            logDet <- logDet - log a

        let lambda = 1.0 / r1
        // d tau/d log lambda.
        let stretch = r1 / r2

        {
            Lambda = lambda
            Dimension = d
            Squared = m - r1 * r1 / r2
            SquaredSlope = stretch * 2.0 * r1 * (1.0 - r1 * r3 / (r2 * r2))
            Misfit = y2 / r2
            MisfitSlope = stretch * 2.0 * (y2 * r3 / r2 - y3) / r2
            Energy = energy
            LogDet = logDet - m * (log (m * lambda) + tau / (m * lambda) - 1.0)
        }

    /// Where an increasing function is zero: Newton's method in log x from above, each step kept inside what is known of the root.
    let private root (f: float -> struct (float * float)) lower upper =
        let rec iterate k u lower upper =
            let struct (value, slope) = f (exp u)
            let lower, upper = if value > 0.0 then lower, u else u, upper
            let newton = u - value / slope

            let next =
                if newton > lower && newton < upper then
                    newton
                else
                    0.5 * (lower + upper)

            if value = 0.0 || abs (newton - u) < 1e-14 || k = 100 then
                exp u
            else
                iterate (k + 1) next lower upper

        iterate 0 (log upper) (log lower) (log upper)

    // Both coordinates are increased until P - d(lambda) = ridge/lambda. With the (P+1)-th eigenvalue for lambda P the left side is
    // still too small.
    let private ofKnown (levels: KernelLevel[]) noise examples ridge =
        let mutable before = 0.0

        let next =
            levels
            |> Array.sortByDescending _.Eigenvalue
            |> Array.tryFind (fun level ->
                before <- before + level.Multiplicity
                before > examples)
            |> Option.map _.Eigenvalue
            |> Option.defaultValue 0.0

        let f lambda =
            let mutable d, slope = 0.0, ridge / lambda

            for level in levels do
                let w = level.Eigenvalue / (lambda + level.Eigenvalue)
                d <- d + level.Multiplicity * w
                slope <- slope + level.Multiplicity * w * (lambda / (lambda + level.Eigenvalue))

            struct (examples - d - ridge / lambda, slope)

        let total = levels |> Array.sumBy (fun l -> l.Multiplicity * l.Eigenvalue)
        known levels noise (root f (max ridge next / examples) ((ridge + total) / examples))

    let private ofSampled (eigenvalues: float[]) power examples ridge =
        let m = float eigenvalues.Length

        if examples = m then
            sampled eigenvalues power ridge
        else
            let f tau =
                let mutable d, r1, r2, k2 = 0.0, 0.0, 0.0, 0.0

                for k in eigenvalues do
                    let a = 1.0 / (tau + k)
                    d <- d + k * a
                    r1 <- r1 + a
                    r2 <- r2 + a * a
                    k2 <- k2 + k * a * a

                struct (examples - d - ridge * r1, tau * (k2 + ridge * r2))

            let next = eigenvalues[eigenvalues.Length - 1 - int examples] / examples
            let upper = (m * ridge + (m - examples) * Array.average eigenvalues) / examples
            sampled eigenvalues power (root f (max ridge next) upper)

    /// The sums at the lambda of P examples and a ridge: P lambda = ridge + lambda d(lambda).
    let at (examples: int) ridge spread =
        match spread with
        | Spread.Known(levels, noise) -> ofKnown levels noise (float examples) ridge
        | Spread.Sampled(eigenvalues, power) -> ofSampled eigenvalues power (float examples) ridge

/// A distribution of examples as a kernel sees it: the kernel's eigenvalues, how much of the target lies along each
/// eigenfunction, and the noise of the targets. Averages over training sets drawn from it depend on nothing else.
[<Sealed>]
type Population internal (spread: Spread, kernel: Kernel option) =

    member internal _.Spread = spread

    /// The kernel that was decomposed, where there was one.
    member internal _.Kernel = kernel

    /// The largest training set that averages may be taken over, where there is a largest one.
    member _.Largest =
        match spread with
        | Spread.Known _ -> None
        | Spread.Sampled(eigenvalues, _) -> Some eigenvalues.Length

    /// s2, the variance of the targets' noise where it is known; 0 where the targets are those of examples.
    member _.Noise =
        match spread with
        | Spread.Known(_, noise) -> noise
        | Spread.Sampled _ -> 0.0

    /// The mean of K(x, x): sum_i e_i.
    member _.Trace = Spread.trace spread

    /// The mean of y^2, the noise included.
    member _.Power = Spread.power spread

/// Distributions of examples as a kernel sees them.
[<RequireQualifiedAccess>]
module Population =

    let private checkLevel i level =
        let isSize (x: float) = Double.IsFinite x && x >= 0.0

        if not (isSize level.Eigenvalue && isSize level.Multiplicity && isSize level.Power) then
            Error(BadData $"Level {i} (counted from 0) is {level}: its values are finite and not negative.")
        else
            Ok()

    /// A population of known eigenvalues, those of the network's infinite-width kernel (all its priors included), and noise of variance
    /// s2 on the targets. What the kernel cannot express of a target is noise too.
    let ofLevels noise (levels: KernelLevel seq) =
        result {
            let levels = Array.ofSeq levels

            if not (Double.IsFinite noise && noise >= 0.0) then
                return! Error(BadData $"The noise is {noise}: it is a variance, finite and not negative.")

            do! levels |> Seq.indexed |> Result.traverse ((<||) checkLevel) |> Result.map ignore

            let spread = Spread.Known(levels, noise)

            if not (Spread.trace spread > 0.0) then
                return! Error(BadData "No level has an eigenvalue above zero: the kernel would be zero.")

            return Population(spread, None)
        }

    /// A population of known eigenvalues e_i and target coefficients a_i, and noise of variance s2.
    let create noise (eigenvalues: float seq) (coefficients: float seq) =
        let e, a = Array.ofSeq eigenvalues, Array.ofSeq coefficients

        if e.Length <> a.Length then
            Error(
                BadData
                    $"There are {e.Length} eigenvalues and {a.Length} target coefficients: each eigenvalue needs one."
            )
        else
            Array.map2
                (fun e a ->
                    {
                        Eigenvalue = e
                        Multiplicity = 1.0
                        Power = a * a
                    })
                e
                a
            |> ofLevels noise

    /// The theory's kernel at infinite width with the network's priors in it.
    let internal kernelOf (theory: Theory) (network: Network) =
        let model = theory network

        let value =
            EffectiveAction.atInfiniteWidth model.OrderParameters
            |> EffectiveAction.bind network model.OrderParameters

        model.Kernel |> Kernel.substitute (value >> Scalar.number) |> Kernel.simplify

    let private checkOutputs (study: Study) =
        if study.Train.Outputs > 1 then
            Error(
                Unsupported
                    $"The targets have {study.Train.Outputs} columns: averages over training sets describe one output; take one column at a time."
            )
        else
            Ok()

    let private decompose theory network study =
        let kernel = kernelOf theory network
        let scale, _, spectrum = Posterior.constantKernel study network kernel
        spectrum.RequireEigenvectors "An average over training sets"
        let eigenvalues = spectrum.Eigenvalues |> Array.map (fun k -> scale * k)
        Population(Spread.Sampled(eigenvalues, spectrum.TargetPower), Some kernel)

    /// The population that a study's M examples were drawn from, for training sets of up to M examples and test points that are none of
    /// them.
    ///
    /// P of the M examples at ridge T average like all M at a larger ridge tau, T = tau - (M - P)/Tr (tau I + K)^(-1). No eigenvalue of the
    /// population is estimated: e_i = k_i/M, with k_i those of the sample's kernel, would be wrong by a relative P/M. At P = M the averages are
    /// those of this training set itself. The noise of the targets is that of the study.
    let ofSample theory network (study: Study) =
        if study.Train.Outputs > 1 then
            Error(
                Unsupported
                    $"The targets have {study.Train.Outputs} columns: averages over training sets describe one output; take one column at a time."
            )
        else
            Failures.catch (fun () -> Ok(decompose theory network study))

type Population with

    /// A population of known levels, and noise of variance s2; a FailureException where they are no population.
    static member OfLevels(noise, levels: KernelLevel seq) =
        Population.ofLevels noise levels |> Result.orFail

    /// A population of known eigenvalues e_i and target coefficients a_i, and noise of variance s2; a FailureException where they are none.
    static member Create(noise, eigenvalues: float seq, coefficients: float seq) =
        Population.create noise eigenvalues coefficients |> Result.orFail
