namespace FiniteWidth

open System
open FiniteWidth.Numerics

/// One eigendecomposition K = U^T diag(k) U of a kernel on the training set, with the targets in its basis. It serves
/// every multiple of the kernel: every width, readout prior and temperature.
[<Sealed>]
type Spectrum(eigenvalues: float[], basis: Matrix, projectedTargets: Matrix) =

    let power =
        Array.init eigenvalues.Length (fun i ->
            let row = projectedTargets.Row(nativeint i)
            let mutable sum = 0.0

            for d in 0 .. row.Length - 1 do
                sum <- sum + row[d] * row[d]

            sum)

    /// k_1 <= ... <= k_P, none negative.
    member _.Eigenvalues = eigenvalues

    /// U, P x P: eigenvector i is row i.
    member _.Basis = basis

    /// U Y, P x D.
    member _.ProjectedTargets = projectedTargets

    /// |(U Y)_i|^2, summed over the outputs.
    member _.TargetPower = power

    /// P.
    member _.Count = eigenvalues.Length

    /// D.
    member _.Outputs = int projectedTargets.Columns

    /// The number of eigenvalues that are not rounding of zero.
    member _.Rank =
        let largest = if eigenvalues.Length = 0 then 0.0 else Array.last eigenvalues
        let rounding = largest * float eigenvalues.Length * (Math.BitIncrement 1.0 - 1.0)
        eigenvalues |> Array.sumBy (fun k -> if k > rounding then 1 else 0)

/// log det(A) and y^T A^(-1) y of A = T I + s K, summed over outputs, with two derivatives in log s.
[<Struct>]
type ScaledKernelAction =
    { Value: float
      First: float
      Second: float }

[<RequireQualifiedAccess>]
module Spectrum =

    /// Decomposes K, which is overwritten, with the targets Y (P x D).
    let decompose (k: Matrix) (targets: Matrix) =
        let algebra = LinearAlgebra.Default
        let eigenvalues = algebra.Eigen k |> Array.map (max 0.0)
        let projected = Matrix.Uninitialized(targets.Rows, targets.Columns)
        algebra.Multiply(1.0, k, false, targets, false, 0.0, projected)
        Spectrum(eigenvalues, k, projected)

    /// W(s) = D log det(T I + s K) - D P log T + Tr Y^T (T I + s K)^(-1) Y and its derivatives in log s: O(P). At T = 0 the
    /// term D P log T is left out.
    let action temperature scale (spectrum: Spectrum) =
        let eigenvalues = spectrum.Eigenvalues
        let power = spectrum.TargetPower
        let outputs = float spectrum.Outputs
        let mutable value = 0.0
        let mutable first = 0.0
        let mutable second = 0.0
        // One logarithm for many factors: the product is renormalised before it can overflow.
        let mutable product = 1.0
        let mutable exponent = 0L
        let unit = if temperature > 0.0 then temperature else 1.0

        for i in 0 .. eigenvalues.Length - 1 do
            let a = scale * eigenvalues[i]
            let total = temperature + a
            let fraction = a / total
            let energy = power[i] / total
            value <- value + energy
            first <- first + outputs * fraction - energy * fraction
            second <- second + (1.0 - fraction) * fraction * outputs - energy * fraction * (1.0 - 2.0 * fraction)
            product <- product * (total / unit)

            if product > 1e100 || product < 1e-100 then
                let shift = Math.ILogB product
                exponent <- exponent + int64 shift
                product <- Math.ScaleB(product, -shift)

        { Value = value + outputs * (log product + float exponent * log 2.0)
          First = first
          Second = second }

    /// y^T (s K)^(-1) y, summed over outputs; infinite where K is singular.
    let quadraticForm scale (spectrum: Spectrum) =
        if spectrum.Rank < spectrum.Count then
            infinity
        else
            Array.fold2 (fun sum k power -> sum + power / (scale * k)) 0.0 spectrum.Eigenvalues spectrum.TargetPower
