namespace FiniteWidth

open System
open System.IO
open System.Security.Cryptography
open System.Runtime.InteropServices
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Krylov

/// What a Krylov space of one kernel needs besides the kernel: the training set and the inputs to predict at.
[<NoComparison; NoEquality>]
type internal KrylovData = { Train: DataSet; Inputs: Matrix }

/// The Krylov spaces of one kernel that its training targets, test points and random vectors span, and the quadrature of its spectrum that they give.
///
/// One block holds the targets, the first test points' columns k_x and the first random vectors z of signs: y^T f(K) y, k_x^T f(K) y and
/// k_x^T f(K) k_x come from it for every f, and tr f(K) is the mean of z^T f(K) z. Further test points and random vectors have blocks of their own.
[<Sealed>]
type internal KrylovSpace(kernel: TiledKernel, program: KernelProgram, data: KrylovData, settings: IterativeSettings) =

    // More columns than that make blocks whose spaces hold no more than they need.
    let mostTests, mostProbes = 64, 128

    let constant symbol =
        invalidOp $"The constant kernel still holds the symbol {Latex.symbol symbol}."

    // What images usually need, a few more for every doubling: a rule costs an eigendecomposition, so none is made much too early.
    let usualSteps =
        int (8.0 + 4.0 * max 0.0 (Math.Log2(float data.Train.Count / 1000.0)))

    let size, outputs, tests =
        data.Train.Count, data.Train.Outputs, int data.Inputs.Rows

    // k_x, a row a test point.
    let columns = KernelProgram.cross constant data.Inputs data.Train.Inputs program

    let diagonal = KernelProgram.diagonal constant data.Inputs program
    let inMain = min tests mostTests

    // The probes of one batch are drawn from a stream of their own.
    let signs batch count =
        let rows = Matrix.Uninitialized(nativeint count, nativeint size)
        RandomStream.FromSeed(settings.Seed).Split(int64 batch).Normal rows

        for i in 0n .. rows.Rows - 1n do
            let row = rows.Row i

            for j in 0 .. row.Length - 1 do
                row[j] <- if row[j] < 0.0 then -1.0 else 1.0

        rows

    let stack (parts: Matrix list) =
        let rows = parts |> List.sumBy (fun part -> part.Rows)
        let all = Matrix.Uninitialized(rows, nativeint size)
        let mutable at = 0n

        for part in parts do
            if part.Rows > 0n then
                part.CopyTo(all.View(at, 0n, part.Rows, nativeint size))

            at <- at + part.Rows

        all

    let targets =
        Matrix.Create(nativeint outputs, nativeint size, (fun d mu -> data.Train.Targets[mu, d]))

    let start =
        stack
            [
                targets
                columns.View(0n, 0n, nativeint inMain, nativeint size)
                signs 0 settings.Probes
            ]

    // The start vectors and what K makes of the first of them tell one run from another.
    let checkpointOf =
        match settings.Checkpoint with
        | None -> fun _ -> None
        | Some folder ->
            let hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
            let image = Matrix.Uninitialized(1n, nativeint size)
            let last = start.Rows - 1n
            kernel.Multiply(start.View(last, 0n, 1n, nativeint size), image, settings.Cancellation)

            for i in 0n .. last do
                hash.AppendData(MemoryMarshal.AsBytes(start.Row i))

            hash.AppendData(MemoryMarshal.AsBytes(image.Row 0n))

            let name = Convert.ToHexStringLower(hash.GetHashAndReset()).Substring(0, 16)

            fun (batch: string) -> Some(KrylovCheckpoint(Path.Combine(folder, $"krylov-{name}", batch)))

    let batchOf name keepsBasis start =
        KrylovBatch(start, keepsBasis, checkpointOf name, settings)

    let main = batchOf "main" true start

    // Where there is room for the bases of so many vectors no step is taken twice.
    let hasRoom vectors =
        8.0 * 32.0 * float size * float vectors < 0.25 * IterativeMemory.available ()

    let keepsTests = hasRoom tests

    let testBatches =
        [
            for first in inMain..mostTests .. tests - 1 do
                let count = min mostTests (tests - first)

                first,
                batchOf $"test-{first}" keepsTests (columns.View(nativeint first, 0n, nativeint count, nativeint size))
        ]

    let probeBatches = ResizeArray<KrylovBatch>()
    let mutable probes = settings.Probes
    let mutable steps = 0
    let mutable known: Spectrum option = None

    let squares (components: Matrix) row =
        components.Row(nativeint row).ToArray() |> Array.map (fun x -> x * x)

    // The spectrum by one of the two rules.
    let spectrumBy (rule: KrylovRules -> KrylovRitz) bound =
        let own = rule (main.Run(kernel, steps))

        let others =
            probeBatches
            |> Seq.map (fun batch -> batch, rule (batch.Run(kernel, steps)))
            |> List.ofSeq

        let nodes =
            Array.concat (own.Nodes :: List.map (fun (_, ritz: KrylovRitz) -> ritz.Nodes) others)

        let seen = ResizeArray<Probe>()
        // Then the nodes are all eigenvalues, and nothing is random.
        let isWhole = own.Nodes.Length = size

        for probe in 0 .. settings.Probes - 1 do
            seen.Add
                {
                    First = 0
                    Weights =
                        if isWhole then
                            Array.create size 1.0
                        else
                            squares own.Components (outputs + inMain + probe)
                }

        let mutable first = own.Nodes.Length

        for batch, ritz in others do
            for probe in 0 .. int batch.Start.Rows - 1 do
                seen.Add
                    {
                        First = first
                        Weights = squares ritz.Components probe
                    }

            first <- first + ritz.Nodes.Length

        let weights = Array.zeroCreate<float> nodes.Length

        for probe in seen do
            for i in 0 .. probe.Weights.Length - 1 do
                weights[probe.First + i] <- weights[probe.First + i] + probe.Weights[i] / float seen.Count

        let ownCount = nativeint own.Nodes.Length
        let components = Matrix.Zeros(nativeint nodes.Length, nativeint outputs)
        let cross = Matrix.Zeros(nativeint nodes.Length, nativeint tests)

        for i in 0n .. ownCount - 1n do
            for d in 0n .. nativeint outputs - 1n do
                components[i, d] <- own.Components[d, i]

            for t in 0n .. nativeint inMain - 1n do
                cross[i, t] <- own.Components[nativeint outputs + t, i]

        for first, batch in testBatches do
            match main.Basis with
            | Some basis ->
                let along = basis.Components(batch.Start, own)

                for t in 0n .. along.Rows - 1n do
                    for i in 0n .. ownCount - 1n do
                        cross[i, nativeint first + t] <- along[t, i]
            | None -> ()

        // A test point's own vector lies in the space of its own batch.
        let testRules =
            [
                (0, inMain, outputs, own)

                for first, batch in testBatches do
                    first, int batch.Start.Rows, 0, rule (batch.Run(kernel, steps))
            ]

        let explained temperature scale =
            let values = Array.zeroCreate<float> tests

            for first, count, offset, ritz in testRules do
                for t in 0 .. count - 1 do
                    let row = ritz.Components.Row(nativeint (offset + t))
                    let mutable sum = 0.0

                    for i in 0 .. row.Length - 1 do
                        sum <- sum + row[i] * row[i] / (temperature + scale * ritz.Nodes[i])

                    values[first + t] <- sum

            values

        Spectrum.ofQuadrature
            nodes
            components
            {
                Count = size
                Weights = weights
                Probes = seen.ToArray()
                Inputs = data.Inputs
                Cross = cross
                Diagonal = diagonal
                Explained = explained
                Rounding = kernel.Rounding
                Steps = main.Steps
                Products =
                    main.Products
                    + Seq.sumBy (fun (batch: KrylovBatch) -> batch.Products) probeBatches
                    + List.sumBy (fun (_, batch: KrylovBatch) -> batch.Products) testBatches
                Bound = bound
            }

    /// What is known so far, after a first few steps at least.
    member _.Spectrum =
        match known with
        | Some spectrum -> spectrum
        | None ->
            if steps = 0 then
                steps <- usualSteps

            let bound = spectrumBy _.Radau None
            let spectrum = spectrumBy _.Gauss (Some bound)
            known <- Some spectrum
            spectrum

    /// More steps; false where there are none to be had.
    member _.Refine() =
        let all = main :: List.map snd testBatches @ List.ofSeq probeBatches

        if all |> List.exists _.CanGoOn then
            steps <- steps + max 2 (steps / 4)
            known <- None
            true
        else
            false

    /// Random vectors until there are so many; false where there are.
    member _.AddProbes wanted =
        if wanted <= probes then
            false
        else
            settings.Progress(
                IterativeProgress.Stated $"Traces need about {wanted} random vectors in all; {probes} are done."
            )

            // Blocks of one size.
            let blocks = (wanted - probes + mostProbes - 1) / mostProbes

            for left in blocks .. -1 .. 1 do
                let count = (wanted - probes + left - 1) / left
                let number = probeBatches.Count + 1
                probes <- probes + count
                probeBatches.Add(batchOf $"probes-{number}" (hasRoom probes) (signs number count))

            known <- None
            true

    interface IDisposable with
        member _.Dispose() = kernel.Dispose()
