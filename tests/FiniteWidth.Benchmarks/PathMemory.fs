namespace FiniteWidth.Benchmarks

open System
open System.IO
open FiniteWidth.Cli

/// The peak memory of `finitewidth predict` by every path, each in processes of its own: 784 inputs of a random teacher, erf, 200 test points.
[<RequireQualifiedAccess>]
module PathMemory =

    type private Path =
        {
            Name: string
            Ranks: int
            /// P of the table, as a share of the P asked for.
            Share: float
            /// Keys of the job.
            Job: string list
        }

    let private spectral = """"network": { "activation": "erf", "widths": [500] }"""

    let private nested =
        """"network": { "activation": "erf", "widths": [500, 500] }, "expansion": false"""

    let private solver name = $"\"solver\": \"{name}\""

    let private paths =
        let path name ranks job =
            {
                Name = name
                Ranks = ranks
                Share = 1.0
                Job = job
            }

        [
            path "direct, one hidden layer" 1 [ spectral; solver "direct" ]
            path "iterative, one hidden layer" 1 [ spectral; solver "iterative" ]
            path "nested, two hidden layers" 1 [ nested; solver "direct" ]
            path "distributed, one hidden layer" 4 [ spectral; solver "distributed" ]
            path "distributed, two hidden layers" 4 [ nested; solver "distributed" ]
            { path
                  "convolution, 16 patches"
                  1
                  [
                      """"network": { "kind": "convolution", "activation": "erf", "widths": [100], "patch": 7, "image": [28, 28] }"""
                  ] with
                Share = 0.1
            }
        ]

    let private job examples path =
        let keys =
            [
                $$""""data": { "source": "teacher", "kind": "linear", "inputs": 784, "train": {{examples}}, "test": 200, "noise": 0.1, "seed": 1 }"""
                "\"temperature\": 0.01"
                "\"theory\": \"proportional\""
            ]
            @ path.Job

        $"""{{ {String.concat ", " keys} }}"""

    // Four ranks of whichever MPI is there; a thread each, as beside one another on the cores of a machine.
    let private launcher ranks =
        let start (name, flags) =
            ("PATH" |> Environment.GetEnvironmentVariable |> string).Split ':'
            |> Array.map (fun folder -> Path.Combine(folder, $"mpirun.{name}"))
            |> Array.tryFind File.Exists
            |> Option.map (fun program -> program :: flags @ [ "-n"; string ranks ])

        if ranks = 1 then
            Some []
        else
            [ "openmpi", [ "--allow-run-as-root"; "--oversubscribe" ]; "mpich", [] ]
            |> List.tryPick start

    let private peak examples path =
        match launcher path.Ranks with
        | None -> Error "MPI is not installed"
        | Some launcher ->
            let file = Path.Combine(Path.GetTempPath(), $"finitewidth-{Guid.NewGuid():N}.json")
            File.WriteAllText(file, job examples path)

            try
                Child.numbers launcher [] [ "--peak"; file ]
                |> Result.map (List.map snd >> List.max)
            finally
                File.Delete file

    let private header =
        [
            "path"
            "P"
            "processes"
            "peak of one, MB"
            "beyond a run of 20 examples, P x P doubles"
        ]

    let private megabytes bytes = Table.number "F0" (bytes / 1e6)

    // What a process takes before the examples count: that of one process for ranks too.
    let private least path =
        peak 20 (if path.Ranks = 1 then path else List.head paths)

    let private row asked path =
        let examples = max 20 (int (path.Share * float asked))
        eprintfn $"{path.Name}, P = {examples} ..."

        [
            yield! [ path.Name; string examples; string path.Ranks ]

            match least path, peak examples path with
            | Ok least, Ok most ->
                megabytes most
                Table.number "F1" ((most - least) / (8.0 * float examples ** 2.0))
            | Error reason, _
            | _, Error reason -> yield! [ "-"; reason ]
        ]

    /// A row a path, of which P = `examples`, or a tenth of it for a convolution.
    let table examples =
        header :: List.map (row examples) paths |> Table.aligned

    /// Predicts from a job and prints how much of this process was resident at most; an exit code.
    let printPeak (job: string) =
        let complain (sentence: string) =
            eprintfn $"{sentence}"
            2

        let code =
            Ranks.run complain (fun () ->
                Console.SetOut TextWriter.Null
                Program.run false [| "predict"; job |], None)

        // Of all ranks, not of the first alone.
        use output = new StreamWriter(Console.OpenStandardOutput())
        output.Write $"peak\t{Memory.peak ()}\n"
        code
