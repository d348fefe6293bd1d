namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Data

/// The sources that a job's "data" can name.
[<RequireQualifiedAccess>]
module SourceJson =

    // What is done to inputs and targets of a source of one's own.
    let private prepared =
        fields {
            let! inputs =
                Fields.optional
                    "standardize"
                    id
                    (Json.choice
                        [
                            "none", id
                            "scalar", (fun source -> Source.Standardized(InputStandard.Scalar, source))
                            "features", (fun source -> Source.Standardized(InputStandard.Features, source))
                        ])
                    "of the inputs: none (usual), scalar, by the mean and standard deviation of all training inputs, or features, by those of each"

            and! targets =
                Fields.optional
                    "targets"
                    id
                    (Json.choice [ "none", id; "standardize", Source.StandardizedTargets ])
                    "none (usual), or standardize: answers are in the units of the targets all the same"

            return inputs >> targets
        }

    // The first examples, as many as are wanted, prepared.
    let private taken =
        fields {
            let! train =
                Fields.tryKey "train" Json.count "P, the first training examples; all where it is left out"

            and! test =
                Fields.tryKey "test" Json.count "the first test examples; all where it is left out"

            and! prepared = prepared

            return
                fun source ->
                    match train, test with
                    | None, None -> source
                    | _ -> Source.First(train, test, source)
                    |> prepared
        }

    let private npz =
        fields {
            let! path =
                Fields.required "path" Json.path "a NumPy archive with x_train, y_train, x_test and y_test"

            and! taken = taken
            return taken (Source.Npz path)
        }

    let private npy =
        fields {
            let! trainInputs = Fields.required "x_train" Json.path "an array of P x N0"
            and! trainTargets = Fields.required "y_train" Json.path "an array of P or P x D"
            and! testInputs = Fields.required "x_test" Json.path "the inputs to predict at"

            and! testTargets =
                Fields.tryKey "y_test" Json.path "their targets, where they are known"

            and! taken = taken

            return
                taken (
                    Source.Npy
                        {
                            TrainInputs = trainInputs
                            TrainTargets = trainTargets
                            TestInputs = testInputs
                            TestTargets = testTargets
                        }
                )
        }

    let private hdf5 =
        fields {
            let! path =
                Fields.required
                    "path"
                    Json.path
                    "an HDF5 or MATLAB v7.3 file with the data sets x_train, y_train, x_test and y_test"

            and! taken = taken
            return taken (Source.Hdf5 path)
        }

    let private separator =
        Json.text
        |> Json.check (fun cursor text ->
            match text with
            | "tab" -> Ok '\t'
            | text when text.Length = 1 -> Ok text[0]
            | text -> JsonCursor.fail cursor $"{Sentence.quote text} is not one character, or tab.")

    let private header =
        Json.boolean |> Json.map (fun said -> if said then Present else Absent)

    let private standard = Csv.standard

    // Of any table.
    let private columns =
        let names = Json.oneOrMore Json.text

        fields {
            let! targets =
                Fields.optional
                    "target"
                    standard.Targets
                    (Json.map Named names)
                    "the columns of the targets; the last one where it is left out"

            and! ignored = Fields.optional "ignore" standard.Ignored names "columns to leave out"

            and! categories =
                Fields.optional
                    "categories"
                    standard.Categories
                    names
                    "columns of words, a column of 0 and 1 for each word"

            return
                { standard with
                    Targets = targets
                    Ignored = ignored
                    Categories = categories
                }
        }

    // Of a text besides.
    let private layout =
        fields {
            let! header =
                Fields.optional
                    "header"
                    standard.Header
                    header
                    "whether the first line has names, where it could be either"

            and! separator =
                Fields.optional "separator" standard.Separator separator "one character, or tab; a comma"

            and! decimal =
                Fields.optional "decimal" standard.Decimal (Json.choice [ ".", '.'; ",", ',' ]) ". (usual) or ,"

            and! columns = columns

            return
                { columns with
                    Separator = separator
                    Decimal = decimal
                    Header = header
                }
        }

    let private table layout =
        fields {
            let! train = Fields.required "train" Json.path "a table, one example a line or row"
            and! test = Fields.required "test" Json.path "the same of the test examples"
            and! layout = layout
            and! prepared = prepared
            return prepared (Source.Csv(train, test, layout))
        }

    let private train = Fields.required "train" Json.count "P"
    let private test = Fields.required "test" Json.count "the number of test examples"

    let private labels meaning =
        Fields.optional
            "labels"
            [ 0; 1 ]
            (Json.nonEmptyList (Json.integer 0))
            $"{meaning} to tell apart (0 and 1): of two, -1 and +1; more are one-hot"

    let private drawnBy =
        Fields.tryKey "seed" Json.seed "draws the examples at random; the first ones where it is left out"

    let private mnist =
        fields {
            let! labels = labels "the digits"
            and! train = train
            and! test = test
            and! seed = drawnBy
            return Source.Mnist(labels, train, test, seed)
        }

    let private cifar kind =
        fields {
            let! labels = labels "the classes, by number,"
            and! train = train
            and! test = test

            and! isGrey =
                Fields.optional "grayscale" false Json.boolean "whether colours are made grey (false)"

            and! seed = drawnBy
            return Source.Cifar(kind, labels, train, test, isGrey, seed)
        }

    // What every teacher has: N0, P, Ptest and the seed.
    let private size =
        fields {
            let! inputs = Fields.required "inputs" Json.count "N_0"
            and! train = train
            and! test = test
            and! seed = Fields.optional "seed" 0UL Json.seed "of the examples (0)"
            return inputs, train, test, seed
        }

    let private noise name meaning =
        Fields.optional name 0.0 Json.notNegative meaning

    let private targetNoise =
        noise "noise" "the standard deviation of the noise on a target (0)"

    let private linear =
        fields {
            let! inputs, train, test, seed = size
            and! noise = targetNoise

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

    let private hiddenLayer =
        fields {
            let! inputs, train, test, seed = size
            and! noise = targetNoise
            and! hidden = Fields.required "hidden" Json.count "the teacher's hidden units"

            and! activation =
                Fields.optional "activation" Activation.erf ActivationJson.json "of the teacher's hidden units (erf)"

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

    let private template =
        fields {
            let! inputs, train, test, seed = size
            and! templates = Fields.required "templates" Json.count "the number of templates"

            and! trainNoise =
                noise "trainNoise" "the fraction of a training input's variance that is noise (0)"

            and! testNoise = noise "testNoise" "the same of a test input (0)"

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

    let private randomLabels =
        fields {
            let! inputs, train, test, seed = size

            return
                Source.RandomLabels
                    {
                        Inputs = inputs
                        Train = train
                        Test = test
                        Seed = seed
                    }
        }

    let private teacher =
        Fields.kinds
            "kind"
            None
            "what the labels are made by"
            [
                "linear", Fields.kind linear
                "hidden-layer", Fields.kind hiddenLayer
                "template", Fields.kind template
                "random-labels", Fields.kind randomLabels
            ]

    /// A source; its relative paths are relative to the folder of the job.
    let json =
        [
            "npz", Fields.kind npz
            "npy", Fields.kind npy
            "hdf5", Fields.kind hdf5
            "csv", Fields.kind (table layout)
            "parquet", Fields.kind (table columns)
            "mnist", Fields.kind mnist
            "cifar-10", Fields.kind (cifar Cifar.Ten)
            "cifar-100", Fields.kind (cifar Cifar.Hundred)
            "teacher", teacher
        ]
        |> Fields.kinds "source" None "where the examples come from"
        |> Fields.ofKinds
