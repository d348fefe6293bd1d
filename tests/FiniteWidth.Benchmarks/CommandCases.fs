namespace FiniteWidth.Benchmarks

open System
open System.Diagnostics
open System.IO
open System.Text.Json
open FiniteWidth

/// What a user types, as whole processes: the runtime's start, the data and the result's assessment included.
[<RequireQualifiedAccess>]
module CommandCases =

    let private predict job =
        let tool = Path.Combine(AppContext.BaseDirectory, "FiniteWidth.Cli.dll")

        let info =
            ProcessStartInfo("dotnet", [ tool; "predict"; job ], RedirectStandardOutput = true)

        use running = Process.Start info |> nonNull
        let output = running.StandardOutput.ReadToEnd()
        running.WaitForExit()

        if running.ExitCode <> 0 then
            failwith $"finitewidth predict stopped with exit code {running.ExitCode}."

        JsonDocument.Parse output

    let private job =
        let widths =
            LearningCurve.logSpaced 50 20000 30 |> List.map string |> String.concat ", "

        $$"""{
  "data": { "source": "mnist", "labels": [0, 1], "train": 2000, "test": 1000 },
  "network": { "activation": "erf", "widths": [50] },
  "temperature": 0.01,
  "theory": "proportional",
  "sweep": { "width": [{{widths}}] }
}"""

    /// The learning curve of 30 widths with error bars, criterion and the exact first order, which the baseline has not.
    let sweep =
        {
            Name = "predict, 30 widths, whole process"
            Examples = 2000
            Target = Target.Ratio 10.0
            Baseline = Baseline.Naive([ "curve" ], (fun points -> points[0].GetProperty("loss").GetDouble()))
            Prepare =
                fun () ->
                    let path = Path.Combine(Path.GetTempPath(), $"finitewidth-{Guid.NewGuid():N}.json")
                    File.WriteAllText(path, job)
                    AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> File.Delete path)

                    fun () ->
                        use result = predict path

                        {
                            Value = result.RootElement.GetProperty("points").[0].GetProperty("loss").GetDouble()
                            Residual = None
                        }
        }
