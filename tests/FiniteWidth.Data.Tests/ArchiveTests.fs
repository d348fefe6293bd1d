/// Archives fetched from a server on this machine.
module FiniteWidth.Data.Tests.ArchiveTests

open System
open System.Formats.Tar
open System.IO
open System.IO.Compression
open System.Net
open System.Net.Sockets
open System.Security.Cryptography
open System.Text
open System.Threading
open Expecto
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let private archive (name: string) (text: string) =
    use bytes = new MemoryStream()

    (use zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen = true)
     use tar = new TarWriter(zip)

     tar.WriteEntry(
         PaxTarEntry(TarEntryType.RegularFile, name, DataStream = new MemoryStream(Encoding.UTF8.GetBytes text))
     ))

    bytes.ToArray()

let private md5 (bytes: byte[]) =
    Convert.ToHexString(MD5.HashData bytes).ToLowerInvariant()

let private freePort () =
    use listener = new TcpListener(IPAddress.Loopback, 0)
    listener.Start()
    (listener.LocalEndpoint :?> IPEndPoint).Port

/// Answers every request with these bytes, or with a status where there are none, while `f` runs with the address.
let private serving (answer: byte[] option) f =
    use listener = new HttpListener()
    let address = $"http://127.0.0.1:{freePort ()}/"
    listener.Prefixes.Add address
    listener.Start()

    let serve () =
        try
            while true do
                let context = listener.GetContext()

                match answer with
                | Some bytes -> context.Response.OutputStream.Write(bytes, 0, bytes.Length)
                | None -> context.Response.StatusCode <- 404

                context.Response.Close()
        with
        | :? HttpListenerException
        | :? ObjectDisposedException -> ()

    let thread = Thread(serve, IsBackground = true)
    thread.Start()
    f (Uri(address + "data.tar.gz"))

let private leavesNothing folder =
    Expect.isEmpty (Directory.GetFileSystemEntries folder) "nothing is left behind"

let tests =
    testList "Archives" [
        test "what has its checksum is unpacked, and not fetched again" {
            inFolder (fun folder ->
                let bytes = archive "images/one.bin" "1"

                let path =
                    serving (Some bytes) (fun address -> Archive.fetch address (md5 bytes) "images" folder |> ok)

                Expect.equal (File.ReadAllText(Path.Combine(path, "one.bin"))) "1" "the file"
                Expect.hasLength (Directory.GetFileSystemEntries folder) 1 "nothing else is left"
                // There is no server any more.
                Expect.equal
                    (Archive.fetch (Uri "http://127.0.0.1:9/") "" "images" folder |> ok)
                    path
                    "the same folder")
        }

        test "what has another checksum is not unpacked" {
            inFolder (fun folder ->
                let failure =
                    serving (Some(archive "images/one.bin" "1")) (fun address ->
                        Archive.fetch address "00" "images" folder |> sentence)

                Expect.stringContains failure "should be 00" "sentence"
                leavesNothing folder)
        }

        test "an archive that is none, or lacks the folder, leaves nothing behind" {
            for bytes in
                [
                    [| 1uy; 2uy; 3uy |]
                    archive "others/one.bin" "1"
                    archive "../images/one.bin" "1"
                ] do
                inFolder (fun folder ->
                    let failure =
                        serving (Some bytes) (fun address ->
                            Archive.fetch address (md5 bytes) "images" folder |> sentence)

                    Expect.stringContains failure "could not be fetched" "sentence"
                    leavesNothing folder)
        }

        test "without the file, or without network, a sentence says so" {
            inFolder (fun folder ->
                Expect.stringContains
                    (serving None (fun address -> Archive.fetch address "00" "images" folder |> sentence))
                    "404"
                    "status"

                Expect.stringContains
                    (Archive.fetch (Uri $"http://127.0.0.1:{freePort ()}/x.tar.gz") "00" "images" folder
                     |> sentence)
                    "could not be fetched"
                    "no server"

                leavesNothing folder)
        }
    ]
