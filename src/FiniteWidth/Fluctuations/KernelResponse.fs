namespace FiniteWidth

open System
open FiniteWidth.Differentiation
open FiniteWidth.Numerics

/// What the kernel at the top, between two sets of points, has of a small change d of the kernel of a lower layer's features:
///
/// A d_ij + B d_ii + C d_jj to first order, and half of
/// DD d_ij^2 + 2 DI d_ij d_ii + 2 DJ d_ij d_jj + II d_ii^2 + JJ d_jj^2 + 2 IJ d_ii d_jj to second, entry by entry.
[<NoComparison; NoEquality>]
type internal PairResponse =
    {
        A: Matrix
        B: Matrix
        C: Matrix
        DD: Matrix
        DI: Matrix
        DJ: Matrix
        II: Matrix
        JJ: Matrix
        IJ: Matrix
    }

/// The same of each point with itself: First d_ii + Second d_ii^2/2.
[<NoComparison; NoEquality>]
type internal PointResponse = { First: float[]; Second: float[] }

/// Preactivations of one layer at two sets of points: variances and covariances.
[<NoComparison; NoEquality>]
type internal Preactivations =
    {
        Left: float[]
        Cross: Matrix
        Right: float[]
    }

[<RequireQualifiedAccess>]
module internal KernelResponse =

    /// Of no map at all.
    let pointIdentity count =
        {
            First = Array.create count 1.0
            Second = Array.zeroCreate count
        }

    let pairIdentity rows columns =
        let constant value =
            Matrix.Create(rows, columns, (fun _ _ -> value))

        let zero () = constant 0.0

        {
            A = constant 1.0
            B = zero ()
            C = zero ()
            DD = zero ()
            DI = zero ()
            DJ = zero ()
            II = zero ()
            JJ = zero ()
            IJ = zero ()
        }

    /// Through one map more, of variances v, divided by the precision of the weights above it.
    let throughAtPoints (kappa: PairFunction) prior (variances: float[]) (below: PointResponse) =
        let first = kappa.Diagonal.Derivative.Value
        let second = first.Derivative.Value
        // A point without variance never moves.
        let at f v = if v > 0.0 then f v / prior else 0.0

        {
            First = Array.map2 (fun v g -> at first.Value v * g) variances below.First
            Second =
                Array.map3
                    (fun v g h -> at first.Value v * h + at second.Value v * g * g)
                    variances
                    below.First
                    below.Second
        }

    // Points as near to each other as rounding tells: their three changes are one.
    let private areEqual left cross right =
        abs (cross - left) <= 1e-10 * left && abs (right - left) <= 1e-10 * left

    /// Through one map more, with what each point has had below it.
    let throughAtPairs
        (kappa: PairFunction)
        prior
        (h: Preactivations)
        (left: PointResponse)
        (right: PointResponse)
        (below: PairResponse)
        =
        let ofEqual = kappa.Diagonal.Derivative.Value
        let ofEqual2 = ofEqual.Derivative.Value

        // A derivative, with what stands in its place for a point with itself or with its like.
        let derivative (f: Lazy<PairFunction>) (atEqual: float -> float) =
            let map = f.Value.Map h.Left h.Cross h.Right

            Dense.rows map (fun i ->
                let row = map.Row i
                let covariances = h.Cross.Row i
                let variance = h.Left[int i]

                for j in 0 .. row.Length - 1 do
                    row[j] <-
                        if variance = 0.0 || h.Right[j] = 0.0 then
                            0.0
                        elif areEqual variance covariances[j] h.Right[j] then
                            atEqual variance / prior
                        else
                            row[j] / prior)

            map

        let none _ = 0.0
        let d12 = derivative kappa.D12 ofEqual.Value
        let d1 = derivative kappa.D11 none
        let d2 = derivative kappa.D22 none
        let d12' = kappa.D12.Value
        let d1212 = derivative d12'.D12 ofEqual2.Value
        let d121 = derivative d12'.D11 none
        let d122 = derivative d12'.D22 none
        let d11 = derivative kappa.D11.Value.D11 none
        let d22 = derivative kappa.D22.Value.D22 none
        let d12diagonal = derivative kappa.D11.Value.D22 none
        let g, g' = left.First, right.First
        let s, s' = left.Second, right.Second

        let entries f =
            Matrix.Create(h.Cross.Rows, h.Cross.Columns, fun i j -> f i j g[int i] g'[int j])

        {
            A = entries (fun i j _ _ -> d12[i, j] * below.A[i, j])
            B = entries (fun i j g _ -> d12[i, j] * below.B[i, j] + d1[i, j] * g)
            C = entries (fun i j _ g' -> d12[i, j] * below.C[i, j] + d2[i, j] * g')
            DD = entries (fun i j _ _ -> d12[i, j] * below.DD[i, j] + d1212[i, j] * below.A[i, j] ** 2.0)
            DI =
                entries (fun i j g _ ->
                    d12[i, j] * below.DI[i, j]
                    + below.A[i, j] * (d1212[i, j] * below.B[i, j] + d121[i, j] * g))
            DJ =
                entries (fun i j _ g' ->
                    d12[i, j] * below.DJ[i, j]
                    + below.A[i, j] * (d1212[i, j] * below.C[i, j] + d122[i, j] * g'))
            II =
                entries (fun i j g _ ->
                    let b = below.B[i, j]

                    d12[i, j] * below.II[i, j]
                    + d1[i, j] * s[int i]
                    + d1212[i, j] * b * b
                    + 2.0 * d121[i, j] * b * g
                    + d11[i, j] * g * g)
            JJ =
                entries (fun i j _ g' ->
                    let c = below.C[i, j]

                    d12[i, j] * below.JJ[i, j]
                    + d2[i, j] * s'[int j]
                    + d1212[i, j] * c * c
                    + 2.0 * d122[i, j] * c * g'
                    + d22[i, j] * g' * g')
            IJ =
                entries (fun i j g g' ->
                    let b, c = below.B[i, j], below.C[i, j]

                    d12[i, j] * below.IJ[i, j]
                    + d1212[i, j] * b * c
                    + d121[i, j] * c * g
                    + d122[i, j] * b * g'
                    + d12diagonal[i, j] * g * g')
        }
