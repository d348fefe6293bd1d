namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// What moments predict: mean and variance of f at the test points, and the evidence.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type internal CavityEstimate =
    {
        Mean: float[]
        Variance: float[]
        /// log p(y|X) and d log p(y|X)/dT, which have a meaning in a Gaussian field alone.
        Evidence: Lazy<struct (float * float)>
    }

    member this.LogEvidence =
        let struct (logEvidence, _) = this.Evidence.Value
        logEvidence

    member this.EvidenceSlope =
        let struct (_, slope) = this.Evidence.Value
        slope

[<RequireQualifiedAccess>]
module internal CavityEstimate =

    /// E f = khat(x).g + delta(x); var f = E[v^2 phi0^2] - m0^2 - v0^T G v0, v0 = E[v^2 phi0 phi] - m0 m, m0 = E f/sqrt(N).
    let ofMoments width temperature y (fields: CavityFields) (moments: CavityMoments) : CavityEstimate =
        let mean =
            Array.map2 (+) (CavityFields.times moments.TestKernel false fields.Linear) moments.TestExcess

        let m0 = mean |> Array.map (fun f -> f / sqrt width)
        let cross = moments.TestSecond.Clone()
        InPlace.addOuter -1.0 m0 fields.Mean cross
        let screened = Matrix.Uninitialized(cross.Rows, cross.Columns)
        LinearAlgebra.Default.Multiply(1.0, cross, false, fields.Curvature, false, 0.0, screened)

        {
            Mean = mean
            Variance =
                Array.init mean.Length (fun t ->
                    moments.TestSquares[t] - m0[t] * m0[t] - InPlace.rowDot cross screened t)
            Evidence = lazy (CavityEvidence.logEvidence width temperature y fields moments)
        }

    let score (labels: float[]) (estimate: CavityEstimate) : Score =
        let bias =
            Array.map2 (fun y0 f -> (y0 - f) * (y0 - f)) labels estimate.Mean
            |> Array.average

        let variance = Array.average estimate.Variance

        {
            Loss = bias + variance
            Bias = bias
            Variance = variance
        }

/// A number with its standard error.
[<RequireQualifiedAccess>]
type Measured =
    {
        /// The value.
        Value: float
        /// Its standard error.
        Error: float
    }

/// Bias, variance and loss with their standard errors.
[<RequireQualifiedAccess>]
type MeasuredScore =
    {
        /// Bias and variance together.
        Loss: Measured
        /// Mean squared error of the posterior mean.
        Bias: Measured
        /// Mean posterior variance.
        Variance: Measured
    }

[<RequireQualifiedAccess>]
module internal MeasuredScore =

    /// Each part as it is measured.
    let ofParts (measure: (Score -> float) -> Measured) : MeasuredScore =
        {
            Loss = measure _.Loss
            Bias = measure _.Bias
            Variance = measure _.Variance
        }

/// Delete-one-block estimates: the inverse of sampled moments biases a variance low by about P over the number of effective units, which
/// the jackknife takes out, and their spread is the standard error.
[<NoComparison; NoEquality>]
type internal Jackknife<'estimate> =
    {
        Full: 'estimate
        Without: 'estimate[]
    }

[<RequireQualifiedAccess>]
module internal Jackknife =

    let map f jackknife =
        {
            Full = f jackknife.Full
            Without = Array.map f jackknife.Without
        }

    /// n theta - (n - 1) mean theta_(-i), with standard error sqrt((n-1)/n sum (theta_(-i) - mean)^2).
    let measure (jackknife: Jackknife<float>) : Measured =
        let n = float jackknife.Without.Length
        let mean = Array.average jackknife.Without

        {
            Value = n * jackknife.Full - (n - 1.0) * mean
            Error =
                sqrt (
                    (n - 1.0) / n
                    * (jackknife.Without |> Array.sumBy (fun x -> (x - mean) * (x - mean)))
                )
        }

    /// The same of an estimate; a change between the halves of a window says what its blocks miss.
    let measureWith
        (halves: 'estimate * 'estimate)
        (f: 'estimate -> float)
        (jackknife: Jackknife<'estimate>)
        : Measured =
        let jackknifed = jackknife |> map f |> measure
        let first, second = f (fst halves), f (snd halves)

        { jackknifed with
            Error = max jackknifed.Error (0.5 * abs (first - second))
        }

    /// The estimates of blocks, of all but each of them, and of both halves; none where one of them has none.
    let ofBlocks (estimate: 'block list -> 'estimate option) (blocks: 'block[]) =
        let blocks = List.ofArray blocks
        let all = estimate blocks
        let without = blocks |> List.mapi (fun i _ -> List.removeAt i blocks |> estimate)
        let half = blocks.Length / 2
        let halves = [ List.take half blocks; List.skip half blocks ] |> List.map estimate

        if List.forall Option.isSome (all :: without @ halves) then
            Some(
                {
                    Full = all.Value
                    Without = without |> List.map Option.get |> Array.ofList
                },
                (halves[0].Value, halves[1].Value)
            )
        else
            None
