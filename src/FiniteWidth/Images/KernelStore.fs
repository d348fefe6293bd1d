namespace FiniteWidth

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open System.Security.Cryptography
open System.Text
open FiniteWidth.Numerics

/// Matrices kept in a folder from one run to the next, each in a file named by a hash of all that it depends on. Files are there whole or not at all,
/// so processes may share the folder; one that is damaged counts as none.
[<RequireQualifiedAccess>]
module KernelStore =

    let private magic = "finitewidth kernel 1"B

    // What is computed faster than it would be read back is not worth a file.
    let private worthKeeping = TimeSpan.FromSeconds 2.0

    /// The environment variable that names the folder, or says "off".
    let variable = "FINITEWIDTH_CACHE"

    /// The folder that `variable` names; where it is not set, finitewidth in the user's folder for caches, and none where that is not known either.
    let folder () =
        match Environment.GetEnvironmentVariable variable with
        | "off" -> None
        | null
        | "" ->
            let caches =
                match Environment.GetEnvironmentVariable "XDG_CACHE_HOME" with
                | null
                | "" ->
                    match Environment.GetFolderPath Environment.SpecialFolder.UserProfile with
                    | "" -> None
                    | home when OperatingSystem.IsWindows() ->
                        Some(Environment.GetFolderPath Environment.SpecialFolder.LocalApplicationData)
                    | home -> Some(Path.Combine(home, ".cache"))
                | folder -> Some folder

            caches |> Option.map (fun caches -> Path.Combine(caches, "finitewidth"))
        | named -> Some named

    let private bytesOf (row: Span<float>) = MemoryMarshal.AsBytes row

    /// A hash of texts, numbers and matrices.
    let key (texts: string list) (numbers: float list) (matrices: Matrix list) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        for text in texts do
            let bytes = Encoding.UTF8.GetBytes text
            hash.AppendData(BitConverter.GetBytes bytes.Length)
            hash.AppendData bytes

        for number in numbers do
            hash.AppendData(BitConverter.GetBytes number)

        for matrix in matrices do
            hash.AppendData(BitConverter.GetBytes(int64 matrix.Rows))
            hash.AppendData(BitConverter.GetBytes(int64 matrix.Columns))

            for i in 0n .. matrix.Rows - 1n do
                hash.AppendData(Span.op_Implicit (bytesOf (matrix.Row i)): ReadOnlySpan<byte>)

        Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant()

    let private write (path: string) (matrix: Matrix) =
        AtomicFile.write path (fun stream ->
            use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
            stream.Write(ReadOnlySpan magic)
            stream.Write(ReadOnlySpan(BitConverter.GetBytes(int64 matrix.Rows)))
            stream.Write(ReadOnlySpan(BitConverter.GetBytes(int64 matrix.Columns)))

            for i in 0n .. matrix.Rows - 1n do
                let bytes: ReadOnlySpan<byte> = Span.op_Implicit (bytesOf (matrix.Row i))
                hash.AppendData bytes
                stream.Write bytes

            stream.Write(ReadOnlySpan(hash.GetHashAndReset())))

    let private read (path: string) rows columns =
        try
            use stream =
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 <<< 20)

            let head = Array.zeroCreate<byte>(magic.Length + 16)
            stream.ReadExactly(head, 0, head.Length)

            let number at =
                BitConverter.ToInt64(head, magic.Length + at)

            if
                head[.. magic.Length - 1] <> magic
                || number 0 <> int64<nativeint> rows
                || number 8 <> int64<nativeint> columns
            then
                None
            else
                use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
                let matrix = Matrix.Uninitialized(rows, columns)

                for i in 0n .. rows - 1n do
                    let bytes = bytesOf (matrix.Row i)
                    stream.ReadExactly bytes
                    hash.AppendData(Span.op_Implicit bytes: ReadOnlySpan<byte>)

                let told = Array.zeroCreate<byte> 32
                stream.ReadExactly(told, 0, told.Length)
                if told = hash.GetHashAndReset() then Some matrix else None
        with
        | :? IOException
        | :? UnauthorizedAccessException -> None

    /// The matrix under a key, read or computed; what took long is kept. That nothing can be written is no reason to fail.
    let getOrAdd folder key rows columns (compute: unit -> Matrix) =
        match folder with
        | None -> compute ()
        | Some folder ->
            let path = Path.Combine(folder, $"{key}.kernel")

            match read path rows columns with
            | Some matrix -> matrix
            | None ->
                let clock = Stopwatch.StartNew()
                let matrix = compute ()

                if clock.Elapsed > worthKeeping then
                    write path matrix |> ignore

                matrix
