namespace FiniteWidth.Data

open FiniteWidth

/// A step between an image and the input of a network.
type ImageTransform =
    /// Red, green and blue to luma, 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601); grey images stay as they are.
    | Grayscale
    /// To side x side pixels, channel by channel.
    | Resize of side: int * Resampling

[<RequireQualifiedAccess>]
module internal ImageTransform =

    /// The size of an image, and a step that makes one image's values into the next's.
    type Size =
        {
            Height: int
            Width: int
            Channels: int
        }

    let length size =
        size.Height * size.Width * size.Channels

    let private luma size (pixels: float[]) =
        Array.init (size.Height * size.Width) (fun i ->
            0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2])

    /// Resamples one of three nested dimensions: before x length x after.
    let private along (stencils: Resampling.Stencil[]) length after (pixels: float[]) =
        let before = pixels.Length / (length * after)
        let result = Array.zeroCreate (before * stencils.Length * after)

        for b in 0 .. before - 1 do
            for k in 0 .. stencils.Length - 1 do
                let stencil = stencils[k]

                for a in 0 .. after - 1 do
                    let mutable sum = 0.0

                    for w in 0 .. stencil.Weights.Length - 1 do
                        sum <- sum + stencil.Weights[w] * pixels[(b * length + stencil.First + w) * after + a]

                    result[(b * stencils.Length + k) * after + a] <- sum

        result

    /// The size after a transform of images of the given size, and the transform of their values.
    let prepare size transform : Result<Size * (float[] -> float[]), Failure> =
        match transform with
        | Grayscale ->
            match size.Channels with
            | 1 -> Ok(size, id)
            | 3 -> Ok({ size with Channels = 1 }, luma size)
            | channels ->
                Error(BadData $"Images with {channels} channels cannot be made grey: they need 3 (red, green, blue).")
        | Resize(side, _) when side < 1 || side > 4096 ->
            Error(BadData $"Images cannot be resized to {side} x {side} pixels: the side must be from 1 to 4096.")
        | Resize(side, resampling) ->
            let rows = Resampling.stencils resampling size.Height side
            let columns = Resampling.stencils resampling size.Width side

            Ok(
                { size with
                    Height = side
                    Width = side
                },
                along rows size.Height (size.Width * size.Channels)
                >> along columns size.Width size.Channels
            )
