namespace FiniteWidth.Data

open System
open System.Buffers.Binary
open System.Runtime.InteropServices

/// The binary form of one number in an array file.
[<RequireQualifiedAccess>]
type internal ElementType =
    | Bool
    | Int8
    | UInt8
    | Int16
    | UInt16
    | Int32
    | UInt32
    | Int64
    | UInt64
    | Float16
    | Float32
    | Float64

type internal ByteOrder =
    | LittleEndian
    | BigEndian

[<RequireQualifiedAccess>]
module internal ElementType =

    /// Bytes of one element.
    let size elementType =
        match elementType with
        | ElementType.Bool
        | ElementType.Int8
        | ElementType.UInt8 -> 1
        | ElementType.Int16
        | ElementType.UInt16
        | ElementType.Float16 -> 2
        | ElementType.Int32
        | ElementType.UInt32
        | ElementType.Float32 -> 4
        | ElementType.Int64
        | ElementType.UInt64
        | ElementType.Float64 -> 8

    let private readOnly (span: Span<'T>) : ReadOnlySpan<'T> = Span.op_Implicit span

    let private reverseBytes size (bytes: Span<byte>) =
        match size with
        | 2 ->
            let words = MemoryMarshal.Cast<byte, uint16> bytes
            BinaryPrimitives.ReverseEndianness(readOnly words, words)
        | 4 ->
            let words = MemoryMarshal.Cast<byte, uint32> bytes
            BinaryPrimitives.ReverseEndianness(readOnly words, words)
        | 8 ->
            let words = MemoryMarshal.Cast<byte, uint64> bytes
            BinaryPrimitives.ReverseEndianness(readOnly words, words)
        | _ -> ()

    let inline private widen (numbers: Span<'T>) (target: Span<float>) ([<InlineIfLambda>] toFloat: 'T -> float) =
        for i in 0 .. numbers.Length - 1 do
            target[i] <- toFloat numbers[i]

    /// The numbers that the bytes stand for, rounded to doubles; the bytes may be overwritten.
    let decode elementType byteOrder (bytes: Span<byte>) (target: Span<float>) =
        let native =
            if BitConverter.IsLittleEndian then
                LittleEndian
            else
                BigEndian

        if byteOrder <> native then
            reverseBytes (size elementType) bytes

        match elementType with
        | ElementType.Bool -> widen bytes target (fun b -> if b = 0uy then 0.0 else 1.0)
        | ElementType.UInt8 -> widen bytes target float
        | ElementType.Int8 -> widen (MemoryMarshal.Cast<byte, sbyte> bytes) target float
        | ElementType.Int16 -> widen (MemoryMarshal.Cast<byte, int16> bytes) target float
        | ElementType.UInt16 -> widen (MemoryMarshal.Cast<byte, uint16> bytes) target float
        | ElementType.Int32 -> widen (MemoryMarshal.Cast<byte, int32> bytes) target float
        | ElementType.UInt32 -> widen (MemoryMarshal.Cast<byte, uint32> bytes) target float
        | ElementType.Int64 -> widen (MemoryMarshal.Cast<byte, int64> bytes) target float
        | ElementType.UInt64 -> widen (MemoryMarshal.Cast<byte, uint64> bytes) target float
        | ElementType.Float16 -> widen (MemoryMarshal.Cast<byte, Half> bytes) target Half.op_Explicit
        | ElementType.Float32 -> widen (MemoryMarshal.Cast<byte, float32> bytes) target float
        | ElementType.Float64 -> MemoryMarshal.Cast<byte, float>(bytes).CopyTo target
