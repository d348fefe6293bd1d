namespace FiniteWidth.Calibration

open System
open System.Collections.Generic
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Numerics

/// What problems are drawn from.
type Range =
    {
        Activations: Activation list
        Examples: struct (int * int)
        Widths: struct (int * int)
        Test: int
        Data: string list
    }

/// A network at a temperature and its data, drawn at random.
[<NoComparison; NoEquality>]
type RandomProblem =
    {
        Seed: uint64
        Network: Network
        Temperature: float
        Split: Split
        /// The data in a word.
        Data: string
    }

    override this.ToString() =
        let network = this.Network
        let prior = List.last network.Priors

        $"{this.Data}, P = {this.Split.Train.Count}, N0 = {this.Split.Train.Features}, {network.Activation.Name}, N = {network.Widths.Head}, depth {network.Depth}, T = {this.Temperature:G3}, lambda_0 = {network.Priors.Head:G3}, lambda_L = {prior:G3}"

[<RequireQualifiedAccess>]
module RandomProblem =

    /// Networks of every kind.
    let all =
        {
            Activations = [ Activation.erf; Activation.tanh; Activation.relu; Activation.linear ]
            Examples = struct (10, 300)
            Widths = struct (2, 2000)
            Test = 50
            Data = [ "linear teacher"; "network teacher"; "random labels"; "MNIST"; "MNIST" ]
        }

    /// Small linear networks, whose truth is an integral.
    let small =
        {
            Activations = [ Activation.linear ]
            Examples = struct (10, 30)
            Widths = struct (3, 300)
            Test = 20
            Data = [ "linear teacher"; "network teacher"; "random labels" ]
        }

    let private deepShare = 0.2

    // Numbers in (0, 1), one after the other.
    let private numbers seed =
        let values: float[] = Array.zeroCreate 16
        (RandomStream.FromSeed seed).Split(100L).Uniform(Span values)
        let rest = Queue<float> values

        rest.Dequeue

    // Evenly spaced in the logarithm.
    let private between next (low: float) high = low * (high / low) ** next ()

    let private among next (items: 'a list) =
        items[int (float items.Length * next ())]

    // Two digits, one of each sign.
    let private digits next examples test seed =
        let first = int (10.0 * next ())
        let second = (first + 1 + int (9.0 * next ())) % 10

        let protocol =
            { Protocol.create [ first; second ] examples test with
                Order = Shuffled seed
            }

        Mnist.locate ()
        |> Result.bind Mnist.load
        |> Result.bind (Protocol.apply protocol)
        |> Result.map (fun split -> $"MNIST {first}/{second}", split)

    let private data kinds next inputs examples test seed =
        let noise = between next 0.05 0.5
        let units = int (between next 1.0 20.0)

        match among next kinds with
        | "MNIST" -> digits next examples test seed
        | "linear teacher" as name ->
            LinearTeacher.generate
                {
                    Inputs = inputs
                    Train = examples
                    Test = test
                    Noise = noise
                    Seed = seed
                }
            |> Result.map (fun split -> name, split)
        | "network teacher" as name ->
            HiddenLayerTeacher.Create(Activation.tanh, inputs, units, examples, test, noise, seed)
            |> HiddenLayerTeacher.generate
            |> Result.map (fun split -> name, split)
        | name ->
            RandomLabels.generate
                {
                    Inputs = inputs
                    Train = examples
                    Test = test
                    Seed = seed
                }
            |> Result.map (fun split -> name, split)

    /// T between 0.001 and 1, the precisions of first weights and readout between 0.1 and 10, 3 to 60 inputs (or MNIST's 784), one hidden layer or two.
    let draw range seed =
        let next = numbers seed
        let between low high = between next low high

        let whole (struct (low, high): struct (int * int)) =
            int (between (float low) (float high + 0.999))

        let examples, width = whole range.Examples, whole range.Widths
        let inputs = whole (struct (3, 60))
        let temperature = between 0.001 1.0
        let first, last = between 0.1 10.0, between 0.1 10.0

        let activation = among next range.Activations
        let depth = if next () < deepShare then 2 else 1
        let widths = List.replicate depth width

        result {
            let! network =
                Network.create
                    activation
                    widths
                    ([ first ] @ List.replicate (depth - 1) 1.0 @ [ last ])
                    (List.replicate depth None)

            let! name, split = data range.Data next inputs examples range.Test seed

            return
                {
                    Seed = seed
                    Network = network
                    Temperature = temperature
                    Split = split
                    Data = name
                }
        }
