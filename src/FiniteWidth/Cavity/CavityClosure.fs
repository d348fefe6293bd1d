namespace FiniteWidth

open System
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Cavity

/// Sweeps in a field that is exact along one direction n of the targets: the others' message to a unit's share z = v n.phi/sqrt(N) is a function
/// c(z), the density of the others' sum at n.y - z, in place of exp(n.g z - n.G n z^2/2).
///
/// p(w, v) ~ p0(w) p0(v) exp(v B - v^2 Q/2) c(z)/exp(n.g z - n.G n z^2/2); E[v phi] is then not Khat g/sqrt(N), and
///
/// (T I + Khat - (T/N) G Khat) g = y - (1 - (T/N) G) delta,  f(x) = khat(x).g + delta(x),  delta = sqrt(N) E[v phi] - Khat g.
[<RequireQualifiedAccess>]
module internal CavityClosure =

    // How fast the message's shape follows its units, while they arrive and while they are measured.
    let private arriving, private measuring = 0.06, 0.02

    // The slope of the message changes by this part of itself a sweep at most.
    let private largestTilt = 0.15

    let private readouts = 120

    // The eigenvector of V that overlaps most with y, with n.y > 0.
    let private directionOf (y: float[]) (covariance: Matrix) =
        let n = CavityDirections.ofCovariance y covariance |> List.head
        let sign = if CavityFields.dot n y < 0.0 then -1.0 else 1.0
        n |> Array.map (fun x -> sign * x)

    let private messageOf (inputs: CavityInputs) temperature direction =
        DirectionalMessage(inputs.Width, temperature, CavityFields.dot direction inputs.Targets)

    /// The Gaussian message along the eigenvector of V that overlaps most with y.
    let start (inputs: CavityInputs) temperature (fields: CavityFields) : CavityMessage =
        let direction = directionOf inputs.Targets fields.Covariance
        let message = messageOf inputs temperature direction
        message.SetGaussian(CavityFields.dot direction fields.Linear, CavityDirections.along fields.Curvature direction)

        {
            Direction = direction
            LogMessage = message.LogMessage.ToArray()
        }

    /// The part of |y|^2 that the direction carries.
    let share (inputs: CavityInputs) (message: CavityMessage) =
        CavityDirections.share inputs.Targets message.Direction

    /// Sweeps from a message on.
    let sweeper (sampler: CavitySampler) (from: CavityMessage) : CavitySweeper =
        let inputs, population = sampler.Inputs, sampler.Population
        let width, prior, n = inputs.Width, inputs.ReadoutPrior, from.Direction
        let message = messageOf inputs sampler.Temperature n
        from.LogMessage.CopyTo message.LogMessage
        let target = CavityFields.dot n inputs.Targets

        let quadrature =
            ReadoutQuadrature(Seq.max (population.Nodes.ToArray()), prior, readouts)

        let run measure (stream: RandomStream) (g: float[]) (curvature: Matrix) (moments: CavityMoments) : SweepRecord =
            let beyond =
                message.Beyond(ReadOnlySpan n, CavityFields.dot n g, CavityDirections.along curvature n)

            population.Sweep(UnitField(width, ReadOnlySpan g, curvature, beyond), stream.Split 0L, not measure)

            let density = Array.zeroCreate<float> population.Units
            sampler.Ladder.Solve(population, Span density)
            quadrature.Weigh(population, ReadOnlySpan density)

            // n.y is met exactly: N E[z] = n.y.
            let slope = abs message.Slope
            let tilt = quadrature.Tilt(target / width, largestTilt * slope)
            message.Tilt tilt

            let zeroth, first, second =
                Array.zeroCreate population.Units, Array.zeroCreate population.Units, Array.zeroCreate population.Units

            quadrature.Sums(Span zeroth, Span first, Span second)
            let quadratic, b = population.Quadratic.ToArray(), population.Linear.ToArray()
            let ofKernel = Array.map2 (fun w q -> w / (prior + q)) zeroth quadratic
            population.Moments(ReadOnlySpan ofKernel, ReadOnlySpan second, moments.Kernel, moments.Second)
            population.Mean(ReadOnlySpan first, Span moments.Excess)

            let exceed (mean: float[]) kernel =
                let explained = CavityFields.times kernel false g

                for i in 0 .. mean.Length - 1 do
                    mean[i] <- sqrt width * mean[i] - explained[i]

            exceed moments.Excess moments.Kernel

            if measure then
                population.TestMoments(
                    ReadOnlySpan second,
                    stream.Split 1L,
                    moments.TestKernel,
                    moments.TestSecond,
                    Span moments.TestSquares
                )

                population.TestMean(ReadOnlySpan first, Span moments.TestExcess)
                exceed moments.TestExcess moments.TestKernel

            message.Follow(
                ReadOnlySpan(quadrature.Distribution message.Grid),
                (if measure then measuring else arriving)
            )

            let strengths = Array.map2 (fun b q -> b * b / (prior + q)) b quadratic

            let readouts = Array.map2 (fun w m -> if w > 0.0 then m / w else 0.0) zeroth first

            let amplitude = 1.0 + (if slope > 0.0 then tilt / slope else 0.0)

            let units: UnitDensity =
                {
                    Weights = zeroth
                    Strengths = strengths
                    Readouts = readouts
                }

            SweepRecord.ofUnits amplitude nan units population

        {
            Run = run
            Message =
                fun () ->
                    Some
                        {
                            Direction = n
                            LogMessage = message.LogMessage.ToArray()
                        }
        }
