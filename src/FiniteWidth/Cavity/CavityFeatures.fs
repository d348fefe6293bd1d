namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// What the specialised units of one sign of the readout have in common; where sigma is odd, (W, v) and (-W, -v) are one unit and v > 0.
type SpecialisedFeature =
    {
        /// How many of the N units.
        Number: float
        /// Their mean readout E[v|W].
        Readout: float
        /// Their mean input weights W, N0: h = W.x/sqrt(N0). What no training point sees of W averages to zero.
        Weights: float[]
        /// Their mean bias; 0 where the layer has none.
        Bias: float
    }

/// What the hidden units of the last layer have learnt: averages of one unit over the posterior, the prior's beside them.
[<NoComparison; NoEquality>]
type HiddenFeatures =
    {
        /// E[phi phi^T] of the prior on the training set, P x P, phi = sigma(h).
        Prior: Matrix
        /// The same of the posterior: phi.phi/N of the hidden layer.
        Posterior: Matrix
        /// The posterior's standard error as a whole, |dG|/|G| in Frobenius's norm.
        Error: float
        /// The specialised units, of positive readout first; none of a network of several hidden layers, whose last one has no input weights.
        Specialised: SpecialisedFeature[]
    }

/// Features of a solution of the cavity theory.
[<RequireQualifiedAccess>]
module internal CavityFeatures =

    // Sums over specialised units of one sign: of their weights in the average, of readouts and of positions.
    type private Sum =
        {
            mutable Weight: float
            mutable Readout: float
            Position: float[]
        }

    let private sumOf coordinates =
        {
            Weight = 0.0
            Readout = 0.0
            Position = Array.zeroCreate coordinates
        }

    // Weights that take the units of one sign of the readout, each turned to it.
    let private ofSign sign isOdd (density: UnitDensity) =
        Array.init density.Weights.Length (fun i ->
            if not (UnitDensity.isSpecialised i density) then
                0.0
            elif isOdd then
                density.Weights[i] * float (Math.Sign density.Readouts[i])
            elif Math.Sign density.Readouts[i] = sign then
                density.Weights[i]
            else
                0.0)

    let private add sign isOdd (population: Cavity.UnitPopulation) (density: UnitDensity) (sum: Sum) =
        let weights = ofSign sign isOdd density
        let place = Array.zeroCreate<float> sum.Position.Length
        population.MeanPosition(ReadOnlySpan weights, Span place)
        InPlace.addArray 1.0 place sum.Position
        sum.Weight <- sum.Weight + Array.sumBy abs weights
        sum.Readout <- sum.Readout + CavityFields.dot weights density.Readouts

    let private feature (inputs: CavityInputs) sweeps (sum: Sum) =
        match inputs.InputWeights with
        | Some back when sum.Weight > 0.0 ->
            let struct (weights, bias) =
                sum.Position |> Array.map (fun x -> x / sum.Weight) |> back

            Some
                {
                    Number = inputs.Width * sum.Weight / float sweeps
                    Readout = sum.Readout / sum.Weight
                    Weights = weights
                    Bias = bias
                }
        | _ -> None

    /// Averages over sweeps in the fields of a state, `blocks` of which tell the error.
    let measure blocks stream sweeps (state: CavityState) (sampler: CavitySampler) =
        let inputs = sampler.Inputs
        let points = inputs.PriorKernel.Rows
        let ofBlocks = Array.init blocks (fun _ -> Matrix.Zeros(points, points))
        let sweep = Matrix.Zeros(points, points)

        let signs = if inputs.IsOdd then [ 1 ] else [ 1; -1 ]

        let sums =
            signs |> List.map (fun sign -> sign, sumOf (int inputs.Coordinates.Columns))

        let perBlock = (sweeps + blocks - 1) / blocks

        CavityState.observe
            stream
            (perBlock * blocks)
            (fun t density ->
                let population = sampler.Population
                population.Moments(ReadOnlySpan density.Weights, sweep)
                InPlace.add (1.0 / float perBlock) sweep ofBlocks[t / perBlock]

                for sign, sum in sums do
                    add sign inputs.IsOdd population density sum)
            state
            sampler

        let gram = Matrix.Zeros(points, points)

        for block in ofBlocks do
            InPlace.add (1.0 / float blocks) block gram

        let scatter =
            ofBlocks
            |> Array.sumBy (fun block ->
                InPlace.add -1.0 gram block
                InPlace.frobenius block block)

        {
            Prior = inputs.PriorKernel.Clone()
            Posterior = gram
            Error = sqrt (scatter / float (blocks * (blocks - 1)) / InPlace.frobenius gram gram)
            Specialised = sums |> List.choose (snd >> feature inputs (perBlock * blocks)) |> Array.ofList
        }
