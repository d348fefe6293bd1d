namespace FiniteWidth.Cli

open System
open System.IO
open System.Text
open System.Text.Json
open FiniteWidth

/// What to vary, as the cartesian product of the lists; an empty list leaves the network's own value.
type Sweep =
    {
        Widths: int list
        ReadoutPriors: float list
        Temperatures: float list
    }

/// The networks that a job can describe.
[<RequireQualifiedAccess>]
type JobNetwork =
    | Dense of Network
    | Convolutional of ConvolutionalNetwork

/// What `finitewidth predict` is asked for.
type Job =
    {
        Source: Source
        Network: JobNetwork
        Temperature: float
        Treatment: Treatment
        Sweep: Sweep
    }

[<RequireQualifiedAccess>]
module Job =

    let private layers count =
        if count = 1 then
            "1 hidden layer"
        else
            $"{count} hidden layers"

    let private ofLength length explain read cursor =
        JsonCursor.list read cursor
        |> Result.bind (fun items ->
            if List.length items = length then
                Ok items
            else
                JsonCursor.fail cursor (explain items.Length))

    let private dense more cursor =
        result {
            let! fields =
                JsonCursor.fields (more @ [ "activation"; "widths"; "priors"; "biases" ]) cursor

            let! activation = JsonCursor.require "activation" ActivationJson.read cursor fields

            let! widths =
                JsonCursor.require "widths" (JsonCursor.nonEmptyList (JsonCursor.integer 1)) cursor fields

            let depth = widths.Length

            let wrongPriors count =
                $"this list has length {count}, and a network of {layers depth} takes {depth + 1} priors, lambda_0 of the first weights to lambda_{depth} of the readout."

            let wrongBiases count =
                $"this list has length {count}, and a network of {layers depth} takes {depth} of them, null where a layer has no bias."

            let! priors =
                fields
                |> JsonCursor.optional
                    "priors"
                    (List.replicate (depth + 1) 1.0)
                    (ofLength (depth + 1) wrongPriors JsonCursor.positive)

            let! biases =
                fields
                |> JsonCursor.optional
                    "biases"
                    (List.replicate depth None)
                    (ofLength depth wrongBiases (JsonCursor.nullable JsonCursor.positive))

            let! network = Network.create activation widths priors biases
            return JobNetwork.Dense network
        }

    let private convolution cursor =
        result {
            let! fields =
                JsonCursor.fields
                    [
                        "kind"
                        "activation"
                        "widths"
                        "priors"
                        "patch"
                        "stride"
                        "channels"
                        "image"
                        "pooling"
                    ]
                    cursor

            let! activation = JsonCursor.require "activation" ActivationJson.read cursor fields

            let count = JsonCursor.integer 1

            let oneWidth length =
                $"this list has length {length}, and a convolutional network takes one width, its number of filters."

            let twoPriors length =
                $"this list has length {length}, and a convolutional network takes two priors, lambda_0 of the filters and lambda_1 of the readout."

            let twoSides length =
                $"this list has length {length}, and an image has two sides, its height and its width."

            let! widths = JsonCursor.require "widths" (ofLength 1 oneWidth count) cursor fields

            let! priors =
                JsonCursor.optional "priors" [ 1.0; 1.0 ] (ofLength 2 twoPriors JsonCursor.positive) fields

            let! patch = JsonCursor.require "patch" count cursor fields
            let! stride = JsonCursor.optional "stride" patch count fields
            let! channels = JsonCursor.optional "channels" 1 count fields
            let! image = JsonCursor.require "image" (ofLength 2 twoSides count) cursor fields

            let! pooling =
                JsonCursor.optional
                    "pooling"
                    Pooling.None
                    (JsonCursor.choice [ "none", Pooling.None; "average", Pooling.Average ])
                    fields

            let shape: ImageShape =
                {
                    Height = image[0]
                    Width = image[1]
                    Channels = channels
                }

            let! network =
                ConvolutionalNetwork.create
                    activation
                    widths.Head
                    (struct (priors[0], priors[1]))
                    shape
                    patch
                    stride
                    pooling

            return JobNetwork.Convolutional network
        }

    let private network cursor =
        match JsonCursor.peek "kind" cursor with
        | Error _ -> dense [] cursor
        | Ok kind ->
            result {
                let! read =
                    JsonCursor.choice [ "dense", dense [ "kind" ]; "convolution", convolution ] kind

                return! read cursor
            }

    let private sweep cursor =
        result {
            let! fields = JsonCursor.fields [ "width"; "prior"; "temperature" ] cursor

            let! widths =
                JsonCursor.optional "width" [] (JsonCursor.nonEmptyList (JsonCursor.integer 1)) fields

            let! priors =
                JsonCursor.optional "prior" [] (JsonCursor.nonEmptyList JsonCursor.positive) fields

            let! temperatures =
                JsonCursor.optional "temperature" [] (JsonCursor.nonEmptyList JsonCursor.notNegative) fields

            return
                {
                    Widths = widths
                    ReadoutPriors = priors
                    Temperatures = temperatures
                }
        }

    let private noSweep =
        {
            Widths = []
            ReadoutPriors = []
            Temperatures = []
        }

    let private parse folder (document: JsonDocument) =
        result {
            let root = JsonCursor.root "job" document

            let! fields =
                JsonCursor.fields [ "data"; "network"; "temperature"; "theory"; "sweep" ] root

            let! source = JsonCursor.require "data" (SourceJson.read folder) root fields
            let! network = JsonCursor.require "network" network root fields

            let! temperature =
                JsonCursor.require "temperature" JsonCursor.notNegative root fields

            let! treatment =
                JsonCursor.require "theory" (JsonCursor.choice Names.theories) root fields

            let! sweep = JsonCursor.optional "sweep" noSweep sweep fields

            return
                {
                    Source = source
                    Network = network
                    Temperature = temperature
                    Treatment = treatment
                    Sweep = sweep
                }
        }

    // Duplicates are told apart from errors of syntax by the cursor, which can name them.
    let private options =
        JsonDocumentOptions(CommentHandling = JsonCommentHandling.Skip)

    let private strictUtf8 = UTF8Encoding(false, throwOnInvalidBytes = true)

    /// The job in a JSON file; relative paths in it are relative to the file.
    let read (path: string) =
        let bad what = Error(BadFile(path, what))

        if String.IsNullOrWhiteSpace path then
            Error(BadData "The path of the job is empty: give the path of a JSON file.")
        elif Directory.Exists path then
            bad "this is a folder: a job is a JSON file."
        else
            try
                let text = strictUtf8.GetString(File.ReadAllBytes path).TrimStart '\uFEFF'
                use document = JsonDocument.Parse(text, options)
                parse (string (Path.GetDirectoryName(Path.GetFullPath path))) document
            with
            | :? JsonException as error ->
                let line = error.LineNumber.GetValueOrDefault() + 1L
                bad $"this is not valid JSON (see line {line}): a job is one JSON object."
            | :? DecoderFallbackException -> bad "this is not UTF-8 text: save the job as UTF-8."
            | :? FileNotFoundException
            | :? DirectoryNotFoundException -> bad "there is no such file."
            | :? UnauthorizedAccessException -> bad "the file may not be read: its permissions forbid it."
            | :? IOException as error -> bad $"the file cannot be read ({error.Message.TrimEnd '.'})."

    let private orOwn own values =
        if List.isEmpty values then [ own ] else values

    /// The networks and temperatures that the sweep spans: widths outermost, temperatures innermost.
    let points (network: Network) job =
        let widths =
            job.Sweep.Widths
            |> List.map (List.replicate network.Depth)
            |> orOwn network.Widths

        let priors = job.Sweep.ReadoutPriors |> orOwn (List.last network.Priors)

        [
            for widths in widths do
                for prior in priors do
                    for temperature in job.Sweep.Temperatures |> orOwn job.Temperature ->
                        network |> Network.withWidths widths |> Network.withReadoutPrior prior, temperature
        ]

    /// The same of a convolutional network, whose width is its number of filters.
    let convolutionalPoints (network: ConvolutionalNetwork) job =
        result {
            let! networks =
                List.allPairs
                    (orOwn network.Channels job.Sweep.Widths)
                    (orOwn network.ReadoutPrior job.Sweep.ReadoutPriors)
                |> Result.traverse (fun (channels, prior) -> ConvolutionalNetwork.withReadout channels prior network)

            return List.allPairs networks (job.Sweep.Temperatures |> orOwn job.Temperature)
        }
