namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// The posterior predictive of f at one point of the inputs: a mixture of Gaussians, one for each node over Qbar.
type PredictiveMixture =
    internal
        {
            /// Weights of the components; they sum to 1.
            ComponentWeights: float[]
            /// Means of the components.
            ComponentMeans: float[]
            /// Standard deviations of the components.
            ComponentDeviations: float[]
        }

/// Mixtures of Gaussian laws at a point.
[<RequireQualifiedAccess>]
module PredictiveMixture =

    let private sum f mixture =
        let mutable total = 0.0

        for k in 0 .. mixture.ComponentWeights.Length - 1 do
            total <-
                total
                + mixture.ComponentWeights[k]
                  * f mixture.ComponentMeans[k] mixture.ComponentDeviations[k]

        total

    /// The mean of f.
    let mean mixture = sum (fun m _ -> m) mixture

    /// The variance of f: that of a component, and that of the components' means.
    let variance mixture =
        let centre = mean mixture
        sum (fun m s -> s * s + (m - centre) * (m - centre)) mixture

    /// The density of f at a value.
    let density (value: float) mixture =
        mixture
        |> sum (fun m s -> MathNet.Numerics.Distributions.Normal.PDF(m, s, value))

    /// The probability that f is at most a value.
    let cumulative (value: float) mixture =
        mixture
        |> sum (fun m s -> 0.5 * MathNet.Numerics.SpecialFunctions.Erfc((m - value) / (s * sqrt 2.0)))

    /// The value that f is below with probability p, 0 < p < 1.
    let quantile p mixture =
        if not (p > 0.0 && p < 1.0) then
            raise (FailureException(BadData $"The probability of a quantile is {p}: it is between 0 and 1."))

        let rec outward direction distance =
            let value = mean mixture + direction * distance

            if (cumulative value mixture - p) * direction >= 0.0 then
                value
            else
                outward direction (2.0 * distance)

        let rec bisect lower upper =
            let middle = 0.5 * (lower + upper)

            if middle <= lower || middle >= upper then middle
            elif cumulative middle mixture < p then bisect middle upper
            else bisect lower middle

        let deviation = sqrt (variance mixture)

        if deviation = 0.0 then
            mean mixture
        else
            bisect (outward -1.0 deviation) (outward 1.0 deviation)

/// The posterior of the scale q = prod_l Qbar_l, integrated instead of taken at its saddle point:
///
/// p(q|y) ~ p(q) N(y; 0, T I + q K), K the NNGP kernel, q = prod_l chi^2_(N_l)/N_l, f | q a Gaussian process of kernel q K.
///
/// Exact for linear networks of any width and depth with one output; for others it rests on the Gaussian assumption that the
/// equivalent Wishart ansatz makes too, and differs from its saddle point by O(1/N).
[<Sealed; TypeFormatterSource(typeof<DisplayFormatterSource>)>]
type ScaleMixture internal (saddle: Posterior, logScale: WeightedNodes, meanScale: float, logEvidence: float) =

    /// The saddle point of the same integral (`Theory.wishart`).
    member _.Saddle = saddle

    /// The posterior of log q, as the Gauss rule whose nodes the predictions are averaged over.
    member _.LogScale = logScale

    /// The posterior mean of q.
    member _.MeanScale = meanScale

    /// log p(y|X), the noise included; at T = 0 the density of the targets themselves.
    member _.LogEvidence = logEvidence

    interface IDisplayed with
        member _.Display =
            {
                Title =
                    $"Mixture over the scale q of the {saddle.Network} at T = {Display.number saddle.Temperature}, P = {saddle.Train.Count}"
                Header = []
                Rows =
                    [
                        [ "mean of q"; Display.number meanScale ]
                        [
                            "q at the saddle point"
                            Display.number (Array.fold (*) 1.0 saddle.OrderParameters)
                        ]
                        [ "log evidence"; Display.number logEvidence ]
                    ]
            }

    override this.ToString() = (this :> IDisplayed).Display.Text

/// The integral over the scale of the kernel.
[<RequireQualifiedAccess>]
module ScaleMixture =

    // Below this share of the maximum nothing changes a double.
    let private negligible = 40.0
    let private order = 32
    // Steps, in parts of log q, that doubles and the halvings of `integrate` still resolve.
    let private finest = 1e-13

    // log p(q) N(y; 0, T I + q K) as a function of log q, and minus its second derivative but for terms O(1).
    let private logJoint (saddle: Posterior) =
        let widths = saddle.Network.Widths
        let prior = ScaleDensity.log widths
        let symbols = saddle.Model.OrderParameters

        match saddle.Conditioned.Scaled with
        | Some { Scale = scale; Spectrum = spectrum } ->
            let unit = Array.create symbols.Length 1.0

            let kernelScale =
                Scalar.evaluate (EffectiveAction.bind saddle.Network symbols unit) scale

            let noise = if saddle.Temperature > 0.0 then saddle.Temperature else 1.0
            let constant = 0.5 * float spectrum.Count * log (2.0 * Math.PI * noise)

            let data x =
                Spectrum.action saddle.Temperature (kernelScale * exp x) spectrum

            (fun x -> prior x - 0.5 * (data x).Value - constant),
            fun x -> ScaleDensity.curvature widths x + 0.5 * max 0.0 (data x).Second
        | None -> invalidOp "The Wishart ansatz scales one constant kernel."

    /// The values of f on the grid x0 + k h, outwards from x0 on both sides until they are negligible.
    let private scan (f: float -> float) lower upper h =
        // At least three points, for whatever the rounding of the interval's ends.
        let upper = max upper (lower + 2.0 * h)
        let mutable best = max (f lower) (f upper)

        let walk start step stop =
            let rec go k previous collected =
                let x = start + float k * step
                let value = f x
                best <- max best value

                if stop x && value < best - negligible && value < previous then
                    List.rev collected
                elif k > 100000 then
                    raise (
                        FailureException(
                            Inaccurate "The posterior of the scale is too wide to be integrated: use wider layers."
                        )
                    )
                else
                    go (k + 1) value ((x, value) :: collected)

            go 0 infinity []

        let right = walk lower h (fun x -> x > upper)
        let left = walk (lower - h) -h (fun _ -> true)
        Array.ofList (List.rev left @ right)

    // The trapezoidal rule over an analytic function that vanishes at both ends converges geometrically: the step is halved until
    // neither the integral nor the mean moves.
    let private integrate (f: float -> float) rounding (grid: (float * float)[]) =
        let summarise (grid: (float * float)[]) =
            let top = grid |> Array.map snd |> Array.max
            let weights = grid |> Array.map (fun (_, value) -> exp (value - top))
            let total = Array.sum weights
            let h = fst grid[1] - fst grid[0]
            let mean = Array.fold2 (fun s (x, _) w -> s + w * exp x) 0.0 grid weights / total

            top + log (total * h),
            mean,
            {
                Nodes = Array.map fst grid
                Weights = weights |> Array.map (fun w -> w / total)
            }

        let rec refine k grid (logTotal, mean, rule) =
            let middles =
                Array.pairwise grid
                |> Array.map (fun ((a, _), (b, _)) ->
                    let x = 0.5 * (a + b)
                    x, f x)

            let finer =
                Array.init (grid.Length + middles.Length) (fun i -> if i % 2 = 0 then grid[i / 2] else middles[i / 2])

            let logFiner, meanFiner, ruleFiner = summarise finer

            if abs (logFiner - logTotal) < rounding && abs (meanFiner - mean) < rounding * mean then
                logFiner, meanFiner, ruleFiner
            elif k = 0 then
                raise (FailureException(Inaccurate "The integral over the scale does not settle: raise T."))
            else
                refine (k - 1) finer (logFiner, meanFiner, ruleFiner)

        refine 8 grid (summarise grid)

    let private logScale (point: StationaryPoint) =
        point.OrderParameters |> Array.sumBy log

    let private attempt network temperature (study: Study) =
        result {
            let! saddle = Posterior.solve Theory.wishart network temperature study
            let f, curvature = logJoint saddle

            let stationary =
                saddle.SaddlePoint.Chosen :: saddle.SaddlePoint.Others |> List.map logScale

            let shapes = [| for n in network.Widths -> float n / 2.0 |]

            // That of the prior and of P noiseless targets, or where the posterior is sharper its own.
            let sharpest =
                1.0 / ScaleDensity.variance shapes + 0.5 * float study.Train.Count
                :: List.map curvature stationary
                |> List.max

            // The terms of f, each rounded.
            let size =
                abs (logScale saddle.SaddlePoint.Chosen |> f)
                + float (List.max network.Widths)
                + float study.Train.Count

            if not (Double.IsFinite size) then
                return! Error Failures.beyondDoubles

            let rounding = 1e-12 + 1e-16 * size
            let step = 0.5 / sqrt sharpest

            if stationary |> List.exists (fun x -> step < finest * abs x) then
                return!
                    Error(
                        Inaccurate
                            "The posterior of the scale is too sharp to be integrated in doubles: use its saddle point, or rescale the targets."
                    )

            let logEvidence, meanScale, rule =
                scan f (List.min stationary) (List.max stationary) step |> integrate f rounding

            if not (Double.IsFinite logEvidence && Double.IsFinite meanScale) then
                return! Error Failures.beyondDoubles

            return ScaleMixture(saddle, GaussRule.ofMeasure order rule, meanScale, logEvidence)
        }

    /// Integrates over the scale for a network at temperature T on a study's training set.
    let solve network temperature study =
        Failures.catch (fun () -> attempt network temperature study)

    /// The predictive distribution of f at each row of `inputs`: one pass over the test kernel a node.
    let distributions (inputs: Matrix) (mixture: ScaleMixture) =
        let saddle = mixture.Saddle
        let layers = saddle.OrderParameters.Length

        let components =
            mixture.LogScale.Nodes
            |> Array.map (fun x -> Posterior.predictAt (Array.create layers (exp (x / float layers))) inputs saddle)

        Array.init (int inputs.Rows) (fun t ->
            {
                ComponentWeights = mixture.LogScale.Weights
                ComponentMeans = components |> Array.map (fun c -> c.Mean[t, 0])
                ComponentDeviations = components |> Array.map (fun c -> sqrt c.Variance[t, 0])
            })

    /// The predictive mean and variance of f at the rows of `inputs`.
    let predict inputs mixture =
        let points = distributions inputs mixture

        {
            Mean = Array2D.init points.Length 1 (fun t _ -> PredictiveMixture.mean points[t])
            Variance = Array2D.init points.Length 1 (fun t _ -> PredictiveMixture.variance points[t])
        }

    /// Bias of the mixture's mean, variance and loss on a test set.
    let score (test: DataSet) mixture =
        predict test.Inputs mixture |> Prediction.score test.Targets

    /// `errorBar` by a loss that mixtures of several widths share: that of a mixture is the average of its components' losses.
    let errorBarBy (loss: ScaleLoss) (mixture: ScaleMixture) =
        let average =
            Array.fold2
                (fun sum x weight -> sum + weight * loss.At x)
                0.0
                mixture.LogScale.Nodes
                mixture.LogScale.Weights

        average - loss.At(logScale mixture.Saddle.SaddlePoint.Chosen)

    /// The theory's own error bar: the loss of the mixture less that of its saddle point, O(1/N).
    let errorBar test (mixture: ScaleMixture) =
        errorBarBy (ScaleLoss(mixture.Saddle, test)) mixture
