namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// A network at P examples, averaged over the draws of those examples.
[<Sealed>]
type AveragedPoint
    internal
    (
        network: Network,
        temperature: float,
        examples: int,
        saddlePoint: SaddlePoint,
        kappa: float,
        gamma: float,
        score: Score
    ) =

    /// The network whose average this is.
    member _.Network = network
    /// T.
    member _.Temperature = temperature

    /// P.
    member _.Examples = examples

    /// The saddle point of the averaged action.
    member _.SaddlePoint = saddlePoint

    /// The order parameters there.
    member _.OrderParameters = saddlePoint.Chosen.OrderParameters

    /// kappa, T and the variance of f at a new input: the variance with which its target is predicted.
    member _.Kappa = kappa

    /// gamma, between 0 and 1: what fitting the noise of the targets costs, a factor 1/(1 - gamma) on the bias.
    member _.Gamma = gamma

    /// Bias, variance and loss at new inputs, whose labels are as noisy as those of the training examples: less the population's
    /// noise s2 it is the error against the function itself.
    member _.Score = score

    /// The mean squared residual of the training examples, (T/kappa)^2 times the bias.
    member _.TrainingError = (temperature / kappa) ** 2.0 * score.Bias

/// Learning curves averaged over training sets of P examples, drawn from a population that a kernel sees as eigenvalues e_i and
/// target coefficients a_i, with noise of variance s2. With e_i those of the renormalised kernel,
///
/// kappa = T + sum_i kappa e_i/(kappa + P e_i), gamma = P sum_i e_i^2/(kappa + P e_i)^2
///
/// bias = [ kappa^2 sum_i a_i^2/(kappa + P e_i)^2 + s2 ]/(1 - gamma), variance = kappa - T
///
/// S = Entropy + (1/N_L) [ sum_i log(1 + P e_i/kappa) + P (log(kappa/T) + T/kappa - 1) + P sum_i a_i^2/(kappa + P e_i) + P s2/kappa ]
///
/// S is the average of the effective action; at T = 0 its divergent constant -(P/N_L) log T is left out. Assumed: the eigenfunctions act
/// like independent Gaussians, which leaves relative errors of order 1/P and what the data owe to not being Gaussian; and the saddle of
/// the average is the average of the saddles, O(1/P) too. (Canatar, Bordelon and Pehlevan 2021 at infinite width.)
[<RequireQualifiedAccess>]
module AveragedCurve =

    let private check temperature examples (population: Population) =
        result {
            do! Posterior.checkTemperature temperature

            if examples < 1 then
                return! Error(BadData $"The number of training examples is {examples}: it must be at least 1.")

            match population.Largest with
            | Some most when examples > most ->
                return!
                    Error(
                        BadData
                            $"Averages over {examples} training examples are asked for, of a population known by {most}: ask for at most {most}, or give more examples."
                    )
            | _ -> ()

            let rank = Spread.rank population.Spread

            if temperature = 0.0 && rank < float examples then
                return! Error(SingularKernel(int rank, examples))

            // Where as many functions are fitted exactly as there are examples, the average error diverges.
            if
                temperature = 0.0
                && rank = float examples
                && population.Largest <> Some examples
            then
                return! Error(SingularKernel(int rank, examples))
        }

    let private checkKernel theory network (population: Population) =
        match population.Kernel with
        | Some kernel when kernel <> Population.kernelOf theory network ->
            Error(
                Unsupported
                    $"The population is that of another kernel than that of the {network}: make it from this network and theory."
            )
        | _ -> Ok()

    /// The scale of the kernel relative to that at infinite width.
    let private relativeScale (network: Network) (model: Model) =
        match Kernel.normalForm model.OrderParameters model.Kernel with
        | NormalForm.Scaled(scale, _) ->
            let infinite = EffectiveAction.atInfiniteWidth model.OrderParameters

            Ok(
                scale
                / Scalar.evaluate (EffectiveAction.bind network model.OrderParameters infinite) scale
            )
        | NormalForm.Centred _
        | NormalForm.Nested _ ->
            Error(
                Unsupported
                    "Averages over training sets need a theory that scales one kernel: infinite width, one hidden layer, homogeneous activations, or the Wishart ansatz."
            )

    /// The average of W = log det(I + s K/T) + y^T (T I + s K)^(-1) y and its derivatives in log s.
    let private action temperature examples spread scale =
        let p = float examples
        let ridge = temperature / scale
        let sums = Spread.at examples ridge spread
        let kappa = p * sums.Lambda
        // The fraction of a residual that is left after training.
        let left = ridge / kappa
        let free = 1.0 - sums.Squared / p
        // -d log lambda/d log s.
        let psi = left / free
        let leftSlope = -left * (1.0 - psi)
        let psiSlope = leftSlope / free - left * psi * sums.SquaredSlope / (p * free * free)
        let pull = sums.Misfit / sums.Lambda
        let unit = if temperature > 0.0 then ridge else 1.0 / scale

        ScaledKernelAction(
            sums.LogDet + p * (log (kappa / unit) + left - 1.0) + sums.Energy / scale,
            p * (1.0 - left) + (psi * pull - sums.Energy) / scale,
            -p * leftSlope
            + (sums.Energy - 2.0 * psi * pull + psiSlope * pull
               - psi * psi * (sums.MisfitSlope / sums.Lambda - pull))
              / scale
        )

    let private attempt theory temperature (population: Population) examples network =
        result {
            let model = theory network
            do! check temperature examples population
            do! checkKernel theory network population
            let! scale = relativeScale network model
            let spread = population.Spread
            let p = float examples

            let term =
                {
                    Count = examples
                    Outputs = 1
                    Trace = p * population.Trace
                    Power = p * population.Power
                    Action = action temperature examples spread
                }

            let! saddlePoint =
                EffectiveAction.ofScale model scale network temperature term
                |> SaddlePoint.solve SaddlePoint.defaults

            let theta = saddlePoint.Chosen.OrderParameters

            let scale =
                Scalar.evaluate (EffectiveAction.bind network model.OrderParameters theta) scale

            let sums = Spread.at examples (temperature / scale) spread
            let kappa = scale * p * sums.Lambda
            let gamma = sums.Squared / p
            let bias = sums.Misfit / (1.0 - gamma)
            let variance = max 0.0 (kappa - temperature)

            let score =
                {
                    Loss = bias + variance
                    Bias = bias
                    Variance = variance
                }

            return AveragedPoint(network, temperature, examples, saddlePoint, kappa, gamma, score)
        }

    /// A theory for a network at temperature T, averaged over training sets of P examples from a population.
    let point theory temperature population examples network =
        Failures.catch (fun () -> attempt theory temperature population examples network)

    /// The learning curve in the number of training examples at fixed width.
    let overExamples theory temperature population (examples: int seq) network =
        examples
        |> Result.traverse (fun p -> point theory temperature population p network)

    /// The learning curve in the number of training examples at fixed load alpha = P/N in every hidden layer, widths rounded.
    let atLoad alpha theory temperature population (examples: int seq) network =
        let width p = max 1.0 (round (float p / alpha))
        let examples = List.ofSeq examples

        if Double.IsFinite alpha && alpha > 0.0 then
            match examples |> List.tryFind (fun p -> width p > float Int32.MaxValue) with
            | Some p ->
                Error(
                    BadNetwork
                        $"The load alpha = P/N is {alpha}, for which {p} examples would need a width of {width p}: a width is at most {Int32.MaxValue}."
                )
            | None ->
                examples
                |> Result.traverse (fun p ->
                    point theory temperature population p (Network.withWidth (int (width p)) network))
        else
            Error(BadNetwork $"The load alpha = P/N is {alpha}: it is positive and finite.")
