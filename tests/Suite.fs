/// The program that runs the tests of a project: Expecto's options, `--filter TEXT` for the tests whose full name
/// contains the text, and a closing line that counts.
module FiniteWidth.Testing.Suite

open System
open Expecto
open Expecto.Impl
open FiniteWidth.Numerics

/// The exit code where the filter leaves nothing to run.
let private nothingToRun = 8

let private printer =
    { TestPrinters.defaultPrinter with
        ignored = fun name reason -> async { Console.Out.WriteLine $"skipped {name}: {reason}" }
        summary =
            fun _ summary ->
                async {
                    let failed = summary.failed.Length + summary.errored.Length

                    Console.Out.WriteLine
                        $"{summary.passed.Length} passed, {failed} failed, {summary.ignored.Length} skipped"
                }
    }

let private options =
    [
        Printer printer
        JoinWith "/"
        No_Spinner
        if Console.IsOutputRedirected then
            Colours 0
    ]

/// The text after `--filter`, and the other arguments.
let rec private takeFilter arguments =
    match arguments with
    | "--filter" :: text :: others -> Some text, others
    | argument :: others ->
        let filter, others = takeFilter others
        filter, argument :: others
    | [] -> None, []

let private contains (text: string) (name: string list) = (String.concat "/" name).Contains text

let private start room lists (arguments: string[]) order =
    let filter, others = takeFilter (List.ofArray arguments)
    let all = testList room lists

    let chosen =
        match filter with
        | Some text -> Test.filter "/" (contains text) all
        | None -> all

    if filter.IsSome && Seq.isEmpty (Test.toTestCodeList chosen) then
        Console.Out.WriteLine $"No test's name contains \"{filter.Value}\"."
        nothingToRun
    else
        runTestsWithCLIArgs (order :: options) (Array.ofList others) chosen

/// Runs the test lists of a project, the room, beside each other; the exit code is 0 if no test failed.
let run room (lists: Test list) arguments =
    // The number of BLAS threads is the whole program's: one, so that no test changes another's last bits and threads do
    // not outnumber the cores.
    use _ = LinearAlgebra.Default.SingleThreaded()
    // The default, one worker a core, waits several milliseconds for each test where there are few cores.
    start room lists arguments (Parallel_Workers 8)

/// The same, one test after the other: for tests of what is the whole program's, such as standard output.
let runInOrder room (lists: Test list) arguments = start room lists arguments Sequenced
