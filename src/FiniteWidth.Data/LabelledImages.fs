namespace FiniteWidth.Data

open System
open FiniteWidth

/// Images of one size with 8-bit pixels, and the class of each.
[<Sealed>]
type LabelledImages private (height: int, width: int, channels: int, pixels: byte[], labels: int[]) =

    /// Rows of pixels in an image.
    member _.Height = height

    /// Pixels in a row.
    member _.Width = width

    /// Values of a pixel: 1 for grey images, 3 for colour (red, green, blue).
    member _.Channels = channels

    /// The number of images.
    member _.Count = labels.Length

    /// The classes, one an image.
    member _.Labels = ReadOnlyMemory labels

    /// The values of image i, from 0: height x width x channels, the last fastest.
    member _.Pixels i =
        let size = height * width * channels
        ReadOnlyMemory(pixels, i * size, size)

    static member internal Unchecked(height, width, channels, pixels, labels) =
        LabelledImages(height, width, channels, pixels, labels)

/// Images to train and to test on.
type ImageSplit =
    {
        /// The training images.
        Train: LabelledImages
        /// The test images.
        Test: LabelledImages
    }

/// Images with their labels, checked.
[<RequireQualifiedAccess>]
module LabelledImages =

    let private ofShape (shape: int list) (pixels: byte[]) (labels: int[]) =
        let build count height width channels =
            if count <> labels.Length then
                Error $"There are {count} images and {labels.Length} labels: each image needs one label."
            elif Seq.exists (fun length -> length < 1) shape then
                Error $"Images of shape {NdArray.print (List.map int64 shape)} are empty."
            else
                Ok(LabelledImages.Unchecked(height, width, channels, pixels, labels))

        match shape with
        | [ count; height; width ] -> build count height width 1
        | [ count; height; width; channels ] -> build count height width channels
        | _ ->
            Error
                $"Images have shape {NdArray.print (List.map int64 shape)}: it must be (count, height, width) or (count, height, width, channels)."

    /// Images as the bytes of one after the other, each height x width x channels with the last index fastest.
    let create height width channels (pixels: byte[]) (labels: int[]) =
        let size = int64 height * int64 width * int64 channels

        if
            height < 1
            || width < 1
            || channels < 1
            || size * int64 labels.Length <> int64 pixels.Length
        then
            Error(
                BadData
                    $"{labels.Length} images of {height} x {width} x {channels} have {size * int64 labels.Length} values, not {pixels.Length}."
            )
        else
            ofShape [ labels.Length; height; width; channels ] pixels labels
            |> Result.mapError BadData

    let private labelsOfIdx path =
        Idx.readBytes Int32.MaxValue path
        |> Result.bind (fun (shape, labels) ->
            if shape.Length = 1 then
                Ok(Array.map int labels)
            else
                Error(BadFile(path, $"Labels have shape {NdArray.print (List.map int64 shape)}: it must be (count,).")))

    /// The first images and labels from two IDX files of unsigned bytes, as many as are needed of such labels.
    let internal leadingOfIdx (needed: int[] -> int) imagesPath labelsPath =
        labelsOfIdx labelsPath
        |> Result.bind (fun labels ->
            let needed = needed labels

            Idx.readBytes needed imagesPath
            |> Result.bind (fun (shape, pixels) ->
                if shape.Head = labels.Length then
                    ofShape (min needed shape.Head :: shape.Tail) pixels (Array.truncate needed labels)
                else
                    ofShape shape pixels labels
                |> Result.mapError (fun what -> BadFile(imagesPath, what))))

    /// Images and labels from two IDX files of unsigned bytes.
    let ofIdx imagesPath labelsPath =
        leadingOfIdx Array.length imagesPath labelsPath

    let private wholeNumbers what highest (convert: float -> 'T) (array: NdArray) =
        let entries = array.Entries
        let result = Array.zeroCreate (int (entries.Rows * entries.Columns))
        let mutable bad = None

        for i in 0 .. int entries.Rows - 1 do
            let row = entries.Row(nativeint i)

            for j in 0 .. row.Length - 1 do
                if row[j] >= 0.0 && row[j] <= highest && row[j] = Math.Floor row[j] then
                    result[i * row.Length + j] <- convert row[j]
                elif bad.IsNone then
                    bad <- Some(i, row[j])

        match bad with
        | Some(i, value) ->
            Error(
                BadData
                    $"Image {i} (counted from 0) has the {what} {value}: it must be a whole number from 0 to {highest:F0}."
            )
        | None -> Ok result

    /// Images (count x height x width, or with channels as a fourth dimension; whole numbers from 0 to 255) and labels (count).
    let ofArrays (images: NdArray) (labels: NdArray) =
        if images.Entries.Rows * images.Entries.Columns > nativeint Array.MaxLength then
            Error(
                BadData
                    $"Images of shape {NdArray.print (List.map int64 images.Shape)} have more than {Array.MaxLength} values."
            )
        elif labels.Rank <> 1 then
            Error(BadData $"Labels have shape {NdArray.print (List.map int64 labels.Shape)}: it must be (count,).")
        else
            Results.both
                (wholeNumbers "pixel value" 255.0 byte images)
                (wholeNumbers "label" (float Int32.MaxValue) int labels)
            |> Result.bind (fun (pixels, labels) -> ofShape images.Shape pixels labels |> Result.mapError BadData)
