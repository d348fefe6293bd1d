namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The posterior predictive of f at one point of the inputs: a Student t distribution.
type StudentTMarginal =
    {
        /// nu + P.
        DegreesOfFreedom: float
        /// Its mean.
        Mean: float
        /// Its variance.
        Variance: float
    }

/// A Student-t law at a point.
[<RequireQualifiedAccess>]
module StudentTMarginal =

    // The scale of a t distribution of that variance.
    let private law marginal =
        let nu = marginal.DegreesOfFreedom
        MathNet.Numerics.Distributions.StudentT(marginal.Mean, sqrt (marginal.Variance * (nu - 2.0) / nu), nu)

    /// The density of f at a value.
    let density (value: float) marginal = (law marginal).Density value

    /// The probability that f is at most a value.
    let cumulative (value: float) marginal =
        (law marginal).CumulativeDistribution value

    /// The value that f is below with probability p, 0 < p < 1.
    let quantile p marginal =
        if not (p > 0.0 && p < 1.0) then
            raise (FailureException(BadData $"The probability of a quantile is {p}: it is between 0 and 1."))
        elif marginal.Variance = 0.0 then
            marginal.Mean
        else
            (law marginal).InverseCumulativeDistribution p

/// A Student-t process of nu degrees of freedom and covariance K, solved on data (Tracey and Wolpert 2018):
///
/// f, noise | s a Gaussian process of covariance s (K + T I),   s ~ inverse gamma(nu/2, (nu - 2)/2), of mean 1.
///
/// Conditional on y it is one again, of nu + P degrees of freedom, with the mean of the Gaussian process and its covariance times
///
/// (nu + y^T (T I + K)^(-1) y - 2)/(nu + P - 2).
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type StudentT internal (process': Posterior, degreesOfFreedom: float, energy: float, logEvidence: float) =

    let count = float process'.Study.Train.Count

    /// The Gaussian process of the same covariance: nu -> infinity, the network of infinite width.
    member _.GaussianProcess = process'

    /// nu, before the data.
    member _.DegreesOfFreedom = degreesOfFreedom

    /// y^T (T I + K)^(-1) y/P: above 1 the data widen the predictions, below they narrow them.
    member _.R = energy / count

    /// What the Gaussian process's covariance is multiplied with: the posterior mean of s.
    member _.Inflation =
        (degreesOfFreedom + energy - 2.0) / (degreesOfFreedom + count - 2.0)

    /// log p(y|X), the noise included.
    member _.LogEvidence = logEvidence

    interface IDisplayed with
        member _.Display =
            {
                Title =
                    $"Student-t process of the {process'.Network} at T = {Display.number process'.Temperature}, P = {process'.Train.Count}"
                Header = []
                Rows =
                    [
                        [ "degrees of freedom"; Display.number degreesOfFreedom ]
                        [ "r"; Display.number (energy / count) ]
                        [ "log evidence"; Display.number logEvidence ]
                    ]
            }

    override this.ToString() = (this :> IDisplayed).Display.Text

/// Student-t processes.
[<RequireQualifiedAccess>]
module StudentT =

    /// The degrees of freedom whose scale has the mean and the variance of prod_l chi^2_(N_l)/N_l, the scale of a network in the
    /// mixture: 4 + 2/Var, N_1 + 4 for one hidden layer. Skip connections leave no one scale: a FailureException then.
    let degreesOfFreedom (network: Network) =
        Network.requireSequential "The scale whose mean and variance a Student-t process is given" network
        |> Result.orFail

        // prod_l (1 + 2/N_l) - 1, without the cancellation.
        let variance =
            network.Widths |> List.fold (fun sum n -> sum + (1.0 + sum) * 2.0 / float n) 0.0

        4.0 + 2.0 / variance

    let private check nu (train: DataSet) =
        if not (Double.IsFinite nu && nu > 2.0) then
            Error(
                BadNetwork
                    $"The degrees of freedom are {nu}: a Student-t process has a covariance where they are above 2, and finite."
            )
        elif train.Outputs > 1 then
            Error(
                Unsupported
                    $"The targets have {train.Outputs} columns: the Student-t process is one of one output; take one column at a time."
            )
        else
            Ok()

    // y^T A^(-1) y and log det A of A = T I + K.
    let private energyAndDeterminant (process': Posterior) =
        match process'.Conditioned.Scaled with
        | Some { Scale = scale; Spectrum = spectrum } ->
            let scale = Scalar.evaluate (EffectiveAction.bind process'.Network [] [||]) scale
            let temperature = process'.Temperature
            let mutable energy = 0.0
            let mutable determinant = 0.0

            for i in 0 .. spectrum.Eigenvalues.Length - 1 do
                let total = temperature + scale * spectrum.Eigenvalues[i]
                energy <- energy + spectrum.TargetPower[i] / total
                determinant <- determinant + spectrum.Weight i * log total

            energy, determinant
        | None -> invalidOp "At infinite width the kernel is one constant."

    /// The process of nu degrees of freedom with the network's infinite-width kernel, conditioned on a study's training set at noise T:
    /// O(P) after the decomposition that every nu, width, readout prior and temperature shares.
    let solve nu network temperature (study: Study) =
        Failures.catch
        <| fun () ->
            result {
                do! check nu study.Train
                let! process' = Posterior.solve Theory.infiniteWidth network temperature study
                let energy, determinant = energyAndDeterminant process'
                let p = float study.Train.Count

                // log [Gamma((nu + P)/2)/(Gamma(nu/2) (nu/2)^(P/2))], whose large terms cancel at large nu.
                let gammas = (Binet.logRatio (nu / 2.0) (Numerics.Complex(p / 2.0, 0.0))).Real

                let logEvidence =
                    gammas
                    - 0.5 * p * log (2.0 * Math.PI * (nu - 2.0) / nu)
                    - 0.5 * determinant
                    - 0.5 * (nu + p) * MathNet.Numerics.SpecialFunctions.Log1p(energy / (nu - 2.0))

                if not (Double.IsFinite logEvidence) then
                    return! Error Failures.beyondDoubles

                return StudentT(process', nu, energy, logEvidence)
            }

    /// The predictive mean and variance of f at the rows of `inputs`.
    let predict (inputs: Matrix) (posterior: StudentT) =
        let prediction = Posterior.predict inputs posterior.GaussianProcess

        { prediction with
            Variance =
                prediction.Variance
                |> Array2D.map (fun s2 ->
                    let inflated = posterior.Inflation * s2

                    if Double.IsFinite inflated then
                        inflated
                    else
                        raise (FailureException Failures.beyondDoubles))
        }

    /// The predictive distribution of f at each row of `inputs`.
    let distributions (inputs: Matrix) (posterior: StudentT) =
        let prediction = predict inputs posterior
        let count = posterior.GaussianProcess.Study.Train.Count

        Array.init (int inputs.Rows) (fun t ->
            {
                DegreesOfFreedom = posterior.DegreesOfFreedom + float count
                Mean = prediction.Mean[t, 0]
                Variance = prediction.Variance[t, 0]
            })

    /// Bias, variance and loss on a test set.
    let score (test: DataSet) posterior =
        predict test.Inputs posterior |> Prediction.score test.Targets
