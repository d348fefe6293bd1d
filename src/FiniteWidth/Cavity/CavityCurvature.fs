namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// Whether the others' field may be taken for Gaussian: whether their log evidence may be expanded to second order in a unit's own output.
[<RequireQualifiedAccess>]
type GaussianCavity =
    /// It may.
    | Holds
    /// Few units share the targets with fluctuations that the expansion leaves out.
    | Fails

/// What a second-order field leaves out along the direction that suffers most. G answers to V, the variance of the units' shares z =
/// v n.phi/sqrt(N), and V to G: with cumulants kappa_r = N <z^r>_c, V = kappa_2,
///
/// loop = (G^2/2) kappa_4,  curvature = (T + V)/(T + V + (G^2/2) kappa_3^2/(1 - loop)),
///
/// so that dg/dy along n, which is -d^2 log p(y)/dy^2, is `curvature` times n.G n. k units that share the direction equally have loop
/// 1/(2k) and curvature 1 - 1/(2k). Cumulants are to first order in 1/N.
[<RequireQualifiedAccess>]
type CavityCurvature =
    {
        /// The gain of the loop from G to V and back; 0 where z is Gaussian, unstable from 1 on.
        Loop: float
        /// The curvature of the log evidence as a share of G; 1 where z is Gaussian, and not positive where the expansion has no meaning.
        Curvature: float
    }

    /// Fails where less than three tenths of the curvature are left, or the loop is unstable. The bound was chosen on networks that were
    /// sampled, and is a convention.
    member this.GaussianCavity =
        if this.Loop < 1.0 && this.Curvature >= 0.3 then
            GaussianCavity.Holds
        else
            GaussianCavity.Fails

    /// From cumulants of z (the second, the third, the fourth, each times N), n.G n and T.
    static member OfCumulants(temperature, curvature, variance, third, fourth) : CavityCurvature =
        let gain = 0.5 * curvature * curvature
        let loop = gain * fourth
        let sum = temperature + variance

        {
            Loop = loop
            Curvature =
                if loop < 1.0 then
                    sum / (sum + gain * third * third / (1.0 - loop))
                else
                    0.0
        }

/// Sums over sweeps from which a CavityCurvature comes.
[<NoComparison; NoEquality>]
type internal CumulantSums =
    {
        Directions: float[][]
        /// N <z^r>, r = 1 to 4, and n.G n, a row a direction.
        Sums: float[][]
        Sweeps: int ref
    }

[<RequireQualifiedAccess>]
module internal CumulantSums =

    // Directions that are asked; those that carry less of |y|^2 than this are not.
    let private smallestShare = 0.01
    let private mostDirections = 5

    /// None yet, along the eigenvectors of V that overlap most with y.
    let create (y: float[]) (covariance: Matrix) =
        let chosen =
            CavityDirections.ofCovariance y covariance
            |> List.truncate mostDirections
            |> List.filter (fun n -> CavityDirections.share y n > smallestShare)
            |> Array.ofList

        {
            Directions = chosen
            Sums = chosen |> Array.map (fun _ -> Array.zeroCreate 5)
            Sweeps = ref 0
        }

    /// Adds a sweep in the field s g: v given the weights is normal of mean b/(sqrt(lambda_1)(1+a)) and variance 1/(lambda_1 (1+a)).
    let add width prior s curvature (weights: float[]) (a: float[]) (population: UnitPopulation) (sums: CumulantSums) =
        sums.Sweeps.Value <- sums.Sweeps.Value + 1
        let along = Array.zeroCreate<float> population.Units
        let linear = population.Linear.ToArray()

        for k in 0 .. sums.Directions.Length - 1 do
            let n, sum = sums.Directions[k], sums.Sums[k]
            population.Project(ReadOnlySpan n, Span along)

            for i in 0 .. along.Length - 1 do
                let u = along[i] / sqrt width
                let m = s * linear[i] / (prior * (1.0 + a[i])) * u
                let v = u * u / (prior * (1.0 + a[i]))
                let w = width * weights[i]
                sum[0] <- sum[0] + w * m
                sum[1] <- sum[1] + w * (m * m + v)
                sum[2] <- sum[2] + w * m * (m * m + 3.0 * v)
                sum[3] <- sum[3] + w * (m * m * (m * m + 6.0 * v) + 3.0 * v * v)

            sum[4] <- sum[4] + CavityDirections.along curvature n

    let private along width temperature sweeps (sums: float[]) : CavityCurvature =
        let s = sums |> Array.map (fun x -> x / float sweeps)

        CavityCurvature.OfCumulants(
            temperature,
            s[4],
            s[1] - s[0] * s[0] / width,
            s[2] - 3.0 * s[0] * s[1] / width,
            s[3] - (4.0 * s[0] * s[2] + 3.0 * s[1] * s[1]) / width
        )

    /// That of the direction that suffers most; 0 and 1 where no direction could be asked.
    let measure width temperature (sums: CumulantSums option) : CavityCurvature =
        let all =
            match sums with
            | Some sums -> sums.Sums |> Array.map (along width temperature sums.Sweeps.Value)
            | None -> [||]

        if all.Length = 0 then
            { Loop = 0.0; Curvature = 1.0 }
        else
            {
                Loop = all |> Array.map _.Loop |> Array.max
                Curvature = all |> Array.map _.Curvature |> Array.min
            }
