/// The command line run inside the tests' own process, and what it says.
module FiniteWidth.Cli.Tests.CommandLine

open System
open System.IO
open NUnit.Framework
open FiniteWidth.Cli
open FiniteWidth.Data

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

/// NUnit's constraint, whose overloads F# cannot choose among for lists.
let equalTo (expected: 'T) = Is.EqualTo(box expected)

/// Exit code 2, nothing on standard output, one sentence on standard error that has `fragment` in it.
let assertRefused (fragment: string) outcome =
    Assert.That(outcome.Err, Does.Contain fragment)
    Assert.That(outcome.Code, Is.EqualTo 2)
    Assert.That(outcome.Out, Is.Empty)
    Assert.That(outcome.Err, Does.Match @"\Afinitewidth: [^\r\n]+\.\r?\n\z")
    Assert.That(outcome.Err, Does.Not.Contain "   at ")

/// Skips the test where MNIST is not installed.
let requireMnist () =
    match Mnist.locate () with
    | Ok _ -> ()
    | Error missing -> Assert.Ignore missing.Message
