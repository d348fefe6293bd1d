namespace FiniteWidth


/// W = log det(T I + a Sigma + t m m^T) - P log T + y^T (T I + a Sigma + t m m^T)^(-1) y with its derivatives in the scale a of the
/// centred kernel and the scale t of the mean; at T = 0 the term P log T is left out.
[<Struct>]
type internal CentredAction =
    {
        Value: float
        A: float
        T: float
        AA: float
        AT: float
        TT: float
    }

/// What A = T I + a Sigma + t m m^T adds to T I + a Sigma, by Sherman and Morrison.
[<Struct>]
type internal MeanCorrection =
    {
        /// h = t/(1 + t g), g = m^T (T I + a Sigma)^(-1) m: the posterior variance of the mean's coefficient.
        Variance: float
        /// h m^T (T I + a Sigma)^(-1) y: its posterior mean.
        Coefficient: float
    }

/// A centred kernel Sigma = K - m m^T decomposed with the two columns y and m for targets: the rank-one term that the mean adds costs
/// O(P) an evaluation, through the matrix determinant lemma.
[<RequireQualifiedAccess>]
module internal CentredSpectrum =

    /// Sums over the eigenvectors of Sigma: log det, the three quadratic forms in y and m, two derivatives in a of each.
    [<Struct>]
    type private Sums =
        {
            LogDet: float
            LogDetA: float
            LogDetAA: float
            /// y^T D^(-1) y
            E: float
            EA: float
            EAA: float
            /// y^T D^(-1) m
            C: float
            CA: float
            CAA: float
            /// m^T D^(-1) m
            G: float
            GA: float
            GAA: float
        }

    let private sums temperature a (spectrum: Spectrum) =
        let targets = spectrum.Components
        let unit = if temperature > 0.0 then temperature else 1.0
        let mutable s = Unchecked.defaultof<Sums>

        for i in 0 .. spectrum.Count - 1 do
            let k = spectrum.Eigenvalues[i]
            let y = targets[nativeint i, 0n]
            let m = targets[nativeint i, 1n]
            let d = temperature + a * k
            let f = k / d
            let e, c, g = y * y / d, y * m / d, m * m / d

            s <-
                {
                    LogDet = s.LogDet + log (d / unit)
                    LogDetA = s.LogDetA + f
                    LogDetAA = s.LogDetAA - f * f
                    E = s.E + e
                    EA = s.EA - e * f
                    EAA = s.EAA + 2.0 * e * f * f
                    C = s.C + c
                    CA = s.CA - c * f
                    CAA = s.CAA + 2.0 * c * f * f
                    G = s.G + g
                    GA = s.GA - g * f
                    GAA = s.GAA + 2.0 * g * f * f
                }

        s

    /// W and its derivatives at the scales a and t.
    let action temperature a t spectrum =
        let s = sums temperature a spectrum
        let delta = 1.0 + t * s.G
        let h = t / delta
        let hA = -h * h * s.GA
        let hT = 1.0 / (delta * delta)
        let hAA = 2.0 * h * h * h * s.GA * s.GA - h * h * s.GAA
        let hAT = -2.0 * h * s.GA * hT
        let hTT = -2.0 * s.G * hT / delta
        let c2 = s.C * s.C

        {
            Value = s.LogDet + log delta + s.E - h * c2
            A = s.LogDetA + h * s.GA + s.EA - hA * c2 - 2.0 * h * s.C * s.CA
            T = s.G / delta - hT * c2
            AA =
                s.LogDetAA + h * s.GAA - h * h * s.GA * s.GA + s.EAA
                - hAA * c2
                - 4.0 * hA * s.C * s.CA
                - 2.0 * h * (s.CA * s.CA + s.C * s.CAA)
            AT = hT * s.GA - hAT * c2 - 2.0 * hT * s.C * s.CA
            TT = -hT * s.G * s.G - hTT * c2
        }

    /// dW/dT = Tr A^(-1) - |A^(-1) y|^2 of A = T I + a Sigma + t m m^T, the term P log T of W left out: O(P).
    let noise temperature a t (spectrum: Spectrum) =
        let targets = spectrum.Components
        let s = sums temperature a spectrum
        let h = t / (1.0 + t * s.G)
        let mutable total = 0.0

        // A^(-1) = D^(-1) - h D^(-1) m m^T D^(-1).
        for i in 0 .. spectrum.Count - 1 do
            let d = temperature + a * spectrum.Eigenvalues[i]
            let m = targets[nativeint i, 1n] / d
            let v = targets[nativeint i, 0n] / d - h * s.C * m
            total <- total + 1.0 / d - h * m * m - v * v

        total

    /// y^T (a Sigma + t m m^T)^(-1) y; infinite where Sigma is singular.
    let quadraticForm a t (spectrum: Spectrum) =
        if spectrum.Rank < spectrum.Count then
            infinity
        else
            let s = sums 0.0 a spectrum
            s.E - t / (1.0 + t * s.G) * s.C * s.C

    /// The posterior of the mean's coefficient.
    let correction temperature a t spectrum =
        let s = sums temperature a spectrum
        let h = t / (1.0 + t * s.G)

        { Variance = h; Coefficient = h * s.C }
