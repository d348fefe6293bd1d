namespace FiniteWidth.Cli

open System
open System.IO
open System.Text
open System.Text.Json
open FiniteWidth
open FiniteWidth.Experiment

/// What to vary, as the cartesian product of the lists; an empty list leaves the network's own value.
type Sweep =
    {
        Widths: int list
        ReadoutPriors: float list
        Temperatures: float list
        /// gamma of coupled networks.
        Couplings: float list
        /// Training times of gradient flow.
        Times: float list
        /// P of averages over training sets drawn from the training examples; these examples themselves where it is empty.
        Examples: int list
        /// alpha = P/N of those averages, in place of widths.
        Loads: float list
    }

/// The networks that a job can describe.
[<RequireQualifiedAccess>]
type JobNetwork =
    | Dense of Network
    | Convolutional of ConvolutionalNetwork
    /// Two coupled networks, and where the examples of the second one's task come from.
    | Transfer of CoupledNetworks * second: Source

/// Whether the exact first order in 1/N is computed beside a prediction.
[<RequireQualifiedAccess>]
type FirstOrder =
    | Computed
    | LeftOut

/// What `finitewidth predict` is asked for.
type Job =
    {
        /// Where the examples come from; of two tasks, the first one's.
        Source: Source
        Network: JobNetwork
        /// 0 for gradient flow.
        Temperature: float
        /// The name of the theory.
        Theory: string
        Treatment: Treatment
        /// The training time of gradient flow, infinite at its end.
        Time: float
        Sweep: Sweep
        FirstOrder: FirstOrder
        /// How the cavity theory is solved, made from the standard settings.
        Cavity: CavitySettings -> CavitySettings
        /// How good certified answers are to be, and what they may take.
        Auto: AutoSettings
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

    let private dense wiring cursor =
        result {
            let! fields =
                JsonCursor.fields [ "kind"; "activation"; "widths"; "priors"; "biases" ] cursor

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
            return JobNetwork.Dense(Network.withWiring wiring network)
        }

    let private oneWidth system width length =
        $"this list has length {length}, and {system} takes one width, {width}."

    let private twoPriors system filters length =
        $"this list has length {length}, and {system} takes two priors, lambda_0 of {filters} and lambda_1 of the readout."

    let private transfer second cursor =
        result {
            let! fields =
                JsonCursor.fields [ "kind"; "activation"; "widths"; "priors"; "gamma" ] cursor

            let! activation =
                JsonCursor.require "activation" (JsonCursor.choice Names.activations) cursor fields

            let system = "a pair of coupled networks"

            let! widths =
                JsonCursor.require
                    "widths"
                    (ofLength 1 (oneWidth system "that of either network") (JsonCursor.integer 1))
                    cursor
                    fields

            let! priors =
                JsonCursor.optional
                    "priors"
                    [ 1.0; 1.0 ]
                    (ofLength 2 (twoPriors system "the first weights") JsonCursor.positive)
                    fields

            let! coupling = JsonCursor.require "gamma" JsonCursor.number cursor fields
            let! network = Network.create activation widths priors [ None ]
            let! networks = CoupledNetworks.create network coupling
            return JobNetwork.Transfer(networks, second)
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

            let system = "a convolutional network"

            let twoSides length =
                $"this list has length {length}, and an image has two sides, its height and its width."

            let! widths =
                JsonCursor.require "widths" (ofLength 1 (oneWidth system "its number of filters") count) cursor fields

            let! priors =
                JsonCursor.optional
                    "priors"
                    [ 1.0; 1.0 ]
                    (ofLength 2 (twoPriors system "the filters") JsonCursor.positive)
                    fields

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

    // The sources of "data", as many as the kind of network has tasks, and the network.
    let private system folder data network =
        let oneTask read =
            result {
                let! source = SourceJson.read folder data
                let! network = read network
                return source, network
            }

        let twoTasks read =
            let wrongCount count =
                $"this list has length {count}, and a pair of coupled networks takes two sources, one a task."

            result {
                let! sources = ofLength 2 wrongCount (SourceJson.read folder) data
                let! network = read sources[1] network
                return sources[0], network
            }

        let kinds =
            [
                "dense", (fun () -> oneTask (dense Wiring.Sequential))
                "residual", (fun () -> oneTask (dense Wiring.Residual))
                "convolution", (fun () -> oneTask convolution)
                "transfer", (fun () -> twoTasks transfer)
            ]

        match JsonCursor.peek "kind" network with
        | Error _ -> oneTask (dense Wiring.Sequential)
        | Ok kind -> JsonCursor.choice kinds kind |> Result.bind (fun read -> read ())

    // A training time, null at the end of training.
    let private time cursor =
        JsonCursor.nullable JsonCursor.notNegative cursor
        |> Result.map (Option.defaultValue infinity)

    let private sweep keys cursor =
        result {
            let! fields = JsonCursor.fields keys cursor

            let! widths =
                JsonCursor.optional "width" [] (JsonCursor.nonEmptyList (JsonCursor.integer 1)) fields

            let! priors =
                JsonCursor.optional "prior" [] (JsonCursor.nonEmptyList JsonCursor.positive) fields

            let! temperatures =
                JsonCursor.optional "temperature" [] (JsonCursor.nonEmptyList JsonCursor.notNegative) fields

            let! couplings =
                JsonCursor.optional "gamma" [] (JsonCursor.nonEmptyList JsonCursor.number) fields

            let! times = JsonCursor.optional "time" [] (JsonCursor.nonEmptyList time) fields

            let! examples =
                JsonCursor.optional "examples" [] (JsonCursor.nonEmptyList (JsonCursor.integer 1)) fields

            let! loads =
                JsonCursor.optional "load" [] (JsonCursor.nonEmptyList JsonCursor.positive) fields

            if not loads.IsEmpty && examples.IsEmpty then
                return!
                    JsonCursor.fail
                        fields["load"]
                        "a load is P/N: give the numbers P of examples, a list under \"examples\"."
            elif not loads.IsEmpty && not widths.IsEmpty then
                return! JsonCursor.fail fields["load"] "a load P/N sets the width: leave \"width\" out of the sweep."

            return
                {
                    Widths = widths
                    ReadoutPriors = priors
                    Temperatures = temperatures
                    Couplings = couplings
                    Times = times
                    Examples = examples
                    Loads = loads
                }
        }

    /// No sweep.
    let noSweep =
        {
            Widths = []
            ReadoutPriors = []
            Temperatures = []
            Couplings = []
            Times = []
            Examples = []
            Loads = []
        }

    let private sweepKeys network treatment =
        match network, treatment with
        | _, Treatment.GradientFlow -> [ "prior"; "time" ]
        | JobNetwork.Transfer _, _ -> [ "width"; "prior"; "temperature"; "gamma" ]
        | JobNetwork.Dense _, (Treatment.SaddlePoint _ | Treatment.Auto) ->
            [ "width"; "prior"; "temperature"; "examples"; "load" ]
        | _ -> [ "width"; "prior"; "temperature" ]

    // Gradient flow has none.
    let private temperature treatment root fields =
        match treatment with
        | Treatment.GradientFlow ->
            JsonCursor.optional
                "temperature"
                0.0
                (fun cursor ->
                    match JsonCursor.notNegative cursor with
                    | Ok value when value > 0.0 ->
                        JsonCursor.fail cursor "gradient flow has no temperature: leave the key out, or give 0."
                    | other -> other)
                fields
        | _ -> JsonCursor.require "temperature" JsonCursor.notNegative root fields

    let private trainingTime treatment (fields: Map<string, JsonCursor>) =
        match treatment, fields.TryFind "time" with
        | Treatment.GradientFlow, _ -> JsonCursor.optional "time" infinity time fields
        | _, Some cursor -> JsonCursor.fail cursor "a training time belongs to the theory \"ntk\"."
        | _, None -> Ok infinity

    let private cavity treatment (fields: Map<string, JsonCursor>) =
        match treatment, fields.TryFind "cavity" with
        | _, None -> Ok id
        | Treatment.Cavity, Some cursor -> CavityJson.read cursor
        | _, Some cursor -> JsonCursor.fail cursor "these settings belong to the theory \"cavity\"."

    // The keys that every command reads, and what it makes of those that it has besides.
    let private parse fallback keys finish folder (document: JsonDocument) =
        result {
            let root = JsonCursor.root "job" document

            let! fields =
                JsonCursor.fields ([ "data"; "network"; "temperature"; "theory" ] @ keys) root

            let! data = JsonCursor.require "data" Ok root fields
            let! network = JsonCursor.require "network" Ok root fields
            let! source, network = system folder data network

            let named =
                JsonCursor.choice [ for name, treatment in Names.treatments -> name, (name, treatment) ]

            let! theory, treatment =
                match fallback with
                | Some theory -> JsonCursor.optional "theory" theory named fields
                | None -> JsonCursor.require "theory" named root fields

            let! temperature = temperature treatment root fields
            let! time = trainingTime treatment fields

            let! sweep =
                JsonCursor.optional "sweep" noSweep (sweep (sweepKeys network treatment)) fields

            let! firstOrder =
                JsonCursor.optional
                    "expansion"
                    FirstOrder.Computed
                    (JsonCursor.either FirstOrder.Computed FirstOrder.LeftOut)
                    fields

            match fields.TryFind "expansion" with
            | Some cursor when treatment.IsAuto ->
                do! JsonCursor.fail cursor "the theory \"auto\" rests on the first order in 1/N: leave the key out."
            | _ -> ()

            let! cavity = cavity treatment fields
            let! auto = AutoJson.read treatment.IsAuto fields

            let job =
                {
                    Source = source
                    Network = network
                    Temperature = temperature
                    Theory = theory
                    Treatment = treatment
                    Time = time
                    Sweep = sweep
                    FirstOrder = firstOrder
                    Cavity = cavity
                    Auto = auto
                }

            return! finish job root fields
        }

    // Duplicates are told apart from errors of syntax by the cursor, which can name them.
    let private options =
        JsonDocumentOptions(CommentHandling = JsonCommentHandling.Skip)

    let private strictUtf8 = UTF8Encoding(false, throwOnInvalidBytes = true)

    // A job is written by hand, or by a program that varies a few numbers of it.
    let private largest = 1L <<< 24

    let private readBy fallback keys finish (path: string) =
        let bad what = Error(BadFile(path, what))

        if String.IsNullOrWhiteSpace path then
            Error(BadData "The path of the job is empty: give the path of a JSON file.")
        elif Directory.Exists path then
            bad "this is a folder: a job is a JSON file."
        elif FileKind.isSpecial path then
            bad FileKind.special
        elif File.Exists path && FileInfo(path).Length > largest then
            bad $"this file has {FileInfo(path).Length} bytes: a job has at most {largest}."
        else
            try
                let text = strictUtf8.GetString(File.ReadAllBytes path).TrimStart '\uFEFF'
                use document = JsonDocument.Parse(text, options)
                parse fallback keys finish (string (Path.GetDirectoryName(Path.GetFullPath path))) document
            with
            | :? JsonException as error ->
                let line = error.LineNumber.GetValueOrDefault() + 1L
                bad $"this is not valid JSON (see line {line}): a job is one JSON object."
            | :? DecoderFallbackException -> bad "this is not UTF-8 text: save the job as UTF-8."
            | :? FileNotFoundException
            | :? DirectoryNotFoundException -> bad "there is no such file."
            | :? UnauthorizedAccessException -> bad "the file may not be read: its permissions forbid it."
            | :? IOException as error -> bad $"the file cannot be read ({error.Message.TrimEnd '.'})."

    /// The job in a JSON file that has these keys besides those of every job, and what `finish` makes of it.
    let internal readWith keys finish path = readBy None keys finish path

    /// The job in a JSON file, "auto" where it names no theory; relative paths in it are relative to the file.
    let read path =
        readBy
            (Some Names.auto)
            ([ "sweep"; "time"; "expansion"; "cavity" ] @ AutoJson.keys)
            (fun job _ _ -> Ok job)
            path

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

    /// The same of coupled networks, couplings between priors and temperatures.
    let transferPoints (networks: CoupledNetworks) job =
        result {
            let! swept =
                [
                    for width in job.Sweep.Widths |> orOwn networks.Network.Widths.Head do
                        for prior in job.Sweep.ReadoutPriors |> orOwn networks.Network.Priors[1] do
                            let network =
                                networks.Network |> Network.withWidth width |> Network.withReadoutPrior prior

                            for coupling in job.Sweep.Couplings |> orOwn networks.Coupling -> network, coupling
                ]
                |> Result.traverse (fun (network, coupling) -> CoupledNetworks.create network coupling)

            return List.allPairs swept (job.Sweep.Temperatures |> orOwn job.Temperature)
        }

    /// The training times of gradient flow.
    let times job = orOwn job.Time job.Sweep.Times
