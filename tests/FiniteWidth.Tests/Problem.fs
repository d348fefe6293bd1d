/// Random learning problems for the property tests: everything follows from a seed.
module FiniteWidth.Tests.Problem

open FiniteWidth
open FiniteWidth.Numerics

let gaussian (stream: RandomStream) rows columns =
    let m = Matrix.Uninitialized(nativeint rows, nativeint columns)
    stream.Normal m
    m

/// P Gaussian inputs of N0 features with Gaussian targets.
let dataSet seed examples features =
    let stream = RandomStream.FromSeed(uint64 seed)

    DataSet.create (gaussian (stream.Split 0L) examples features) (gaussian (stream.Split 1L) examples 1)
    |> Result.orFail

/// The same inputs with the targets multiplied.
let scaleTargets factor (data: DataSet) =
    let targets =
        Matrix.Create(data.Targets.Rows, data.Targets.Columns, (fun i j -> factor * data.Targets[i, j]))

    DataSet.create data.Inputs targets |> Result.orFail

/// A number from a range, even in its logarithm.
let between seed index low high =
    let u = RandomStream.FromSeed(uint64 seed).Split(100L + int64 index).Uniform()
    low * (high / low) ** u

/// A network with random widths from 2 to 60 and random precisions from 0.3 to 3.
let network activation depth seed =
    let widths = [ for l in 1..depth -> int (between seed l 2.0 60.0) ]
    let priors = [ for l in 0..depth -> between seed (20 + l) 0.3 3.0 ]
    Network.dense activation widths |> Network.withPriors priors

/// Order parameters from 0.3 to 3.
let orderParameters seed (model: Model) =
    [|
        for l in 1 .. model.OrderParameters.Length -> between seed (40 + l) 0.3 3.0
    |]

let solve theory network temperature data =
    Posterior.solve theory network temperature (Study data) |> Result.orFail
