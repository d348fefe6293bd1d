namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// Inputs drawn uniformly from the sphere |x|^2 = N0, of which a network's kernel is a function of the overlap t = x.x'/N0 alone: its
/// eigenfunctions are the spherical harmonics, its eigenvalues (Funk and Hecke)
///
/// e_k = int K(t) P_k(t) (1 - t^2)^((N0-3)/2) dt / int (1 - t^2)^((N0-3)/2) dt
///
/// with P_k the Gegenbauer polynomial of degree k, P_k(1) = 1. Gaussian inputs are nearly of this kind where N0 is large.
[<RequireQualifiedAccess>]
module SphericalInputs =

    let private highestDegree = 300
    let private largestMultiplicity = 1e14

    /// The number of independent harmonics of each degree.
    let private multiplicities inputs =
        let d = float inputs

        Seq.unfold
            (fun (k, binomial) ->
                let count = (2.0 * k + d - 2.0) / k * binomial
                Some(count, (k + 1.0, binomial * (k + d - 2.0) / k)))
            (1.0, 1.0)
        |> Seq.append [ 1.0 ]

    /// The nodes of a rule in theta = arccos t, and their weights under the distribution of t.
    let private rule inputs =
        // Several nodes within the density's width 1/sqrt(N0), and within every wave of the highest degree.
        let order = 2 * highestDegree + 12 * int (sqrt (float inputs))
        let rule = GaussLegendre.Rule(order, 0.0, Math.PI)
        let angles = rule.Nodes.ToArray()

        let density =
            Array.map2 (fun w theta -> w * sin theta ** float (inputs - 2)) (rule.Weights.ToArray()) angles

        let total = Array.sum density
        Array.map cos angles, density |> Array.map (fun w -> w / total)

    // A kernel of overlaps can be evaluated in the plane.
    let private onOverlaps kernel (overlaps: float[]) =
        let constant _ =
            invalidOp "The kernel at infinite width holds no symbol."

        let point cosine sine =
            [| sqrt 2.0 * cosine; sqrt 2.0 * sine |]

        let left = Matrix.FromArray(1n, 2n, ReadOnlySpan(point 1.0 0.0))

        let right =
            overlaps |> Array.collect (fun t -> point t (sqrt ((1.0 - t) * (1.0 + t))))

        let right = Matrix.FromArray(nativeint overlaps.Length, 2n, ReadOnlySpan right)

        let values = KernelProgram.compile kernel |> KernelProgram.cross constant left right

        Array.init overlaps.Length (fun i -> values[0n, nativeint i])

    /// P_0, P_1, ... at the nodes.
    let private polynomials inputs (t: float[]) =
        let d = float inputs

        let next k (before: float[]) (current: float[]) =
            Array.init t.Length (fun i ->
                if k = 0.0 then
                    t[i]
                else
                    ((2.0 * k + d - 2.0) * t[i] * current[i] - k * before[i]) / (k + d - 2.0))

        Seq.unfold
            (fun (k, before, current) -> Some(current, (k + 1.0, current, next k before current)))
            (0.0, Array.zeroCreate t.Length, Array.create t.Length 1.0)

    let private levelsOf kernel inputs (power: float[]) =
        let t, density = rule inputs
        let weighted = Array.map2 (*) density (onOverlaps kernel t)
        let trace = (onOverlaps kernel [| 1.0 |])[0]

        let resolved =
            Seq.zip (multiplicities inputs) (polynomials inputs t)
            |> Seq.truncate (highestDegree + 1)
            |> Seq.takeWhile (fun (count, _) -> count <= largestMultiplicity)
            |> Seq.map (fun (count, polynomial) ->
                let value = Array.fold2 (fun sum k p -> sum + k * p) 0.0 weighted polynomial
                // P_k has the mean square 1/count: less than this is rounding.
                (if value > 1e-14 * trace / sqrt count then value else 0.0), count)
            |> Array.ofSeq

        let rest = trace - Array.sumBy (fun (e, count) -> e * count) resolved

        let level degree =
            let eigenvalue, multiplicity =
                Array.tryItem degree resolved |> Option.defaultValue (0.0, largestMultiplicity)

            {
                Eigenvalue = eigenvalue
                Multiplicity = multiplicity
                Power = Array.tryItem degree power |> Option.defaultValue 0.0
            }

        // What is left of K(x, x) lies in more functions than any training set resolves: it acts as a ridge.
        let unresolved =
            {
                Eigenvalue = max 0.0 rest / largestMultiplicity
                Multiplicity = largestMultiplicity
                Power = 0.0
            }

        Array.append (Array.init (max resolved.Length power.Length) level) [| unresolved |]

    /// The levels of a theory's kernel at infinite width on such inputs of N0 features, degree by degree. The targets' harmonics of
    /// degree 0, 1, 2, ... have the squared coefficients `power`, summed over each degree: a linear teacher has all its power at degree 1.
    let levels theory network inputs (power: float seq) =
        if inputs < 2 then
            Error(BadData $"The inputs have {inputs} features: a sphere needs at least 2.")
        else
            Ok(levelsOf (Population.kernelOf theory network) inputs (Array.ofSeq power))

    /// The population of such inputs with these targets and noise of variance s2 on them.
    let population theory network inputs noise power =
        levels theory network inputs power
        |> Result.bind (Population.ofLevels noise)
        |> Result.map (fun population -> Population(population.Spread, Some(Population.kernelOf theory network)))
