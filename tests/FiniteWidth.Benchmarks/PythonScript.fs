namespace FiniteWidth.Benchmarks

open System
open System.ComponentModel
open System.Diagnostics
open System.IO
open System.Text.Json
open FiniteWidth.Numerics

/// A script that computes the same quantities in Python, with an interpreter that has what it imports.
type PythonScript =
    private
        {
            Python: string
            File: string
            DataFolder: string
        }

[<RequireQualifiedAccess>]
module PythonScript =

    let private start (python: string) (arguments: string seq) =
        let info =
            ProcessStartInfo(python, arguments, RedirectStandardOutput = true, RedirectStandardError = true)

        // Both sides take the same kernels of OpenBLAS.
        match LinearAlgebra.Default, OpenBlasCore.Told with
        | _, null -> ()
        | _, core -> info.Environment[OpenBlasCore.Variable] <- core

        use running = Process.Start info |> nonNull
        let errors = running.StandardError.ReadToEndAsync()
        let output = running.StandardOutput.ReadToEnd()
        running.WaitForExit()
        running.ExitCode, output, errors.Result

    let private imports modules python =
        try
            let code, _, _ = start python [ "-c"; $"import {modules}" ]
            code = 0
        with :? Win32Exception ->
            false

    let private find file modules dataFolder =
        [ "python3"; "/usr/bin/python3"; "python" ]
        |> List.tryFind (imports modules)
        |> Option.map (fun python ->
            {
                Python = python
                File = file
                DataFolder = dataFolder
            })

    /// naive.py, the theory in plain numpy, where a Python has numpy and scipy; MNIST's uncompressed files lie in `dataFolder`.
    let naive dataFolder =
        find "naive.py" "numpy, scipy.optimize" dataFolder

    /// langevin_torch.py, Langevin dynamics of a network in PyTorch, where a Python has it.
    let torch dataFolder =
        find "langevin_torch.py" "numpy, scipy.optimize, torch" dataFolder

    /// Seconds as the script times itself, without start-up and reading, and its result.
    let run arguments script =
        let path = Path.Combine(AppContext.BaseDirectory, script.File)

        let code, output, errors =
            start script.Python (path :: arguments @ [ "--mnist"; script.DataFolder ])

        if code <> 0 then
            failwith $"{script.File} stopped with exit code {code}: {errors}"

        use document = JsonDocument.Parse output
        let root = document.RootElement
        root.GetProperty("seconds").GetDouble(), root.GetProperty("result").Clone()

/// The scripts that this machine can run.
type Scripts =
    {
        Naive: PythonScript option
        Torch: PythonScript option
    }
