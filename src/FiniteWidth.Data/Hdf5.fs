namespace FiniteWidth.Data

open System
open FiniteWidth
open FiniteWidth.Numerics
open PureHDF

/// HDF5 files, those of MATLAB v7.3 among them, whose arrays are transposed: MATLAB writes columns first. Where the arrays are the fields of one struct,
/// or in one group, they are found there.
[<RequireQualifiedAccess>]
module Hdf5 =

    let private matlabMark = "MATLAB_class"

    // What MATLAB calls the kind of an array.
    let private matlabClass (data: IH5Dataset) =
        if data.AttributeExists matlabMark then
            data.Attribute(matlabMark).Read<string>()
        else
            ""

    // MATLAB arrays that hold no numbers, or not as they are.
    let private requireNumbers name (data: IH5Dataset) =
        match matlabClass data with
        | "char" -> Reading.malformed $"{name} is text of MATLAB, and numbers are needed: str2double makes them."
        | "cell" ->
            Reading.malformed $"{name} is a cell array of MATLAB, and an array of numbers is needed: cell2mat makes it."
        | _ when data.AttributeExists "MATLAB_empty" -> Reading.malformed $"{name} is empty."
        | _ when data.Type.Class = H5DataTypeClass.Compound ->
            Reading.malformed
                $"{name} has entries of several parts, such as complex numbers, and real numbers are needed: save real({name})."
        | _ -> ()

    let private dataset (file: IH5Group) (name: string) =
        if file.LinkExists name then
            match file.Get name with
            | :? IH5Dataset as data ->
                requireNumbers name data
                data
            | other when other.AttributeExists "MATLAB_sparse" ->
                Reading.malformed $"{name} is a sparse matrix of MATLAB: save full({name})."
            | _ -> Reading.malformed $"{name} is a group or a struct, and an array of numbers is needed."
        else
            let names = file.Children() |> Seq.map _.Name |> Seq.sort |> List.ofSeq

            let there = if names.IsEmpty then "nothing" else Sentence.list names

            Reading.malformed $"It has no data set named {name}; it has {there}."

    let private isMatlab (data: IH5Dataset) = data.AttributeExists matlabMark

    // As the program that wrote it sees it.
    let private shape (file: IH5Group) name =
        let data = dataset file name

        let lengths =
            [
                for length in data.Space.Dimensions ->
                    if length <= uint64 Int32.MaxValue then
                        int length
                    else
                        Reading.malformed $"{name} has a dimension of {length}: at most {Int32.MaxValue} can be read."
            ]

        if isMatlab data then List.rev lengths else lengths

    let private numbers name (data: IH5Dataset) =
        let kind = data.Type

        match kind.Class, kind.Size with
        | H5DataTypeClass.FloatingPoint, 8 -> data.Read<float[]>()
        | H5DataTypeClass.FloatingPoint, 4 -> data.Read<float32[]>() |> Array.map float
        | H5DataTypeClass.FixedPoint, 1 when kind.FixedPoint.IsSigned -> data.Read<sbyte[]>() |> Array.map float
        | H5DataTypeClass.FixedPoint, 1 -> data.Read<byte[]>() |> Array.map float
        | H5DataTypeClass.FixedPoint, 2 when kind.FixedPoint.IsSigned -> data.Read<int16[]>() |> Array.map float
        | H5DataTypeClass.FixedPoint, 2 -> data.Read<uint16[]>() |> Array.map float
        | H5DataTypeClass.FixedPoint, 4 when kind.FixedPoint.IsSigned -> data.Read<int[]>() |> Array.map float
        | H5DataTypeClass.FixedPoint, 4 -> data.Read<uint32[]>() |> Array.map float
        | H5DataTypeClass.FixedPoint, 8 when kind.FixedPoint.IsSigned -> data.Read<int64[]>() |> Array.map float
        | H5DataTypeClass.FixedPoint, 8 -> data.Read<uint64[]>() |> Array.map float
        | other, size ->
            Reading.malformed
                $"{name} has entries of {size} bytes of the class {other}: numbers of 32 or 64 bits and whole numbers can be read."

    // The entries of a reversed array in the order of the array itself.
    let private transpose (lengths: int list) (entries: float[]) =
        let lengths = Array.ofList lengths
        let strides = Array.scan (*) 1 lengths
        let result = Array.zeroCreate entries.Length
        let index = Array.zeroCreate<int> lengths.Length

        for i in 0 .. entries.Length - 1 do
            let mutable rest = i

            for k in lengths.Length - 1 .. -1 .. 0 do
                index[k] <- rest % lengths[k]
                rest <- rest / lengths[k]

            let mutable source = 0

            for k in 0 .. lengths.Length - 1 do
                source <- source + index[k] * strides[k]

            result[i] <- entries[source]

        result

    let private array file name =
        let data = dataset file name
        let lengths = shape file name
        let entries = numbers name data
        let entries = if isMatlab data then transpose lengths entries else entries
        let rows, columns = NdArray.matrixShape lengths
        NdArray.Unchecked(lengths, Matrix.FromArray(rows, columns, ReadOnlySpan entries))

    // Where the arrays are: in the file itself, or in its one group that has any.
    let private arrays (file: IH5Group) =
        let hasSome (group: IH5Group) = group.LinkExists "x_train"

        if hasSome file then
            file
        else
            let inside =
                [
                    for child in file.Children() do
                        match child with
                        | :? IH5Group as group when hasSome group -> group
                        | _ -> ()
                ]

            match inside with
            | [ group ] -> group
            | _ -> file

    let private using path (read: IH5Group -> 'T) =
        Reading.file path (fun stream ->
            Reading.byLibrary "no HDF5 file that can be read" (fun () ->
                use file = H5File.Open stream
                read (arrays file)))

    /// The points in the data sets x_train, y_train, x_test and, where it is there, y_test; nothing is decoded before their shapes agree and
    /// `accept` has taken their numbers.
    let pointsWhere accept path =
        using path (fun file ->
            let names = file.Children() |> Seq.map _.Name |> List.ofSeq
            ArrayPoints.read names accept (shape file) (array file))
        |> ArrayPoints.ofFile path

    /// The training arrays, x_train and y_train.
    let training path =
        using path (fun file -> [ array file "x_train"; array file "y_train" ])
