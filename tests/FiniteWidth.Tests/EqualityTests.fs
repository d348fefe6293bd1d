/// Networks are compared by what they are, and so what is kept for one network serves every equal one.
module FiniteWidth.Tests.EqualityTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Tests.Problem
open FiniteWidth.Testing

let private same (a: obj) (b: obj) =
    Expect.equal a b "a"
    Expect.equal (a.GetHashCode()) (b.GetHashCode()) "hash code"

let private network activation =
    Network.dense activation [ 5; 7 ]
    |> Network.withPriors [ 0.5; 1.0; 2.0 ]
    |> Network.withBias 3.0

let tests =
    testList "Equality" [
        testCase "Networks made twice are equal, and any difference tells" (fun () ->
            let erf = network Activation.erf
            same erf (network Activation.erf)
            same (Network.withWidth 1 erf) (Network.withWidths [ 1; 1 ] erf)

            for other in
                [
                    network Activation.tanh
                    Network.withWidth 5 erf
                    Network.withReadoutPrior 1.0 erf
                    Network.withBias 2.0 erf
                    Network.withWiring Wiring.Residual erf
                ] do
                Expect.notEqual other erf "other")

        testCase "Activations are equal by their formulas, functions by themselves alone" (fun () ->
            let swish () =
                Activation.parse "z / (1 + exp(-1.5*z))" |> Result.orFail

            same (network (swish ())) (network (swish ()))
            same (Activation.piecewiseLinear 1.0 0.2) (Activation.piecewiseLinear 1.0 0.2)
            same (Activation.parse "erf(z)" |> Result.orFail) Activation.erf
            same (Activation.withName "mine" Activation.tanh) Activation.tanh
            Expect.notEqual (Activation.withAccuracy 1e-5 Activation.tanh) Activation.tanh "with accuracy"

            Expect.notEqual
                (Activation.piecewiseLinear 1.0 0.3)
                (Activation.piecewiseLinear 1.0 0.2)
                "piecewise linear"

            let f z = tanh z
            let custom = Activation.custom "f" f
            same (network custom) (network custom)
            Expect.notEqual (Activation.custom "f" f) custom "custom")

        testCase "Convolutional and coupled networks are compared by value too" (fun () ->
            let convolutional channels =
                ConvolutionalNetwork.Create(
                    Activation.erf,
                    channels,
                    { Height = 4; Width = 4; Channels = 1 },
                    2,
                    2,
                    Pooling.None
                )

            same (convolutional 3) (convolutional 3)
            Expect.notEqual (convolutional 4) (convolutional 3) "convolutional"

            let coupled coupling =
                CoupledNetworks.create (Network.dense Activation.erf [ 5 ]) coupling
                |> Result.orFail

            same (coupled 0.5) (coupled 0.5)
            Expect.notEqual (coupled 0.6) (coupled 0.5) "coupled")

        testCase "A sweep over widths pays for its random units once" (fun () ->
            let mutable calls = 0L

            let counted =
                Activation.customOdd "counted" (fun z ->
                    Threading.Interlocked.Increment &calls |> ignore
                    tanh z)

            let train, test = dataSet 1 6 4, dataSet 2 5 4
            let expand = WidthExpansion.solver test (Study train)

            let slope n =
                (expand (Network.dense counted [ n ]) 0.1 |> Result.orFail).Slope.Loss

            let first = slope 20
            let paid = calls
            Expect.isGreaterThan paid 5000L "paid"

            for n in [ 20; 40; 100000 ] do
                Expect.equal (slope n) first "slope"

            Expect.equal calls paid "calls"
            expand (Network.dense counted [ 20 ]) 0.2 |> ignore
            Expect.isGreaterThan calls paid "calls")
    ]
