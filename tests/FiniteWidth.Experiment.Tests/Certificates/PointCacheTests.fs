/// What chains have found, kept in files.
module FiniteWidth.Experiment.Tests.Certificates.PointCacheTests

open System.IO
open Expecto
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Testing

let private sampled: SampledScore =
    let measured value error : Measured = { Value = value; Error = error }

    {
        Score =
            {
                Loss = measured (1.0 / 3.0) 1e-3
                Bias = measured 0.1 1e-4
                Variance = measured 0.2 2e-4
            }
        Accuracy = Some(measured 0.97 0.01)
        Verdict = Verdict.Converged
        Chains = 4
        Draws = 250
        EffectiveDraws = 432.1
        RHat = 1.004
        LossRHat = 1.002
        Seconds = 12.5
    }

let private inFolder (test: string -> unit) =
    let folder = Directory.CreateTempSubdirectory().FullName

    try
        test folder
    finally
        Directory.Delete(folder, recursive = true)

let private key = "0123abcd"

let tests =
    testList "Point cache" [
        testCase "What was kept comes back to the bit, with or without classes" (fun () ->
            inFolder (fun folder ->
                let inner = Path.Combine(folder, "new")

                for sampled in [ sampled; { sampled with Accuracy = None } ] do
                    PointCache.write inner key sampled |> Result.orFail
                    Expect.isTrue (PointCache.read inner key = Some sampled) "read"))

        testCase "A file that is missing, damaged, or another point's counts for nothing" (fun () ->
            inFolder (fun folder ->
                let file name = Path.Combine(folder, name + ".json")
                Expect.isNone (PointCache.read folder key) "missing"
                PointCache.write folder key sampled |> Result.orFail
                let text = File.ReadAllText(file key)
                File.WriteAllText(file "other", text)
                Expect.isNone (PointCache.read folder "other") "another point's"

                for damaged in
                    [
                        text.Replace("12.5", "12.4")
                        text[.. text.Length / 2]
                        "[]"
                        ""
                        "{\"version\": \"1\"}"
                    ] do
                    File.WriteAllText(file key, damaged)
                    Expect.isNone (PointCache.read folder key) damaged))

        testCase "A folder that cannot be written to is a failure" (fun () ->
            inFolder (fun folder ->
                let file = Path.Combine(folder, "file")
                File.WriteAllText(file, "")
                Expect.isError (PointCache.write file key sampled) "write"))
    ]
