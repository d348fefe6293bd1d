namespace FiniteWidth.Cli

open FiniteWidth

/// What the list of a network's priors says of the readout's.
[<RequireQualifiedAccess; NoComparison; NoEquality>]
type ReadoutPrior =
    /// There is no list.
    | NotSaid
    /// The last of the list, which is there.
    | Given of JsonCursor
    /// Nothing: the list there ends before it, which `complaint` says where nothing else sets it.
    | LeftOut of JsonCursor * complaint: string

[<RequireQualifiedAccess>]
module NetworkJson =

    let private layers count =
        if count = 1 then
            "1 hidden layer"
        else
            $"{count} hidden layers"

    let private requireLength length explain (cursor, items: 'T list) =
        if items.Length = length then
            Ok()
        else
            JsonCursor.fail cursor (explain items.Length)

    let private ofLength length explain (item: Json<'T>) =
        Json.list item
        |> Json.check (fun cursor items -> requireLength length explain (cursor, items) |> Result.map (fun () -> items))

    let private given length explain values =
        values
        |> Option.map (requireLength length explain)
        |> Option.defaultValue (Ok())

    // So many priors, the readout's last; without it where something else may set it.
    let private priors count explain listed =
        match listed with
        | None -> Ok(List.replicate count 1.0, ReadoutPrior.NotSaid)
        | Some(cursor, values: float list) when values.Length = count -> Ok(values, ReadoutPrior.Given cursor)
        | Some(cursor, values) when values.Length = count - 1 ->
            Ok(values @ [ 1.0 ], ReadoutPrior.LeftOut(cursor, explain values.Length))
        | Some(cursor, values) -> JsonCursor.fail cursor (explain values.Length)

    let private activation =
        Fields.required "activation" ActivationJson.json "a name, or a formula in z"

    // The lists of priors and biases, where they are given.
    let private listed others =
        fields {
            let! priors =
                Fields.tryKey
                    "priors"
                    (Json.placed (Json.list Json.positive))
                    $"the precisions lambda_0, ..., lambda_L, one more than {others} (1); with a scaling without lambda_L"

            and! biases =
                Fields.tryKey
                    "biases"
                    (Json.placed (Json.list (Json.nullable Json.positive)))
                    "the precisions of the hidden layers' biases, null for a layer without (none)"

            return priors, biases
        }

    // Those of a network of some depth, lambda_0 that of its first weights, with what is said of the readout's.
    let private ofDepth depth first (listed, biases) =
        let wrongPriors count =
            $"this list has length {count}, and a network of {layers depth} takes {depth + 1} priors, lambda_0 of the first {first} to lambda_{depth} of the readout."

        let wrongBiases count =
            $"this list has length {count}, and a network of {layers depth} takes {depth} of them, null where a layer has no bias."

        result {
            let! priors, readout = priors (depth + 1) wrongPriors listed
            do! given depth wrongBiases biases
            return priors, biases |> Option.map snd |> Option.defaultValue (List.replicate depth None), readout
        }

    let private dense wiring =
        fields {
            let! activation = activation

            and! widths =
                Fields.required
                    "widths"
                    (Json.nonEmptyList Json.count)
                    "N_1, ..., N_L, from the first hidden layer outwards"

            and! listed = listed "widths"
            return activation, widths, listed
        }
        |> Fields.resolve (fun _ (activation, widths, listed) ->
            result {
                let! priors, biases, readout = ofDepth widths.Length "weights" listed
                let! network = Network.create activation widths priors biases
                return JobNetwork.Dense(Network.withWiring wiring network), readout
            })

    // The one width and the two priors of a network with one hidden layer that is no dense one.
    let private oneLayer system width first =
        fields {
            let! widths =
                Fields.required
                    "widths"
                    (ofLength
                        1
                        (fun length -> $"this list has length {length}, and {system} takes one width, {width}.")
                        Json.count)
                    $"one width, {width}"

            and! listed =
                Fields.tryKey
                    "priors"
                    (Json.placed (Json.list Json.positive))
                    $"lambda_0 of {first} and lambda_1 of the readout (1); with a scaling without lambda_1"

            return widths.Head, listed
        }
        |> Fields.resolve (fun _ (width, listed) ->
            let wrong length =
                $"this list has length {length}, and {system} takes two priors, lambda_0 of {first} and lambda_1 of the readout."

            priors 2 wrong listed
            |> Result.map (fun (priors, readout) -> width, struct (priors[0], priors[1]), readout))

    let private transfer =
        fields {
            let! activation =
                Fields.required "activation" (Json.choice Names.activations) "the name of an activation"

            and! width, struct (first, last), readout =
                oneLayer "a pair of coupled networks" "that of either network" "the first weights"

            and! coupling =
                Fields.required "gamma" Json.number "the coupling, smaller than 2 lambda_0 in size"

            return activation, width, [ first; last ], coupling, readout
        }
        |> Fields.resolve (fun _ (activation, width, priors, coupling, readout) ->
            result {
                let! network = Network.create activation [ width ] priors [ None ]
                let! networks = CoupledNetworks.create network coupling
                return JobNetwork.Coupled networks, readout
            })

    let private side =
        Fields.required
            "image"
            (ofLength
                2
                (fun length -> $"this list has length {length}, and an image has two sides, its height and its width.")
                Json.count)
            "height and width of an input"

    let private colours =
        Fields.optional "channels" 1 Json.count "the values of a pixel (1)"

    let private pooling =
        Fields.optional
            "pooling"
            Pooling.None
            (Json.choice [ "none", Pooling.None; "average", Pooling.Average ])
            "none (usual) or average"

    let private shape (image: int list) colours : ImageShape =
        {
            Height = image[0]
            Width = image[1]
            Channels = colours
        }

    // Down and across.
    let private both =
        let two =
            ofLength
                2
                (fun length -> $"this list has length {length}, and there are two directions, down and across.")
                Json.count

        Json.listOr
            (two |> Json.map (fun sides -> struct (sides[0], sides[1])))
            (Json.count |> Json.map (fun side -> struct (side, side)))

    let private padding =
        let zeros = Json.integer 0 |> Json.map Padding.Zeros

        Json.textOr (Json.choice [ "valid", Padding.Valid; "same", Padding.Same ]) zeros

    let private layer =
        fields {
            let! channels = Fields.required "channels" Json.count "the number of filters"

            and! patch =
                Fields.required "patch" both "the side of a filter in pixels, or its rows and columns"

            and! stride =
                Fields.optional
                    "stride"
                    (struct (1, 1))
                    both
                    "the step to the next position, or steps down and across (1)"

            and! padding =
                Fields.optional
                    "padding"
                    Padding.Valid
                    padding
                    "valid (usual), same, or the rows and columns of zeros on every side"

            return
                {
                    Channels = channels
                    Patch = patch
                    Stride = stride
                    Padding = padding
                }
        }
        |> Fields.toJson

    let private deepConvolution =
        fields {
            let! activation = activation

            and! layers =
                Fields.required "layers" (Json.nonEmptyList layer) "the convolutional layers, from the image outwards"

            and! image = side
            and! colours = colours
            and! pooling = pooling

            and! widths =
                Fields.optional
                    "widths"
                    []
                    (Json.list Json.count)
                    "the widths of fully connected layers behind them (none)"

            and! listed = listed "hidden layers"
            return activation, layers, shape image colours, pooling, widths, listed
        }
        |> Fields.resolve (fun _ (activation, network, image, pooling, widths, listed) ->
            result {
                let! priors, biases, readout =
                    ofDepth (network.Length + widths.Length) "filters" listed

                let! network =
                    ImageNetwork.create activation image network pooling widths priors biases

                return JobNetwork.Image network, readout
            })

    let private convolution =
        fields {
            let! activation = activation

            and! channels, priors, readout =
                oneLayer "a convolutional network" "its number of filters" "the filters"

            and! patch = Fields.required "patch" Json.count "the side of a patch in pixels"

            and! stride =
                Fields.tryKey "stride" Json.count "the step to the next patch (the side of a patch)"

            and! colours = colours
            and! image = side
            and! pooling = pooling

            return
                ConvolutionalNetwork.create
                    activation
                    channels
                    priors
                    (shape image colours)
                    patch
                    (defaultArg stride patch)
                    pooling,
                readout
        }
        |> Fields.resolve (fun _ (network, readout) ->
            network |> Result.map (fun network -> JobNetwork.Convolutional network, readout))

    /// A network of one of the kinds, with what is said of the readout's prior.
    let json =
        [
            "dense", Fields.kind (dense Wiring.Sequential)
            "residual", Fields.kind (dense Wiring.Residual)
            "convolution", Fields.whereKey "layers" (Fields.kind deepConvolution) (Fields.kind convolution)
            "transfer", Fields.kind transfer
        ]
        |> Fields.kinds "kind" (Some "dense") "how the network is wired"
        |> Fields.ofKinds
