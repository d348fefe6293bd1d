/// Networks are compared by what they are, and so what is kept for one network serves every equal one.
module FiniteWidth.Tests.EqualityTests

open System
open FiniteWidth
open FiniteWidth.Tests.Problem
open NUnit.Framework

let private same (a: obj) (b: obj) =
    Assert.That(a, Is.EqualTo b)
    Assert.That(a.GetHashCode(), Is.EqualTo(b.GetHashCode()))

let private network activation =
    Network.dense activation [ 5; 7 ]
    |> Network.withPriors [ 0.5; 1.0; 2.0 ]
    |> Network.withBias 3.0

[<Test>]
let ``Networks made twice are equal, and any difference tells`` () =
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
        Assert.That(other, Is.Not.EqualTo erf)

[<Test>]
let ``Activations are equal by their formulas, functions by themselves alone`` () =
    let swish () =
        Activation.parse "z / (1 + exp(-1.5*z))" |> Result.orFail

    same (network (swish ())) (network (swish ()))
    same (Activation.piecewiseLinear 1.0 0.2) (Activation.piecewiseLinear 1.0 0.2)
    same (Activation.parse "erf(z)" |> Result.orFail) Activation.erf
    same (Activation.withName "mine" Activation.tanh) Activation.tanh
    Assert.That(Activation.withAccuracy 1e-5 Activation.tanh, Is.Not.EqualTo Activation.tanh)
    Assert.That(Activation.piecewiseLinear 1.0 0.3, Is.Not.EqualTo(Activation.piecewiseLinear 1.0 0.2))

    let f z = tanh z
    let custom = Activation.custom "f" f
    same (network custom) (network custom)
    Assert.That(Activation.custom "f" f, Is.Not.EqualTo custom)

[<Test>]
let ``Convolutional and coupled networks are compared by value too`` () =
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
    Assert.That(convolutional 4, Is.Not.EqualTo(convolutional 3))

    let coupled coupling =
        CoupledNetworks.create (Network.dense Activation.erf [ 5 ]) coupling
        |> Result.orFail

    same (coupled 0.5) (coupled 0.5)
    Assert.That(coupled 0.6, Is.Not.EqualTo(coupled 0.5))

[<Test>]
let ``A sweep over widths pays for its random units once`` () =
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
    Assert.That(paid, Is.GreaterThan 5000L)

    for n in [ 20; 40; 100000 ] do
        Assert.That(slope n, Is.EqualTo first)

    Assert.That(calls, Is.EqualTo paid)
    expand (Network.dense counted [ 20 ]) 0.2 |> ignore
    Assert.That(calls, Is.GreaterThan paid)
