/// The command line run inside the tests' own process, and what it says.
module FiniteWidth.Cli.Tests.CommandLine

open System
open System.IO
open Expecto
open FiniteWidth.Cli
open FiniteWidth.Data
open FiniteWidth.Testing

type Outcome = { Code: int; Out: string; Err: string }

// A job that a command has read is one that the schema admits.
let private checkJob (arguments: string seq) outcome =
    if outcome.Code = 0 then
        for argument in arguments do
            if Path.GetFileName argument = "job.json" && File.Exists argument then
                Expect.equal (Schema.complaints (File.ReadAllText argument)) [] "the schema's complaints"

/// Runs `finitewidth` with these arguments, its output a terminal or not.
let runOn isTerminal (arguments: string seq) =
    let out, err = Console.Out, Console.Error
    use newOut = new StringWriter()
    use newErr = new StringWriter()

    try
        Console.SetOut newOut
        Console.SetError newErr
        let code = Program.run isTerminal (Array.ofSeq arguments)

        let outcome =
            {
                Code = code
                Out = newOut.ToString()
                Err = newErr.ToString()
            }

        checkJob arguments outcome
        outcome
    finally
        Console.SetOut out
        Console.SetError err

/// Runs `finitewidth` with these arguments and its output piped.
let run arguments = runOn false arguments

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
