namespace FiniteWidth.Experiment

open System

/// The powers of the likelihood on the way from the prior to the posterior, 0 = beta_0 < ... < beta_R = 1, with the step of the trajectories at each.
[<NoComparison>]
type internal AnnealingPath =
    {
        Powers: float[]
        Steps: float[]
    }

    /// R.
    member this.Rungs = this.Powers.Length - 1

/// What passes have met at one power.
[<Struct>]
type internal RungRecord =
    {
        /// The standard deviation of the log likelihood over passes of both directions: what lags behind counts too.
        Deviation: float
        /// The mean acceptance probability of trajectories.
        Acceptance: float
    }

[<RequireQualifiedAccess>]
module internal AnnealingPath =

    /// Of trajectories: where HMC is cheapest.
    let acceptance = 0.8

    // A path of which nothing is known is dense where the likelihood, to however small a power, begins to count.
    let private firstRungs, private crowding = 32, 4.0
    // How much a step's logarithm follows a lack of acceptance.
    let private gain = 1.0
    let private longestStep = Math.PI / 2.0

    /// To begin with.
    let first =
        {
            Powers = Array.init (firstRungs + 1) (fun k -> (float k / float firstRungs) ** crowding)
            Steps = Array.create (firstRungs + 1) 1.0
        }

    let internal nextStep step observed =
        min longestStep (step * exp (gain * (observed - acceptance)))

    // The mean over a number and its neighbours.
    let private smooth (values: float[]) =
        Array.init values.Length (fun k -> values[max 0 (k - 1) .. min (values.Length - 1) (k + 1)] |> Array.average)

    /// The thermodynamic length up to each power, the integral of the deviation of the log likelihood over the power.
    let lengths path (records: RungRecord[]) =
        let deviation =
            records |> Array.map (fun r -> r.Deviation ** 2.0) |> smooth |> Array.map sqrt

        (0.0, Array.pairwise (Array.zip path.Powers deviation))
        ||> Array.scan (fun sum ((lower, d), (upper, d')) -> sum + 0.5 * (d + d') * (upper - lower))

    // Where x lies among ascending numbers, and how far it is on the way to the next.
    let private place (ascending: float[]) x =
        let rec find k =
            if k + 2 < ascending.Length && ascending[k + 1] < x then
                find (k + 1)
            else
                k

        let k = find 0
        let width = ascending[k + 1] - ascending[k]

        struct (k,
                (if width > 0.0 then
                     Math.Clamp((x - ascending[k]) / width, 0.0, 1.0)
                 else
                     0.0))

    let private between struct (k, share) (values: float[]) =
        values[k] + share * (values[k + 1] - values[k])

    /// A path of so many rungs at equal lengths, by what passes along this one have met: the least work is lost where all steps cost the same.
    let refine rungs path (records: RungRecord[]) =
        let lengths = lengths path records
        let total = Array.last lengths
        let observed = records |> Array.map _.Acceptance |> smooth

        let logSteps =
            Array.map2 (fun step acceptance -> log (nextStep step acceptance)) path.Steps observed

        let powers =
            Array.init (rungs + 1) (fun k ->
                if k = 0 then
                    0.0
                elif k = rungs then
                    1.0
                elif total > 0.0 then
                    between (place lengths (total * float k / float rungs)) path.Powers
                else
                    float k / float rungs)

        {
            Powers = powers
            Steps =
                powers
                |> Array.map (fun power -> exp (between (place path.Powers power) logSteps))
        }
