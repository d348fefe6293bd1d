namespace FiniteWidth.Cli

open System.IO
open System.Text.Json
open FiniteWidth
open FiniteWidth.Data

/// Where a job's examples come from.
[<RequireQualifiedAccess>]
type Source =
    | Npz of path: string * standardize: bool
    | Csv of train: string * test: string * standardize: bool
    | Mnist of labels: int list * train: int * test: int * seed: uint64 option
    | LinearTeacher of LinearTeacher
    | HiddenLayerTeacher of HiddenLayerTeacher
    | TemplateTeacher of TemplateTeacher
    | RandomLabels of RandomLabels

/// What to vary, as the cartesian product of the lists; an empty list leaves the network's own value.
type Sweep =
    { Widths: int list
      ReadoutPriors: float list
      Temperatures: float list }

/// What `finitewidth predict` is asked for.
type Job =
    { Source: Source
      Network: Network
      Temperature: float
      Theory: Theory
      Sweep: Sweep }

[<RequireQualifiedAccess>]
module Job =

    /// The theories by name.
    let theories =
        [ "infinite-width", Theory.infiniteWidth
          "proportional", Theory.proportional
          "wishart", Theory.wishart ]

    let private seed cursor =
        JsonCursor.integer 0 cursor |> Result.map uint64

    let private standardize fields =
        JsonCursor.optional "standardize" false (JsonCursor.choice [ "none", false; "scalar", true ]) fields

    let private npz (folder: string) cursor =
        result {
            let! fields = JsonCursor.fields [ "source"; "path"; "standardize" ] cursor
            let! path = JsonCursor.require "path" cursor fields |> Result.bind JsonCursor.text
            let! standardize = standardize fields
            return Source.Npz(Path.Combine(folder, path), standardize)
        }

    let private csv (folder: string) cursor =
        result {
            let! fields = JsonCursor.fields [ "source"; "train"; "test"; "standardize" ] cursor
            let! train = JsonCursor.require "train" cursor fields |> Result.bind JsonCursor.text
            let! test = JsonCursor.require "test" cursor fields |> Result.bind JsonCursor.text
            let! standardize = standardize fields
            return Source.Csv(Path.Combine(folder, train), Path.Combine(folder, test), standardize)
        }

    let private mnist cursor =
        result {
            let! fields = JsonCursor.fields [ "source"; "labels"; "train"; "test"; "seed" ] cursor
            let! labels = JsonCursor.optional "labels" [ 0; 1 ] (JsonCursor.nonEmptyList (JsonCursor.integer 0)) fields
            let! train = JsonCursor.require "train" cursor fields |> Result.bind (JsonCursor.integer 1)
            let! test = JsonCursor.require "test" cursor fields |> Result.bind (JsonCursor.integer 1)
            let! seed = JsonCursor.optional "seed" None (seed >> Result.map Some) fields
            return Source.Mnist(labels, train, test, seed)
        }

    let private activation cursor =
        JsonCursor.text cursor
        |> Result.bind Activation.ofName
        |> JsonCursor.located cursor

    // What every teacher has: N0, P, Ptest and the seed.
    let private size cursor fields =
        result {
            let! inputs = JsonCursor.require "inputs" cursor fields |> Result.bind (JsonCursor.integer 1)
            let! train = JsonCursor.require "train" cursor fields |> Result.bind (JsonCursor.integer 1)
            let! test = JsonCursor.require "test" cursor fields |> Result.bind (JsonCursor.integer 1)
            let! seed = JsonCursor.optional "seed" 0UL seed fields
            return inputs, train, test, seed
        }

    let private linear cursor fields =
        result {
            let! inputs, train, test, seed = size cursor fields
            let! noise = JsonCursor.optional "noise" 0.0 JsonCursor.number fields

            return
                Source.LinearTeacher
                    { Inputs = inputs
                      Train = train
                      Test = test
                      Noise = noise
                      Seed = seed }
        }

    let private hiddenLayer cursor fields =
        result {
            let! inputs, train, test, seed = size cursor fields
            let! noise = JsonCursor.optional "noise" 0.0 JsonCursor.number fields
            let! hidden = JsonCursor.require "hidden" cursor fields |> Result.bind (JsonCursor.integer 1)
            let! activation = JsonCursor.optional "activation" Activation.erf activation fields

            return
                Source.HiddenLayerTeacher
                    { Inputs = inputs
                      Hidden = hidden
                      Activation = activation.Function
                      Train = train
                      Test = test
                      Noise = noise
                      Seed = seed }
        }

    let private template cursor fields =
        result {
            let! inputs, train, test, seed = size cursor fields
            let! templates = JsonCursor.require "templates" cursor fields |> Result.bind (JsonCursor.integer 1)
            let! trainNoise = JsonCursor.optional "trainNoise" 0.0 JsonCursor.number fields
            let! testNoise = JsonCursor.optional "testNoise" 0.0 JsonCursor.number fields

            return
                Source.TemplateTeacher
                    { Inputs = inputs
                      Templates = templates
                      TrainNoise = trainNoise
                      TestNoise = testNoise
                      Train = train
                      Test = test
                      Seed = seed }
        }

    let private randomLabels cursor fields =
        result {
            let! inputs, train, test, seed = size cursor fields

            return
                Source.RandomLabels
                    { Inputs = inputs
                      Train = train
                      Test = test
                      Seed = seed }
        }

    // The kinds of teacher, the keys that only they have, and how they are read.
    let private teacherKinds =
        [ "linear", ([ "noise" ], linear)
          "hidden-layer", ([ "noise"; "hidden"; "activation" ], hiddenLayer)
          "template", ([ "templates"; "trainNoise"; "testNoise" ], template)
          "random-labels", ([], randomLabels) ]

    let private teacher cursor =
        result {
            let! own, read = JsonCursor.peek "kind" cursor |> Result.bind (JsonCursor.choice teacherKinds)
            let! fields = JsonCursor.fields ([ "source"; "kind"; "inputs"; "train"; "test"; "seed" ] @ own) cursor
            return! read cursor fields
        }

    let private source folder cursor =
        result {
            let! read =
                JsonCursor.peek "source" cursor
                |> Result.bind (
                    JsonCursor.choice
                        [ "npz", npz folder
                          "csv", csv folder
                          "mnist", mnist
                          "teacher", teacher ]
                )

            return! read cursor
        }

    let private network cursor =
        result {
            let! fields = JsonCursor.fields [ "activation"; "widths"; "priors"; "biases" ] cursor

            let! activation = JsonCursor.require "activation" cursor fields |> Result.bind activation

            let! widths =
                JsonCursor.require "widths" cursor fields
                |> Result.bind (JsonCursor.nonEmptyList (JsonCursor.integer 1))

            let ones = List.replicate (widths.Length + 1) 1.0
            let! priors = JsonCursor.optional "priors" ones (JsonCursor.list JsonCursor.number) fields
            let none = List.replicate widths.Length None
            let! biases = JsonCursor.optional "biases" none (JsonCursor.list (JsonCursor.nullable JsonCursor.number)) fields
            return! Network.create activation widths priors biases |> JsonCursor.located cursor
        }

    let private sweep cursor =
        result {
            let! fields = JsonCursor.fields [ "width"; "prior"; "temperature" ] cursor
            let! widths = JsonCursor.optional "width" [] (JsonCursor.nonEmptyList (JsonCursor.integer 1)) fields
            let! priors = JsonCursor.optional "prior" [] (JsonCursor.nonEmptyList JsonCursor.number) fields
            let! temperatures = JsonCursor.optional "temperature" [] (JsonCursor.nonEmptyList JsonCursor.number) fields

            return
                { Widths = widths
                  ReadoutPriors = priors
                  Temperatures = temperatures }
        }

    let private noSweep =
        { Widths = []
          ReadoutPriors = []
          Temperatures = [] }

    let private parse folder (document: JsonDocument) =
        result {
            let root = JsonCursor.root "job" document
            let! fields = JsonCursor.fields [ "data"; "network"; "temperature"; "theory"; "sweep" ] root
            let! source = JsonCursor.require "data" root fields |> Result.bind (source folder)
            let! network = JsonCursor.require "network" root fields |> Result.bind network
            let! temperature = JsonCursor.require "temperature" root fields |> Result.bind JsonCursor.number
            let! theory = JsonCursor.require "theory" root fields |> Result.bind (JsonCursor.choice theories)
            let! sweep = JsonCursor.optional "sweep" noSweep sweep fields

            return
                { Source = source
                  Network = network
                  Temperature = temperature
                  Theory = theory
                  Sweep = sweep }
        }

    let private options =
        JsonDocumentOptions(CommentHandling = JsonCommentHandling.Skip, AllowDuplicateProperties = false)

    /// The job in a JSON file; relative paths in it are relative to the file.
    let read (path: string) =
        try
            use document = JsonDocument.Parse(File.ReadAllText path, options)
            parse (string (Path.GetDirectoryName(Path.GetFullPath path))) document
        with
        | :? JsonException as e ->
            let line = e.LineNumber.GetValueOrDefault() + 1L
            Error(BadFile(path, $"this is not valid JSON near line {line}: a job is one JSON object."))
        | :? FileNotFoundException
        | :? DirectoryNotFoundException -> Error(BadFile(path, "there is no such file."))
        | :? System.UnauthorizedAccessException
        | :? IOException -> Error(BadFile(path, "the file cannot be read."))

    /// The networks and temperatures that the sweep spans: widths outermost, temperatures innermost.
    let points job =
        let orOwn own values = if List.isEmpty values then [ own ] else values

        let networks =
            [ for width in job.Sweep.Widths |> List.map Some |> orOwn None do
                  for prior in job.Sweep.ReadoutPriors |> List.map Some |> orOwn None -> width, prior ]
            |> Result.traverse (fun (width, prior) ->
                let network = job.Network

                let widths =
                    match width with
                    | Some n -> List.replicate network.Depth n
                    | None -> network.Widths

                let priors =
                    match prior with
                    | Some lambda -> List.updateAt network.Depth lambda network.Priors
                    | None -> network.Priors

                Network.create network.Activation widths priors network.Biases)

        networks
        |> Result.map (fun networks ->
            [ for network in networks do
                  for temperature in job.Sweep.Temperatures |> orOwn job.Temperature -> network, temperature ])
