namespace FiniteWidth.Benchmarks

open System
open System.ComponentModel
open System.Diagnostics
open System.IO
open System.Text.Json

/// naive.py, the same quantities in plain numpy, run by a Python that has numpy and scipy.
type Naive =
    private
        {
            Python: string
            DataFolder: string
        }

[<RequireQualifiedAccess>]
module Naive =

    let private start (python: string) (arguments: string seq) =
        let info =
            ProcessStartInfo(python, arguments, RedirectStandardOutput = true, RedirectStandardError = true)

        use running = Process.Start info |> nonNull
        let errors = running.StandardError.ReadToEndAsync()
        let output = running.StandardOutput.ReadToEnd()
        running.WaitForExit()
        running.ExitCode, output, errors.Result

    let private hasNumpy python =
        try
            let code, _, _ = start python [ "-c"; "import numpy, scipy.optimize" ]
            code = 0
        with :? Win32Exception ->
            false

    /// The first Python that has what naive.py imports; MNIST's uncompressed files lie in `dataFolder`.
    let find dataFolder =
        [ "python3"; "/usr/bin/python3"; "python" ]
        |> List.tryFind hasNumpy
        |> Option.map (fun python ->
            {
                Python = python
                DataFolder = dataFolder
            })

    /// Seconds as naive.py times itself, without start-up and reading, and its result.
    let run arguments naive =
        let script = Path.Combine(AppContext.BaseDirectory, "naive.py")

        let code, output, errors =
            start naive.Python (script :: arguments @ [ "--mnist"; naive.DataFolder ])

        if code <> 0 then
            failwith $"naive.py stopped with exit code {code}: {errors}"

        use document = JsonDocument.Parse output
        let root = document.RootElement
        root.GetProperty("seconds").GetDouble(), root.GetProperty("result").Clone()
