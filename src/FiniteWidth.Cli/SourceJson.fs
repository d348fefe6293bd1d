namespace FiniteWidth.Cli

open System.IO
open FiniteWidth
open FiniteWidth.Data

/// The sources that a job's "data" can name.
[<RequireQualifiedAccess>]
module SourceJson =

    let private count = JsonCursor.integer 1

    let private seed cursor =
        JsonCursor.integer 0 cursor |> Result.map uint64

    let private noise name fields =
        JsonCursor.optional name 0.0 JsonCursor.notNegative fields

    let private path (folder: string) cursor =
        JsonCursor.text cursor
        |> Result.bind (fun path ->
            if System.String.IsNullOrWhiteSpace path || path.Contains '\000' then
                JsonCursor.fail cursor "this is no path of a file."
            else
                Ok(Path.Combine(folder, path)))

    let private standardized source fields =
        fields
        |> JsonCursor.optional
            "standardize"
            source
            (JsonCursor.choice [ "none", source; "scalar", Source.Standardized source ])

    let private npz folder cursor =
        result {
            let! fields =
                JsonCursor.fields [ "source"; "path"; "train"; "test"; "standardize" ] cursor

            let! path = JsonCursor.require "path" (path folder) cursor fields
            let! train = JsonCursor.optional "train" None (count >> Result.map Some) fields
            let! test = JsonCursor.optional "test" None (count >> Result.map Some) fields

            let source =
                match train, test with
                | None, None -> Source.Npz path
                | _ -> Source.First(train, test, Source.Npz path)

            return! standardized source fields
        }

    let private separator cursor =
        result {
            match! JsonCursor.text cursor with
            | "tab" -> return '\t'
            | text when text.Length = 1 -> return text[0]
            | text -> return! JsonCursor.fail cursor $"{Sentence.quote text} is not one character, or tab."
        }

    // What was said of a header that both tables have, or do not have.
    let private header cursor =
        JsonCursor.nullable JsonCursor.boolean cursor
        |> Result.map (fun said ->
            match said with
            | None -> Detected
            | Some true -> Present
            | Some false -> Absent)

    let private layout fields =
        let standard = Csv.standard
        let names = JsonCursor.oneOrMore JsonCursor.text

        result {
            let! separator = JsonCursor.optional "separator" standard.Separator separator fields

            let! decimal =
                JsonCursor.optional "decimal" standard.Decimal (JsonCursor.choice [ ".", '.'; ",", ',' ]) fields

            let! header = JsonCursor.optional "header" standard.Header header fields

            let! targets =
                JsonCursor.optional "target" standard.Targets (names >> Result.map Named) fields

            let! ignored = JsonCursor.optional "ignore" standard.Ignored names fields
            let! categories = JsonCursor.optional "categories" standard.Categories names fields

            return
                {
                    Separator = separator
                    Decimal = decimal
                    Header = header
                    Targets = targets
                    Ignored = ignored
                    Categories = categories
                }
        }

    let private csv folder cursor =
        result {
            let! fields =
                JsonCursor.fields
                    [
                        "source"
                        "train"
                        "test"
                        "header"
                        "separator"
                        "decimal"
                        "target"
                        "ignore"
                        "categories"
                        "standardize"
                    ]
                    cursor

            let! train = JsonCursor.require "train" (path folder) cursor fields
            let! test = JsonCursor.require "test" (path folder) cursor fields
            let! layout = layout fields
            return! standardized (Source.Csv(train, test, layout)) fields
        }

    let private mnist cursor =
        result {
            let! fields =
                JsonCursor.fields [ "source"; "labels"; "train"; "test"; "seed" ] cursor

            let! labels =
                JsonCursor.optional "labels" [ 0; 1 ] (JsonCursor.nonEmptyList (JsonCursor.integer 0)) fields

            let! train = JsonCursor.require "train" count cursor fields
            let! test = JsonCursor.require "test" count cursor fields
            let! seed = JsonCursor.optional "seed" None (seed >> Result.map Some) fields
            return Source.Mnist(labels, train, test, seed)
        }

    // What every teacher has: N0, P, Ptest and the seed.
    let private size cursor fields =
        result {
            let! inputs = JsonCursor.require "inputs" count cursor fields
            let! train = JsonCursor.require "train" count cursor fields
            let! test = JsonCursor.require "test" count cursor fields
            let! seed = JsonCursor.optional "seed" 0UL seed fields
            return inputs, train, test, seed
        }

    let private linear cursor fields =
        result {
            let! inputs, train, test, seed = size cursor fields
            let! noise = noise "noise" fields

            return
                Source.LinearTeacher
                    {
                        Inputs = inputs
                        Train = train
                        Test = test
                        Noise = noise
                        Seed = seed
                    }
        }

    let private hiddenLayer cursor fields =
        result {
            let! inputs, train, test, seed = size cursor fields
            let! noise = noise "noise" fields
            let! hidden = JsonCursor.require "hidden" count cursor fields

            let! activation =
                JsonCursor.optional "activation" Activation.erf ActivationJson.read fields

            return
                Source.HiddenLayerTeacher(
                    {
                        Inputs = inputs
                        Hidden = hidden
                        Activation = activation.Function
                        Train = train
                        Test = test
                        Noise = noise
                        Seed = seed
                    },
                    activation
                )
        }

    let private template cursor fields =
        result {
            let! inputs, train, test, seed = size cursor fields
            let! templates = JsonCursor.require "templates" count cursor fields
            let! trainNoise = noise "trainNoise" fields
            let! testNoise = noise "testNoise" fields

            return
                Source.TemplateTeacher
                    {
                        Inputs = inputs
                        Templates = templates
                        TrainNoise = trainNoise
                        TestNoise = testNoise
                        Train = train
                        Test = test
                        Seed = seed
                    }
        }

    let private randomLabels cursor fields =
        result {
            let! inputs, train, test, seed = size cursor fields

            return
                Source.RandomLabels
                    {
                        Inputs = inputs
                        Train = train
                        Test = test
                        Seed = seed
                    }
        }

    // The kinds of teacher, the keys that only they have, and how they are read.
    let private teacherKinds =
        [
            "linear", ([ "noise" ], linear)
            "hidden-layer", ([ "noise"; "hidden"; "activation" ], hiddenLayer)
            "template", ([ "templates"; "trainNoise"; "testNoise" ], template)
            "random-labels", ([], randomLabels)
        ]

    let private teacher cursor =
        result {
            let! own, read =
                JsonCursor.peek "kind" cursor |> Result.bind (JsonCursor.choice teacherKinds)

            let! fields =
                JsonCursor.fields ([ "source"; "kind"; "inputs"; "train"; "test"; "seed" ] @ own) cursor

            return! read cursor fields
        }

    /// The source at the cursor; its relative paths are relative to `folder`.
    let read folder cursor =
        result {
            let! read =
                JsonCursor.peek "source" cursor
                |> Result.bind (
                    JsonCursor.choice [ "npz", npz folder; "csv", csv folder; "mnist", mnist; "teacher", teacher ]
                )

            return! read cursor
        }
