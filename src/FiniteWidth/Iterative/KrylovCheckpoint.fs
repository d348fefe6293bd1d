namespace FiniteWidth

open System
open System.IO
open System.Runtime.InteropServices
open System.Security.Cryptography
open FiniteWidth.Numerics

module private CheckpointBytes =

    let put (stream: Stream) (hash: IncrementalHash) (bytes: ReadOnlySpan<byte>) =
        hash.AppendData bytes
        stream.Write bytes

    let take (stream: Stream) (hash: IncrementalHash) (bytes: Span<byte>) =
        stream.ReadExactly bytes
        hash.AppendData(Span<byte>.op_Implicit bytes: ReadOnlySpan<byte>)

/// The steps of a block Lanczos run as files, one a step: each is there whole or not at all, and holds doubles as they are.
///
/// A file: 8 bytes of a mark, b_j, b_(j+1) and P as 32-bit integers, the rows of A_j, C_j and Q_(j+1), and the SHA-256 hash of all that.
[<Sealed>]
type internal KrylovCheckpoint(folder: string) =

    let mark = "FWKRYL01"B

    let path step =
        Path.Combine(folder, $"step-{step:D4}.bin")

    let rows (matrix: Matrix) =
        seq { for i in 0n .. matrix.Rows - 1n -> i }

    /// Writes what step `step`, counted from 1, has found.
    member _.Save(step, diagonal: Matrix, coupling: Matrix, next: Matrix) =
        AtomicFile.write (path step) (fun stream ->
            use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
            CheckpointBytes.put stream hash (ReadOnlySpan mark)

            for number in [ diagonal.Rows; next.Rows; next.Columns ] do
                CheckpointBytes.put stream hash (ReadOnlySpan(BitConverter.GetBytes(int number)))

            for matrix in [ diagonal; coupling; next ] do
                for i in rows matrix do
                    let bytes: Span<byte> = MemoryMarshal.AsBytes(matrix.Row i)
                    CheckpointBytes.put stream hash (Span<byte>.op_Implicit bytes)

            stream.Write(ReadOnlySpan(hash.GetHashAndReset())))

    /// What step `step` found, where its file is whole and of a block of this shape.
    member _.TryLoad(step, width: int, size: int) =
        let file = path step

        let read (stream: Stream) =
            use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

            let header: byte[] = Array.zeroCreate (mark.Length + 12)
            CheckpointBytes.take stream hash (Span header)

            let number i =
                BitConverter.ToInt32(header, mark.Length + 4 * i)

            let next = number 1

            if
                not (header.AsSpan(0, mark.Length).SequenceEqual(ReadOnlySpan mark))
                || number 0 <> width
                || next < 0
                || next > size
                || number 2 <> size
            then
                None
            else
                let matrix (rowCount: int) (columns: int) =
                    let m = Matrix.Uninitialized(nativeint rowCount, nativeint columns)

                    for i in rows m do
                        CheckpointBytes.take stream hash (MemoryMarshal.AsBytes(m.Row i))

                    m

                let diagonal = matrix width width
                let coupling = matrix width next
                let vectors = matrix next size
                let expected: byte[] = Array.zeroCreate 32
                stream.ReadExactly(Span expected)

                if hash.GetHashAndReset().AsSpan().SequenceEqual(ReadOnlySpan expected) then
                    Some(diagonal, coupling, vectors)
                else
                    None

        try
            if File.Exists file then
                use stream =
                    new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 <<< 16)

                read stream
            else
                None
        with
        | :? IOException
        | :? UnauthorizedAccessException -> None
