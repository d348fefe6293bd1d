namespace FiniteWidth.Data

open System
open System.Formats.Tar
open System.IO
open System.IO.Compression
open System.Net.Http
open System.Security.Cryptography
open FiniteWidth

/// Archives of data from the network.
[<RequireQualifiedAccess>]
module Archive =

    // Until the first answer; a large file may take as long as it takes.
    let private patience = TimeSpan.FromSeconds 30.0

    let private download (address: Uri) (path: string) =
        use client = new HttpClient(Timeout = patience)

        use response =
            client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead).GetAwaiter().GetResult()

        response.EnsureSuccessStatusCode() |> ignore
        use source = response.Content.ReadAsStream()
        use file = File.Create path
        source.CopyTo file

    let private checksum (path: string) =
        use file = File.OpenRead path
        Convert.ToHexString(MD5.HashData file).ToLowerInvariant()

    let private unpack (archive: string) folder =
        use file = File.OpenRead archive
        use unzipped = new GZipStream(file, CompressionMode.Decompress)
        TarFile.ExtractToDirectory(unzipped, folder, overwriteFiles = false)

    /// Fetches a .tar.gz archive and unpacks its folder `top` in a folder, which is made where it is missing: the path of the unpacked one. Nothing is unpacked
    /// but what has the MD5 checksum that its publisher tells, and what goes wrong leaves nothing behind; a folder that is there already is left as it is.
    let fetch (address: Uri) (md5: string) (top: string) (folder: string) =
        let target = Path.Combine(folder, top)

        let failed what =
            Error(BadData $"{address} could not be fetched ({Sentence.oneLine what}).")

        if Directory.Exists target then
            Ok target
        else
            try
                Directory.CreateDirectory folder |> ignore

                let work =
                    Directory.CreateDirectory(Path.Combine(folder, AtomicFile.temporaryName top))

                try
                    let archive = Path.Combine(work.FullName, "archive.tar.gz")
                    download address archive

                    match checksum archive with
                    | found when found = md5 ->
                        unpack archive work.FullName
                        Directory.Move(Path.Combine(work.FullName, top), target)
                        Ok target
                    | found -> failed $"its MD5 checksum is {found} and should be {md5}"
                finally
                    work.Delete true
            with
            | :? HttpRequestException as error -> failed error.Message
            | :? OperationCanceledException -> failed $"no answer within {patience.TotalSeconds} seconds"
            | :? UnauthorizedAccessException ->
                Error(BadFile(folder, "Nothing may be written here: give another folder."))
            | :? InvalidDataException
            | :? IOException as error -> failed error.Message
