/// Smooth curves through readings, against functions that are known.
module FiniteWidth.Experiment.Tests.Certificates.SmoothCurveTests

open Expecto
open FiniteWidth.Experiment
open FiniteWidth.Testing

let private place x = { X = x; Amplitude = 1.0 }

let private reading error f x =
    {
        Place = place x
        Value = f x
        Error = error
    }

// A step like that of a loss between narrow and wide networks.
let private step x = -0.5 * (1.0 - tanh (x - 5.0))

let private grid = [| for i in 0..24 -> place (3.0 + 0.25 * float i) |]

let tests =
    testList "Smooth curve" [
        testCase "A known function lies within the band between its readings, and the band narrows" (fun () ->
            let worst count =
                let readings =
                    [|
                        for i in 0 .. count - 1 -> reading 1e-3 step (3.0 + 6.0 * float i / float (count - 1))
                    |]

                let bars =
                    SmoothCurve.predict readings grid
                    |> Array.mapi (fun i (struct (mean, deviation)) ->
                        let distance = abs (mean - step grid[i].X)
                        Expect.isLessThanOrEqual distance (3.0 * deviation) $"x = {grid[i].X}"
                        deviation)

                Array.max bars

            Expect.isLessThan (worst 9) (0.25 * worst 5) "worst")

        testCase "Without readings the curve is 0 within its amplitude, and near one it is that" (fun () ->
            let struct (mean, deviation) = (SmoothCurve.predict [||] [| place 3.0 |])[0]
            Expect.equal mean 0.0 "mean"
            Expect.isInRange deviation 0.5 2.0 "deviation"

            let struct (mean, deviation) =
                (SmoothCurve.predict [| reading 0.01 (fun _ -> 0.3) 3.0 |] [| place 3.0 |])[0]

            Expect.within 0.01 mean 0.3 "mean"
            Expect.within 1e-3 deviation 0.01 "deviation")

        testCase "A small amplitude keeps the curve near zero, whatever was read elsewhere" (fun () ->
            let wide = { X = 8.0; Amplitude = 0.01 }

            let struct (mean, deviation) =
                (SmoothCurve.predict [| reading 0.01 (fun _ -> 0.9) 5.0 |] [| wide |])[0]

            Expect.isLessThan (abs mean) 0.02 "mean"
            Expect.isLessThan deviation 0.03 "deviation")

        testCase "Of two readings of one place the more accurate counts for more" (fun () ->
            let both = [| reading 0.1 (fun _ -> 0.0) 3.0; reading 0.02 (fun _ -> 0.5) 3.0 |]
            let struct (mean, _) = (SmoothCurve.predict both [| place 3.0 |])[0]
            Expect.within 0.04 mean 0.48 "mean")

        testCase "A reading gains most where least is known, and nothing where nothing counts" (fun () ->
            let readings = [| for x in [ 3.0; 4.0 ] -> reading 0.01 step x |]
            let gains = SmoothCurve.gains readings grid (Array.create grid.Length true) 0.01
            let best = grid[Array.findIndex ((=) (Array.max gains)) gains].X
            Expect.isGreaterThan best 5.0 "best"
            Expect.isGreaterThanOrEqual (Array.min gains) 0.0 "gains"
            let none = SmoothCurve.gains readings grid (Array.create grid.Length false) 0.01
            Expect.equal (Array.max none) 0.0 "none")
    ]
