namespace FiniteWidth.Data

open System

/// How the values of a smaller or larger grid of pixels follow from those of the original.
type Resampling =
    /// The mean over the area that the new pixel covers, pixels covered in part counting in part.
    | AreaAverage
    /// Interpolated linearly, in each direction, between the centres of the two nearest pixels; at a border, the pixel there.
    | Bilinear

[<RequireQualifiedAccess>]
module internal Resampling =

    /// A new pixel's value in one dimension: the weights, of sum 1, of successive old pixels from `First` on.
    type Stencil = { First: int; Weights: float[] }

    let private areaAverage length newLength k =
        let scale = float length / float newLength
        let left, right = float k * scale, float (k + 1) * scale
        let first = min (length - 1) (int left)
        let last = max first (min (length - 1) (int (Math.Ceiling right) - 1))

        let covered =
            [|
                for i in first..last -> max 0.0 (min right (float (i + 1)) - max left (float i))
            |]

        let total = Array.sum covered

        {
            First = first
            Weights = covered |> Array.map (fun length -> length / total)
        }

    let private bilinear length newLength k =
        // The centre of the new pixel, measured from the centre of the first old one.
        let centre = (float k + 0.5) * float length / float newLength - 0.5
        let centre = Math.Clamp(centre, 0.0, float (length - 1))
        let first = min (int centre) (max 0 (length - 2))
        let fraction = centre - float first

        {
            First = first
            Weights =
                if length = 1 then
                    [| 1.0 |]
                else
                    [| 1.0 - fraction; fraction |]
        }

    /// The stencils that take `length` pixels in a line to `newLength`.
    let stencils resampling length newLength =
        let stencil =
            match resampling with
            | AreaAverage -> areaAverage length newLength
            | Bilinear -> bilinear length newLength

        Array.init newLength stencil
