/// The command line run inside the tests' own process, and what it says.
module FiniteWidth.Cli.Tests.CommandLine

open System
open System.IO
open Expecto
open FiniteWidth.Cli
open FiniteWidth.Data
open FiniteWidth.Testing

type Outcome = { Code: int; Out: string; Err: string }

/// Runs `finitewidth` with these arguments.
let run (arguments: string seq) =
    let out, err = Console.Out, Console.Error
    use newOut = new StringWriter()
    use newErr = new StringWriter()

    try
        Console.SetOut newOut
        Console.SetError newErr
        let code = Program.main (Array.ofSeq arguments)

        {
            Code = code
            Out = newOut.ToString()
            Err = newErr.ToString()
        }
    finally
        Console.SetOut out
        Console.SetError err

/// What `f` makes of a new empty folder, which is gone afterwards.
let inFolder (f: string -> 'T) =
    let folder = Directory.CreateTempSubdirectory "finitewidth-cli-"

    try
        f folder.FullName
    finally
        folder.Delete true

/// Every file below a folder with its bytes, and every folder.
let contents (folder: string) =
    [
        for path in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories) do
            path,
            (if Directory.Exists path then
                 ""
             else
                 Convert.ToHexString(File.ReadAllBytes path))
    ]
    |> List.sort

/// Exit code 2, nothing on standard output, one sentence on standard error that has `fragment` in it.
let assertRefused (fragment: string) outcome =
    Expect.stringContains outcome.Err fragment "err"
    Expect.equal outcome.Code 2 "code"
    Expect.isEmpty outcome.Out "out"
    Expect.isMatch outcome.Err @"\Afinitewidth: [^\r\n]+\.\r?\n\z" "err"
    Expect.stringLacks outcome.Err "   at " "err"

/// Skips the test where MNIST is not installed.
let requireMnist () =
    match Mnist.locate () with
    | Ok _ -> ()
    | Error missing -> skiptest missing.Message
