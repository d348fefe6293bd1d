/// Predictions on several ranks of MPI, started by mpirun, against those of one process.
module FiniteWidth.Cli.Tests.DistributedTests

open System
open System.Diagnostics
open System.IO
open System.Runtime.InteropServices
open System.Text.Json
open Expecto
open FiniteWidth.Cli
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private assembly = typeof<ChosenSolver>.Assembly.Location

// Debian's name of an MPI, and what its mpirun needs to start more ranks than there are cores, as root.
let private openMpi, private mpich =
    ("openmpi", [ "--allow-run-as-root"; "--oversubscribe" ]), ("mpich", [])

let private call (folder: string) (words: string list) =
    let info =
        ProcessStartInfo(
            words.Head,
            words.Tail,
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true
        )

    use child = Process.Start info |> nonNull

    let out, err =
        child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync()

    if not (child.WaitForExit 300000) then
        child.Kill true
        failtest "The ranks have waited for each other for five minutes."

    {
        Code = child.ExitCode
        Out = out.Result
        Err = err.Result
    }

// Runs mpirun with the words of every group of ranks: their number, their arguments.
let private mpirun (name: string, flags) folder (groups: (int * string list) list) =
    let program =
        "PATH"
        |> Environment.GetEnvironmentVariable
        |> Option.ofObj
        |> Option.defaultValue ""
        |> _.Split(':')
        |> Array.map (fun path -> Path.Combine(path, $"mpirun.{name}"))
        |> Array.tryFind File.Exists

    match program, NativeLibrary.TryLoad $"libscalapack-{name}.so.2.2" with
    | Some program, (true, _) ->
        let group (count: int, arguments) =
            [ "-n"; string count; "dotnet"; assembly ] @ arguments

        call folder (program :: flags @ List.reduce (fun a b -> a @ ":" :: b) (List.map group groups))
    | _ -> skiptest $"MPI is not installed: mpirun.{name} and libscalapack-{name}."

let private data =
    """{"source": "teacher", "kind": "linear", "inputs": 6, "train": 60, "test": 7, "noise": 0.1, "seed": 1}"""

let private spectral =
    """{"activation": "erf", "widths": [20], "priors": [1.0, 1.0]}"""

let private nested =
    """{"activation": "relu", "widths": [20, 15], "priors": [1.0, 1.0, 1.0], "biases": [0.5, 2.0]}"""

let private job network theory =
    soundBut [
        "data", data
        "network", network
        "temperature", "0.05"
        "theory", $"\"{theory}\""
        "expansion", "false"
    ]

// The numbers of a result and of the points beside it.
let private numbers (json: string) (csv: string) =
    use document = JsonDocument.Parse json
    let point = document.RootElement.GetProperty("points")[0]

    let rec all (element: JsonElement) : float list =
        match element.ValueKind with
        | JsonValueKind.Number -> [ element.GetDouble() ]
        | JsonValueKind.Array -> element.EnumerateArray() |> Seq.collect all |> List.ofSeq
        | JsonValueKind.Object ->
            element.EnumerateObject()
            |> Seq.collect (fun field -> all field.Value)
            |> List.ofSeq
        | _ -> []

    let of' (name: string) = all (point.GetProperty name)

    let points =
        csv.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]
        |> Seq.collect (fun line -> line.Split ',')
        |> Seq.map float

    [
        for name in [ "orderParameters"; "logEvidence"; "loss"; "bias"; "variance"; "errorBar" ] do
            if fst (point.TryGetProperty name) then
                yield! of' name

        yield! points
    ]

let tests =
    testList "Distributed" [
        for mpi, ranks, network, theory in
            [
                openMpi, 4, spectral, "proportional"
                openMpi, 3, nested, "non-odd"
                mpich, 4, spectral, "proportional"
                mpich, 2, nested, "non-odd"
            ] do
            testCase $"{ranks} ranks of {fst mpi} predict what one process does: {theory}" (fun () ->
                inFolder (fun folder ->
                    let arguments =
                        predict (job network theory) folder
                        @ [ "--points"; Path.Combine(folder, "points.csv") ]

                    let points () =
                        File.ReadAllText(Path.Combine(folder, "points.csv"))

                    let alone = run arguments
                    let expected = numbers alone.Out (points ())
                    File.Delete(Path.Combine(folder, "points.csv"))

                    let together = mpirun mpi folder [ ranks, arguments ]
                    Expect.equal together.Code 0 together.Err
                    Expect.isEmpty together.Err "err"
                    Expect.allWithin 1e-9 (numbers together.Out (points ())) expected "numbers"))

        for mpi in [ openMpi; mpich ] do
            testCase $"An error on one rank ends all with one sentence: {fst mpi}" (fun () ->
                inFolder (fun folder ->
                    let sound = predict (job spectral "proportional") folder
                    let other = Path.Combine(folder, "other.json")

                    let ended (groups: (int * string list) list) (fragment: string) =
                        let outcome = mpirun mpi folder groups
                        // mpirun remarks on the exit code in words of its own.
                        let own = outcome.Err.Split '\n' |> Array.filter _.StartsWith("finitewidth: ")
                        Expect.equal outcome.Code 2 outcome.Err
                        Expect.hasLength own 1 "sentences"
                        Expect.stringContains own[0] fragment "sentence"
                        Expect.stringLacks outcome.Out "{" "out"

                    ended [ 1, sound; 1, [ "predict"; other ] ] "other.json"
                    File.WriteAllText(other, job nested "non-odd")
                    ended [ 1, sound; 1, [ "predict"; other ] ] "different turns"

                    // What ranks find out before they have to wait for one another depends on no MPI.
                    if mpi = openMpi then
                        ended [ 2, [ "predict"; "missing.json" ] ] "missing.json"
                        ended [ 2, [ "fit"; sound[1] ] ] "Under mpirun only predict runs"
                        File.WriteAllText(other, (job spectral "proportional").Replace("\"seed\": 1", "\"seed\": 2"))
                        ended [ 1, sound; 1, [ "predict"; other ] ] "other training examples"))

        testCase "A job may ask for ranks where there is one process, whose solver it then is" (fun () ->
            inFolder (fun folder ->
                let asked =
                    (job spectral "proportional")
                        .Replace("\"expansion\"", "\"solver\": \"distributed\", \"expansion\"")

                let outcome = mpirun openMpi folder [ 1, predict asked folder ]
                Expect.equal outcome.Code 0 outcome.Err
                Expect.stringContains outcome.Out "\"solver\": \"distributed\"" "job"))

        testCase "A library that is none is refused in a sentence" (fun () ->
            inFolder (fun folder ->
                let asked =
                    (job spectral "proportional")
                        .Replace("\"expansion\"", "\"solver\": \"distributed\", \"expansion\"")

                call
                    folder
                    ([ "env"; "FINITEWIDTH_SCALAPACK=libm.so.6"; "dotnet"; assembly ]
                     @ predict asked folder)
                |> assertRefused "FINITEWIDTH_SCALAPACK names 'libm.so.6'"))
    ]
