/// A process that runs and is killed. In a list of its own, which a child process can be told to run.
module FiniteWidth.Experiment.Tests.KilledRunTests

open System
open System.Diagnostics
open System.IO
open System.Threading
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Experiment.Tests.ShortRun
open FiniteWidth.Testing

let private childVariable = "FINITEWIDTH_TEST_CHECKPOINT"

let private long path =
    { short with
        Draws = 4000
        Checkpoint = checkpoint path
    }

let tests =
    testList "Killed run" [
        testCase "A run whose process is killed goes on from its checkpoint to the bit" (fun () ->
            match Environment.GetEnvironmentVariable childVariable with
            | null ->
                inFolder (fun path ->
                    // This test again, in a process of its own that will not see its end.
                    let start =
                        ProcessStartInfo(
                            "dotnet",
                            [
                                Reflection.Assembly.GetExecutingAssembly().Location
                                "--filter"
                                "Experiment/Killed run"
                            ],
                            RedirectStandardOutput = true,
                            RedirectStandardError = true
                        )

                    start.Environment[childVariable] <- path

                    use child = nonNull (Process.Start start)
                    child.OutputDataReceived.Add ignore
                    child.ErrorDataReceived.Add ignore
                    child.BeginOutputReadLine()
                    child.BeginErrorReadLine()
                    let patience = Stopwatch.StartNew()

                    while not (File.Exists path)
                          && not child.HasExited
                          && patience.Elapsed.TotalSeconds < 60.0 do
                        Thread.Sleep 5

                    Thread.Sleep 50
                    Expect.isFalse child.HasExited "The child ended before it could be killed."
                    child.Kill()
                    child.WaitForExit()
                    Expect.isTrue (File.Exists path) "existence"
                    let resumed = continue' (long path)
                    Expect.equal resumed.Stopped Stop.Complete "stopped"
                    assertSame (go { long path with Checkpoint = None }) resumed)
            | path ->
                // A pause after each block, so that the parent's signal arrives in the middle.
                go
                    { long path with
                        Progress = fun _ -> Thread.Sleep 100
                    }
                |> ignore)
    ]
