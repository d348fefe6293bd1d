namespace FiniteWidth.Torture

open FiniteWidth

/// A learning problem, ordinary or not.
type Problem =
    {
        Train: DataSet
        Test: DataSet
        Network: Network
        Temperature: float
        /// What is odd about it, in words.
        Description: string
    }

[<RequireQualifiedAccess>]
module Problem =

    let private rows (chance: Chance) kind features count =
        let fresh () = List.ofArray (chance.Normal features)

        let first = fresh ()

        let row i =
            match kind with
            | "zero rows" when i % 2 = 0 -> List.replicate features 0.0
            | "repeats" when i > 0 && chance.Happens 0.5 -> first
            | "identical" -> first
            | "collinear" ->
                let factor = chance.Normal 1
                List.map ((*) factor[0]) first
            | "constant column" -> List.mapi (fun j x -> if j = 0 then 1.0 else x) (fresh ())
            | _ -> fresh ()

        let scale = if chance.Happens 0.3 then chance.Between 1e-4 1e4 else 1.0
        List.init count (row >> List.map ((*) scale))

    let private targets (chance: Chance) kind outputs count =
        let scale =
            match kind with
            | "huge targets" -> 10.0 ** (150.0 * chance.Uniform())
            | "tiny targets" -> 10.0 ** (-320.0 * chance.Uniform())
            | "zero targets" -> 0.0
            | _ -> 1.0

        let offset = if kind = "raw targets" then 200.0 else 0.0
        let spread = if kind = "raw targets" then 30.0 else 1.0
        // The largest that a data set takes.
        let inside (y: float) = max -1e150 (min 1e150 y)

        List.init count (fun _ ->
            chance.Normal outputs
            |> Array.map (fun z -> inside (scale * (offset + spread * z)))
            |> List.ofArray)

    let private dataSet inputs targets =
        DataSet.create
            (FiniteWidth.Numerics.Matrix.FromArray(array2D inputs))
            (FiniteWidth.Numerics.Matrix.FromArray(array2D targets))
        |> Result.orFail

    let private network (chance: Chance) activation depth =
        let widths =
            if chance.Happens 0.3 then
                List.replicate depth (int (chance.Between 1.0 1e6))
            else
                List.init depth (fun _ -> int (chance.Between 1.0 1e6))

        let prior =
            if chance.Happens 0.5 then
                fun () -> 1.0
            else
                fun () -> chance.Between 1e-6 1e6

        let network =
            Network.dense activation widths
            |> Network.withPriors [ for _ in 0..depth -> prior () ]

        let network =
            if chance.Happens 0.2 then
                Network.withBias (prior ()) network
            else
                network

        if chance.Happens 0.15 then
            Network.withWiring Wiring.Residual network
        else
            network

    /// Problem number k of a seed, with this many outputs and hidden layers.
    let draw (chance: Chance) outputs depth =
        let examples = chance.OneOf [ 1; 2; 3; 4; 6; 9; 14; 20 ]
        let features = chance.OneOf [ 1; 2; 3; 8; 16 ]

        let inputKind =
            chance.OneOf
                [
                    "generic inputs"
                    "generic inputs"
                    "generic inputs"
                    "zero rows"
                    "repeats"
                    "identical"
                    "collinear"
                    "constant column"
                ]

        let targetKind =
            chance.OneOf
                [
                    "usual targets"
                    "usual targets"
                    "usual targets"
                    "raw targets"
                    "huge targets"
                    "tiny targets"
                    "zero targets"
                ]

        let activation = chance.OneOf Activation.all
        let network = network chance activation depth

        let temperature =
            match chance.OneOf [ 0; 1; 2; 3 ] with
            | 0 -> 0.0
            | 1 -> chance.Between 1e-16 1e6
            | _ -> chance.Between 1e-4 10.0

        {
            Train = dataSet (rows chance inputKind features examples) (targets chance targetKind outputs examples)
            Test = dataSet (rows chance "generic inputs" features 3) (targets chance "usual targets" outputs 3)
            Network = network
            Temperature = temperature
            Description =
                $"P = {examples}, N0 = {features}, {inputKind}, {targetKind}, {network}, biases {network.Biases}, T = {temperature}"
        }
