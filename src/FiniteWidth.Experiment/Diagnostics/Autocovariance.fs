namespace FiniteWidth.Experiment

open System.Numerics
open MathNet.Numerics.IntegralTransforms

[<RequireQualifiedAccess>]
module internal Autocovariance =

    /// c_t = (1/n) sum_i (x_i - mean)(x_(i+t) - mean), t = 0 .. n-1, by one Fourier transform there and one back.
    let ofChain (chain: float[]) =
        let n = chain.Length
        let mean = Array.average chain
        // Twice the length in zeros keeps the ends from meeting round the circle.
        let size = int (BitOperations.RoundUpToPowerOf2(uint32 (2 * n)))

        let spectrum =
            Array.init size (fun i ->
                if i < n then
                    Complex(chain[i] - mean, 0.0)
                else
                    Complex.Zero)

        Fourier.Forward(spectrum, FourierOptions.NoScaling)

        for i in 0 .. size - 1 do
            let z = spectrum[i]
            spectrum[i] <- Complex(z.Real * z.Real + z.Imaginary * z.Imaginary, 0.0)

        Fourier.Inverse(spectrum, FourierOptions.NoScaling)
        Array.init n (fun t -> spectrum[t].Real / (float size * float n))
