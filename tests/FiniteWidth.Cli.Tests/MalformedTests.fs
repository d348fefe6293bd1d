/// What is wrong is refused: exit code 2, one sentence on standard error, nothing else said, nothing written.
module FiniteWidth.Cli.Tests.MalformedTests

open System
open System.IO
open System.Text
open Expecto
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

/// A mistake: how to make it in an empty folder, and what the sentence about it must say.
[<ReferenceEquality>]
type Mistake =
    {
        Name: string
        Arguments: string -> string list
        Says: string
    }

    override mistake.ToString() = mistake.Name

let mistake name says arguments =
    {
        Name = name
        Arguments = arguments
        Says = says
    }

let job name says text = mistake name says (predict text)

let jobWith name says changes = job name says (soundBut changes)

let network name says value = jobWith name says [ "network", value ]

let data name says value = jobWith name says [ "data", value ]

let private ntk = "theory", "\"ntk\""

let npz name says arrays =
    mistake name says (predictFrom arrays [])

let file name says (content: byte[]) =
    mistake name says (fun folder ->
        File.WriteAllBytes(Path.Combine(folder, "data.npz"), content)
        predict (soundBut [ npzSource ]) folder)

let curve name says (arguments: string) =
    mistake name says (fun folder ->
        "learning-curve" :: List.ofArray (arguments.Split ' ')
        @ [ "--out"; Path.Combine(folder, "out") ])

let command name says (arguments: string list) = mistake name says (fun _ -> arguments)

let private layers depth =
    let widths = List.replicate depth "5" |> String.concat ", "
    $"""{{"activation": "erf", "widths": [{widths}]}}"""

let private jobs =
    [
        job "an empty file" "not valid JSON" ""
        job "text that is not JSON" "not valid JSON (see line 1, column 1)" "widths: 50"
        job "JSON that ends early" "not valid JSON" "{ \"data\": {"
        job "a comma too many" "not valid JSON" ((soundBut []).Replace("0.01", "0.01,,"))
        job "NaN in JSON" "not valid JSON" (soundBut [ "temperature", "NaN" ])
        job "two documents" "not valid JSON" (soundBut [] + soundBut [])
        job "a list" "job: this is a list, and an object is needed" "[]"
        job "nothing but null" "job: this is null" "null"
        job "an empty object" "job: the key \"data\" is missing" "{}"
        job "a key given twice" "job: the key \"theory\" is given 2 times" (text (sound @ [ "theory", "\"wishart\"" ]))
        jobWith "an unknown key" "job: there is no key \"temprature\" here" [ "temprature", "1" ]
        jobWith "a key that is half a character" "job: there is no key" [ "\\ud800", "1" ]
        for key in [ "data"; "network"; "temperature" ] do
            job $"no {key}" $"job: the key \"{key}\" is missing" (soundWithout key)

        jobWith "a negative temperature" "job.temperature: this is -0.5" [ "temperature", "-0.5" ]
        jobWith "a temperature beyond doubles" "job.temperature: 1e999 is too large" [ "temperature", "1e999" ]
        jobWith "a temperature as text" "job.temperature: this is the text \"0.01\"" [ "temperature", "\"0.01\"" ]
        jobWith "no temperature but null" "job.temperature: this is null" [ "temperature", "null" ]
        jobWith
            "an unknown theory"
            "job.theory: \"propotional\" is not one of infinite-width, proportional, wishart, non-odd, mixture, student-t, cavity, mean-field, ntk"
            [ "theory", "\"propotional\"" ]
        jobWith "a training time without training" "job.time: a training time belongs to the theory \"ntk\"" [
            "time", "1.0"
        ]
        jobWith "a negative training time" "job.time: this is -1" [ ntk; "temperature", "0"; "time", "-1" ]
        jobWith "a negative training time in a sweep" "job.sweep.time[1]: this is -2" [
            ntk
            "temperature", "0"
            "sweep", """{"time": [1, -2]}"""
        ]
        jobWith "gradient flow at a temperature" "job.temperature: gradient flow has no temperature" [ ntk ]
        jobWith "gradient flow over widths" "job.sweep: there is no key \"width\" here" [
            ntk
            "temperature", "0"
            "sweep", """{"width": [1, 2]}"""
        ]
        jobWith "gradient flow of a jump" "The activation sign jumps" [
            ntk
            "temperature", "0"
            "network", """{"activation": "sign", "widths": [5]}"""
        ]
        jobWith "a theory that is a number" "job.theory: this is 1, and a text is needed" [ "theory", "1" ]
        jobWith "a theory of half a character" "job.theory: this text has half" [ "theory", "\"\\ud800\"" ]
        jobWith "an endless name" "...\" is not one of" [ "theory", "\"" + String('x', 100000) + "\"" ]

        network "no activation" "job.network: the key \"activation\" is missing" """{"widths": [5]}"""
        network
            "an unknown activation"
            "job.network.activation: \"swish\" is not one of linear"
            """{"activation": "swish", "widths": [5]}"""
        network
            "an activation in a list"
            "job.network.activation: this is a list"
            """{"activation": ["erf"], "widths": [5]}"""
        network
            "a formula that ends early"
            "job.network.activation.formula: The formula \"z *\" cannot be read at character 4"
            """{"activation": {"formula": "z *"}, "widths": [5]}"""
        network
            "a formula that is a number"
            "job.network.activation.formula: this is 3, and a text is needed"
            """{"activation": {"formula": 3}, "widths": [5]}"""
        network
            "a formula with an unknown function"
            "job.network.activation.formula: The formula \"swish(z)\" cannot be read at character 1: \"swish\" is not known"
            """{"activation": {"formula": "swish(z)"}, "widths": [5]}"""
        network
            "a formula that grows too fast"
            "job.network.activation.formula: exp(z^2) is no activation at unit variance"
            """{"activation": {"formula": "exp(z^2)"}, "widths": [5]}"""
        network
            "a formula without z"
            "job.network.activation.formula: The activation 2 does not depend on z"
            """{"activation": {"formula": "1 + 1"}, "widths": [5]}"""
        network
            "an activation without a formula"
            "job.network.activation: the key \"formula\" is missing"
            """{"activation": {}, "widths": [5]}"""
        network
            "a formula under another key"
            "job.network.activation: there is no key \"expression\" here"
            """{"activation": {"expression": "z"}, "widths": [5]}"""
        network
            "an accuracy beyond rounding"
            "job.network.activation.accuracy: this is 1E-20, and a number from 1E-13 to 1 is needed"
            """{"activation": {"formula": "z * tanh(z)", "accuracy": 1e-20}, "widths": [5]}"""
        jobWith "a formula whose kinks the series does not meet" "A kernel series of order 1000 leaves out" [
            "network", """{"activation": {"formula": "max(-1, min(1, z))"}, "widths": [5]}"""
        ]
        network "no widths" "job.network: the key \"widths\" is missing" """{"activation": "erf"}"""
        network
            "an empty list of widths"
            "job.network.widths: the list is empty"
            """{"activation": "erf", "widths": []}"""
        network
            "one width without a list"
            "job.network.widths: this is 5, and a list is needed"
            """{"activation": "erf", "widths": 5}"""
        network "a width of zero" "job.network.widths[1]: this is 0" """{"activation": "erf", "widths": [5, 0]}"""
        network
            "more hidden layers than are within reach"
            "The network has 1001 hidden layers: at most 1000 are within reach"
            (layers 1001)
        network
            "more order parameters than are within reach"
            "The theory has 101 order parameters for 101 hidden layers"
            (layers 101)
        network
            "a width of half a unit"
            "job.network.widths[0]: this is 5.5"
            """{"activation": "erf", "widths": [5.5]}"""
        network
            "a kind of network that there is not"
            "\"recurrent\" is not one of dense, residual, convolution, transfer"
            """{"kind": "recurrent"}"""
        network
            "a patch that does not fit the image"
            "Patches of side 2 at stride 3 do not cover the image's height 4"
            """{"kind": "convolution", "activation": "erf", "widths": [9], "image": [4, 4], "patch": 2, "stride": 3}"""
        network
            "a patch larger than the image"
            "The patch of side 5 is larger than the image's height 4"
            """{"kind": "convolution", "activation": "erf", "widths": [9], "image": [4, 4], "patch": 5}"""
        network
            "a second layer that does not fit"
            "Layer 2: a filter of 5 rows is larger than its input of 4 and 0 of padding"
            """{"kind": "convolution", "activation": "erf", "image": [4, 4],
                "layers": [{"channels": 9, "patch": 3, "padding": "same"}, {"channels": 9, "patch": 5}]}"""
        network
            "a padding that there is not"
            "job.network.layers[0].padding: \"some\" is not one of valid, same"
            """{"kind": "convolution", "activation": "erf", "image": [4, 4], "layers": [{"channels": 9, "patch": 3, "padding": "some"}]}"""
        network
            "priors of another number than layers"
            "job.network.priors: this list has length 2, and a network of 2 hidden layers takes 3 priors"
            """{"kind": "convolution", "activation": "erf", "image": [4, 4], "widths": [9], "priors": [1, 1], "layers": [{"channels": 9, "patch": 2}]}"""
        network
            "layers beside the key of one layer"
            "job.network: there is no key \"patch\" here"
            """{"kind": "convolution", "activation": "erf", "image": [4, 4], "patch": 2, "layers": [{"channels": 9, "patch": 2}]}"""
        network
            "a convolutional network of two widths"
            "job.network.widths: this list has length 2, and a convolutional network takes one width"
            """{"kind": "convolution", "activation": "erf", "widths": [9, 9], "image": [4, 4], "patch": 2}"""
        network
            "an image of one side"
            "job.network.image: this list has length 1"
            """{"kind": "convolution", "activation": "erf", "widths": [9], "image": [4], "patch": 2}"""
        network
            "an unknown pooling"
            "\"max\" is not one of none, average"
            """{"kind": "convolution", "activation": "erf", "widths": [9], "image": [4, 4], "patch": 2, "pooling": "max"}"""
        network
            "an image of another size than the inputs"
            "the image 4 x 4 x 1 values: they must be as many"
            """{"kind": "convolution", "activation": "erf", "widths": [9], "image": [4, 4], "patch": 2}"""
        network
            "a width beyond integers"
            "job.network.widths[0]: this is 1e10"
            """{"activation": "erf", "widths": [1e10]}"""
        network
            "a width that is true"
            "job.network.widths[0]: this is true"
            """{"activation": "erf", "widths": [true]}"""
        network
            "too few priors"
            "job.network.priors: this list has length 2, and a network of 2 hidden layers takes 3 priors"
            """{"activation": "erf", "widths": [5, 5], "priors": [1, 1]}"""
        network
            "too many priors"
            "job.network.priors: this list has length 3, and a network of 1 hidden layer takes 2 priors"
            """{"activation": "erf", "widths": [5], "priors": [1, 1, 1]}"""
        network
            "a prior of zero"
            "job.network.priors[1]: this is 0, and a number above 0"
            """{"activation": "erf", "widths": [5], "priors": [1, 0]}"""
        network
            "a negative prior"
            "job.network.priors[0]: this is -1"
            """{"activation": "erf", "widths": [5], "priors": [-1, 1]}"""
        network
            "a prior of null"
            "job.network.priors[0]: this is null"
            """{"activation": "erf", "widths": [5], "priors": [null, 1]}"""
        network
            "too many biases"
            "job.network.biases: this list has length 2, and a network of 1 hidden layer takes 1 of them"
            """{"activation": "erf", "widths": [5], "biases": [1, 1]}"""
        network
            "a negative bias prior"
            "job.network.biases[0]: this is -2"
            """{"activation": "erf", "widths": [5], "biases": [-2]}"""
        network
            "an unknown key of the network"
            "job.network: there is no key \"depth\""
            """{"activation": "erf", "widths": [5], "depth": 1}"""
        network "a network that is text" "job.network: this is the text \"erf\"" "\"erf\""
        network "a network without layers" "job.network: the key" "{}"

        jobWith "an empty sweep of widths" "job.sweep.width: the list is empty" [ "sweep", """{"width": []}""" ]
        jobWith "a sweep with a width of zero" "job.sweep.width[1]: this is 0" [ "sweep", """{"width": [5, 0]}""" ]
        jobWith "a sweep with a prior of zero" "job.sweep.prior[0]: this is 0" [ "sweep", """{"prior": [0]}""" ]
        jobWith "a sweep below zero temperature" "job.sweep.temperature[0]: this is -1" [
            "sweep", """{"temperature": [-1]}"""
        ]
        jobWith "a sweep of something else" "job.sweep: there is no key \"depth\"" [ "sweep", """{"depth": [1]}""" ]
        jobWith "a sweep that is a list" "job.sweep: this is a list" [ "sweep", "[50]" ]

        data "no source" "job.data: the key \"source\" is missing" "{}"
        data
            "an unknown source"
            "job.data.source: \"excel\" is not one of npz, npy, hdf5, csv, parquet, mnist, cifar-10, cifar-100, teacher"
            """{"source": "excel"}"""
        data "data that is text" "job.data: this is the text" "\"mnist\""
        data "an .npz source without path" "job.data: the key \"path\" is missing" """{"source": "npz"}"""
        data "an empty path" "job.data.path: this is no path" """{"source": "npz", "path": ""}"""
        data "a path with a zero character" "job.data.path: this is no path" """{"source": "npz", "path": "a\u0000b"}"""
        data "a missing file" "data.npz: There is no such file" (snd npzSource)
        data "a folder as data" "This is a folder" """{"source": "npz", "path": "."}"""
        data
            "an unknown standardization"
            "job.data.standardize: \"pixel\" is not one of none, scalar, features"
            """{"source": "npz", "path": "a.npz", "standardize": "pixel"}"""
        data
            "a missing table"
            "train.csv: There is no such file"
            """{"source": "csv", "train": "train.csv", "test": "test.csv"}"""
        data "a teacher without kind" "job.data: the key \"kind\" is missing" """{"source": "teacher"}"""
        data
            "an unknown teacher"
            "job.data.kind: \"cubic\" is not one of linear, hidden-layer"
            """{"source": "teacher", "kind": "cubic"}"""
        data
            "a teacher with another's key"
            "job.data: there is no key \"hidden\""
            """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "hidden": 3}"""
        data
            "a teacher without examples"
            "job.data.train: this is 0"
            """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 0, "test": 6}"""
        data
            "negative noise"
            "job.data.noise: this is -0.1"
            """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "noise": -0.1}"""
        data
            "a negative seed"
            "job.data.seed: this is -1"
            """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6, "seed": -1}"""
        data
            "more data than memory"
            "GB of memory"
            """{"source": "teacher", "kind": "linear", "inputs": 2000000000, "train": 2000000000, "test": 6}"""
        data
            "a kernel larger than memory"
            "GB of memory"
            """{"source": "teacher", "kind": "linear", "inputs": 1, "train": 50000000, "test": 1}"""
        data
            "MNIST without a number of examples"
            "job.data: the key \"train\" is missing"
            """{"source": "mnist", "test": 10}"""
        data
            "MNIST labels that are text"
            "job.data.labels[0]: this is the text \"a\""
            """{"source": "mnist", "labels": ["a", "b"], "train": 10, "test": 10}"""
    ]

let private encodings =
    [
        mistake "a job in Latin-1" "this is not UTF-8 text" (fun folder ->
            let path = Path.Combine(folder, "job.json")
            File.WriteAllBytes(path, Encoding.Latin1.GetBytes(soundBut [ "theory", "\"théorie\"" ]))
            [ "predict"; path ])
        mistake "a job in UTF-16" "this is not UTF-8 text" (fun folder ->
            let path = Path.Combine(folder, "job.json")
            File.WriteAllText(path, soundBut [], Encoding.Unicode)
            [ "predict"; path ])
        mistake "a folder as the job" "this is a folder" (fun folder -> [ "predict"; folder ])
        mistake "a job that is not there" "there is no such file" (fun folder ->
            [ "predict"; Path.Combine(folder, "job.json") ])
        mistake "a job in a folder that is not there" "there is no such file" (fun folder ->
            [ "predict"; Path.Combine(folder, "no", "job.json") ])
        mistake "a path with a line break" "there is no such file" (fun folder ->
            [ "predict"; Path.Combine(folder, "a\nb") ])
    ]

let private withValue value = 0.5 :: value :: digits 1 16

let private duplicate = [ "x_train", doubles [ 6; 3 ] (digits 1 9 @ digits 1 9) ]

let private files =
    [
        file "a file that is no archive" "not a sound compressed file" (Encoding.ASCII.GetBytes "x,y\n1,2\n")
        file "an empty archive file" "The file is empty" [||]
        mistake "a truncated archive" "data.npz: " (fun folder ->
            let arguments = predictFrom (arrays doubles) [] folder
            let path = Path.Combine(folder, "data.npz")
            let whole = File.ReadAllBytes path
            File.WriteAllBytes(path, whole[.. whole.Length / 2])
            arguments)
        npz
            "an archive without labels"
            "It lacks the arrays y_test, y_train"
            (arrays doubles |> List.filter (fun (name, _) -> name[0] = 'x'))
        npz "an array of Python objects" "Python objects" (arraysBut [ "x_train", npy "|O" [ 6; 3 ] [| 128uy; 4uy |] ])
        npz "an array of text" "dtype" (arraysBut [ "y_train", npy "<U1" [ 6 ] (Array.zeroCreate 24) ])
        npz
            "fewer targets than inputs"
            "There are 6 inputs and 5 targets"
            (arraysBut [ "y_train", doubles [ 5 ] (digits 2 5) ])
        npz
            "test inputs of another size"
            "Training inputs have 3 features and test inputs 2"
            (arraysBut [ "x_test", doubles [ 4; 2 ] (digits 3 8) ])
        npz
            "test targets of another size"
            "Training targets have 1 columns and test targets 2"
            (arraysBut [ "y_test", doubles [ 4; 2 ] (digits 3 8) ])
        npz "inputs in one dimension" "x_train has shape" (arraysBut [ "x_train", doubles [ 18 ] (digits 1 18) ])
        npz
            "NaN among the inputs"
            "Input 0 (counted from 0) has the value NaN in feature 1"
            (arraysBut [ "x_train", doubles [ 6; 3 ] (withValue nan) ])
        npz
            "infinity among the test inputs"
            "every value must be finite"
            (arraysBut [ "x_test", doubles [ 4; 3 ] (infinity :: digits 3 11) ])
        npz
            "NaN among the targets"
            "every value must be finite"
            (arraysBut [ "y_train", doubles [ 6 ] (nan :: digits 2 5) ])
        npz
            "no training examples"
            "neither may be empty"
            (arraysBut [ "x_train", doubles [ 0; 3 ] []; "y_train", doubles [ 0 ] [] ])
        npz
            "inputs whose squares overflow"
            "Input 0 (counted from 0) has the value 1E+200 in feature 1: no value may be beyond 1E+150 in size"
            (arraysBut [ "x_train", doubles [ 6; 3 ] (withValue 1e200) ])
        npz
            "test inputs whose squares overflow"
            "no value may be beyond 1E+150 in size"
            (arraysBut [ "x_test", doubles [ 4; 3 ] (1e200 :: digits 3 11) ])
        npz
            "targets whose squares overflow"
            "Target 0 (counted from 0) has the value 1E+200 in column 0"
            (arraysBut [ "y_train", doubles [ 6 ] (1e200 :: digits 2 5) ])
        mistake
            "an exponential of large inputs"
            "beyond what doubles can hold"
            (predictFrom (arraysBut [ "x_train", doubles [ 6; 3 ] (withValue 1e3) ]) [
                "network", """{"activation": "exp", "widths": [5]}"""
            ])
        mistake
            "an activation whose series is not accurate enough"
            "A kernel series of order"
            (predictFrom (arraysBut [ "x_train", doubles [ 6; 3 ] (withValue 1e140) ]) [
                "network", """{"activation": "gelu", "widths": [5]}"""
            ])
        mistake
            "an exponential of an exponential"
            "beyond what doubles can hold"
            (predictFrom (arraysBut [ "x_train", doubles [ 6; 3 ] (withValue 50.0) ]) [
                "network", """{"activation": "exp", "widths": [5, 5]}"""
            ])
        mistake "constant inputs to standardize" "constant data cannot be standardized" (fun folder ->
            predictFrom (arraysBut [ "x_train", doubles [ 6; 3 ] (List.replicate 18 2.0) ]) [] folder
            |> ignore

            predict (soundBut [ "data", """{"source": "npz", "path": "data.npz", "standardize": "scalar"}""" ]) folder)
        mistake
            "repeated examples at zero temperature"
            "The kernel of the 6 training examples has rank 3"
            (predictFrom (arraysBut duplicate) [ "temperature", "0" ])
        mistake
            "repeated examples at zero temperature in a deep network"
            "rank"
            (predictFrom (arraysBut duplicate) [
                "temperature", "0"
                "network", """{"activation": "erf", "widths": [9, 9]}"""
            ])
        mistake
            "more examples than features in a linear network at zero temperature"
            "has rank 3 and T = 0"
            (predictFrom (arrays doubles) [
                "temperature", "0"
                "network", """{"activation": "linear", "widths": [9]}"""
            ])
        mistake
            "two outputs in the proportional theory of a deep network"
            "this theory describes one output"
            (predictFrom
                (arraysBut [
                    "y_train", doubles [ 6; 2 ] (digits 2 12)
                    "y_test", doubles [ 4; 2 ] (digits 4 8)
                ])
                [ "network", """{"activation": "erf", "widths": [9, 9]}""" ])
        mistake "a table with a word" "is 'four', which is not a number" (fun folder ->
            File.WriteAllText(Path.Combine(folder, "train.csv"), "1,2,3\n4,5,6\nfour,1,2\n")
            File.WriteAllText(Path.Combine(folder, "test.csv"), "1,2,3\n")
            predict (soundBut [ "data", """{"source": "csv", "train": "train.csv", "test": "test.csv"}""" ]) folder)
    ]

let private source =
    """{"source": "teacher", "kind": "linear", "inputs": 5, "train": 8, "test": 6}"""

/// A job of two coupled networks with some of its values replaced.
let private pair name says changes =
    jobWith
        name
        says
        ([
            "data", $"[{source}, {source}]"
            "network", """{"kind": "transfer", "activation": "erf", "widths": [9], "gamma": 0.5}"""
         ]
         |> List.filter (fun (key, _) -> not (List.exists (fst >> (=) key) changes))
         |> fun kept -> kept @ changes)

let private coupling name says network =
    pair name says [ "network", "{\"kind\": \"transfer\", " + network + "}" ]

let private systems =
    [
        jobWith "two tasks for one network" "job.data: this is a list, and an object" [
            "data", $"[{source}, {source}]"
        ]
        pair "one task for coupled networks" "job.data: this is an object, and a list" [ "data", source ]
        pair "three tasks" "job.data: this list has length 3, and a pair of coupled networks takes two sources" [
            "data", $"[{source}, {source}, {source}]"
        ]
        pair "a mistake in the second task" "job.data[1].train: this is 0" [
            "data", $"""[{source}, {source.Replace("8", "0")}]"""
        ]
        pair "tasks of different inputs" "The first task has 5 features and the second 4" [
            "data", $"""[{source}, {source.Replace("5", "4")}]"""
        ]
        coupling "no coupling" "job.network: the key \"gamma\" is missing" "\"activation\": \"erf\", \"widths\": [9]"
        coupling
            "a coupling of the prior's size"
            "The coupling gamma is -2: the prior is positive where |gamma| < 2 lambda_0 = 2"
            "\"activation\": \"erf\", \"widths\": [9], \"gamma\": -2"
        coupling
            "a coupling that is text"
            "job.network.gamma: this is the text"
            "\"activation\": \"erf\", \"widths\": [9], \"gamma\": \"1\""
        coupling
            "deep coupled networks"
            "job.network.widths: this list has length 2, and a pair of coupled networks takes one width"
            "\"activation\": \"erf\", \"widths\": [9, 9], \"gamma\": 1"
        coupling
            "coupled networks of three priors"
            "job.network.priors: this list has length 3, and a pair of coupled networks takes two priors"
            "\"activation\": \"erf\", \"widths\": [9], \"priors\": [1, 1, 1], \"gamma\": 1"
        coupling
            "coupled networks with biases"
            "job.network: there is no key \"biases\""
            "\"activation\": \"erf\", \"widths\": [9], \"gamma\": 1, \"biases\": [1]"
        pair "a coupling beyond the prior in a sweep" "The coupling gamma is 3: the prior is positive where" [
            "sweep", """{"gamma": [0, 3]}"""
        ]
        jobWith "a coupling in the sweep of one network" "job.sweep: there is no key \"gamma\"" [
            "sweep", """{"gamma": [0]}"""
        ]
        for theory in [ "infinite-width"; "wishart"; "non-odd"; "mixture" ] do
            pair $"{theory} of coupled networks" "a pair of coupled networks takes the theory \"proportional\"" [
                "theory", $"\"{theory}\""
            ]
        pair "linear coupled networks at zero temperature" "has rank 10 and T = 0" [
            "temperature", "0"
            "network", """{"kind": "transfer", "activation": "linear", "widths": [9], "gamma": 0.5}"""
        ]
        for theory in [ "infinite-width"; "wishart"; "non-odd" ] do
            jobWith $"{theory} of a convolutional network" "network takes the theory \"proportional\"" [
                "theory", $"\"{theory}\""
                "network",
                """{"kind": "convolution", "activation": "erf", "widths": [9], "image": [1, 5], "patch": 1}"""
            ]
        for theory in [ "wishart"; "mixture" ] do
            jobWith $"{theory} of a residual network" "The Wishart ansatz scales a kernel as a whole" [
                "theory", $"\"{theory}\""
                "network", """{"kind": "residual", "activation": "erf", "widths": [9]}"""
            ]
        jobWith "a linear residual network at zero temperature" "has rank 5 and T = 0" [
            "temperature", "0"
            "network", """{"kind": "residual", "activation": "linear", "widths": [9, 7]}"""
        ]
        mistake
            "two outputs of a residual network"
            "this theory describes one output"
            (predictFrom
                (arraysBut [
                    "y_train", doubles [ 6; 2 ] (digits 2 12)
                    "y_test", doubles [ 4; 2 ] (digits 4 8)
                ])
                [ "network", """{"kind": "residual", "activation": "erf", "widths": [9]}""" ])
    ]

let private commands =
    [
        command
            "no command"
            "A command is missing: learning-curve, predict, apply, fit, explain, experiment, sweep, plot, compare, fetch, schema, completions, info; --help"
            []
        command "an unknown command" "'draw'" [ "draw" ]
        command "an unknown flag" "'--verbose'" [ "--verbose" ]
        command "predict without a job" "predict needs a job: finitewidth predict JOB.json" [ "predict" ]
        command "predict with an empty path" "The path of the job is empty" [ "predict"; "" ]
        command "predict with two jobs" "'b.json'" [ "predict"; "a.json"; "b.json" ]
        command "predict with an unknown flag" "--fast" [ "predict"; "a.json"; "--fast" ]
        command "info with an argument" "'all'" [ "info"; "all" ]
        command "pictures without a folder" "--image writes pictures to the folder of --output" [
            "learning-curve"
            "--data"
            "teacher"
            "--image"
        ]
        command "an empty folder name" "--output: the name of the folder is empty" [
            "learning-curve"
            "--data"
            "teacher"
            "--out"
            ""
        ]
        mistake "a file as the folder of results" "this is a file, and --output needs a folder" (fun folder ->
            let file = Path.Combine(folder, "out", "results.json")
            [ "learning-curve"; "--data"; "teacher"; "--out"; file ])
        mistake "a folder below a file" "this is a file, and --output needs a folder" (fun folder ->
            let file = Path.Combine(folder, "out", "results.json", "deeper")
            [ "learning-curve"; "--data"; "teacher"; "--out"; file ])
        mistake "a folder where a result should be" "results.csv: this is a folder" (fun folder ->
            Directory.CreateDirectory(Path.Combine(folder, "out", "results.csv")) |> ignore

            "learning-curve --data teacher --train 9 --test 5 --widths 5 --out".Split ' '
            |> List.ofArray
            |> fun arguments -> arguments @ [ Path.Combine(folder, "out") ])
        curve "an unknown flag of the curve" "'--width'" "--width 50"
        curve "a flag given twice" "--train" "--train 5 --train 6"
        curve "a flag without its value" "--train" "--data teacher --train"
        curve "widths in words" "--widths: \"many\" is not a whole number" "--widths many"
        curve "a width of zero" "--widths: \"0\" is not a whole number from 1" "--widths 50,0"
        curve "a negative width" "--widths: \"-5\" is not" "--widths -5"
        curve "a range without a count" "--widths: \"50..500\" is not FIRST..LAST:COUNT" "--widths 50..500"
        curve "a range that runs down" "--widths: \"500..50:5\" runs from 500 down to 50" "--widths 500..50:5"
        curve "a range without points" "--widths: \"0\" is not" "--widths 50..500:0"
        curve "a billion widths" "10000 is the most" "--widths 1..2000000000:1000000000"
        curve "an empty item in a list" "--widths: \"\" is not" "--widths 50,,100"
        curve "a prior of zero" "--priors: \"0\" is not a number above 0" "--priors 1,0"
        curve "too many priors" "--depth 1 needs 2 of them" "--priors 1,1,1"
        curve "a prior that is not a number" "--priors: \"nan\" is not" "--priors nan"
        curve "no hidden layer" "--depth: \"0\" is not a whole number from 1" "--depth 0"
        curve
            "a billion hidden layers"
            "--depth: 1000000000 hidden layers are more than the 1000 that are within reach"
            "--data teacher --depth 1000000000"
        curve "a negative temperature" "--temperature: \"-1\" is not a number from 0" "--temperature -1"
        curve "an infinite temperature" "--temperature: \"Infinity\" is not" "--temperature Infinity"
        curve "a decimal comma" "--temperature: \"0,1\" is not" "--temperature 0,1"
        curve
            "an unknown theory"
            "--theory: \"nngp\" is not one of infinite-width, proportional, wishart, non-odd, mixture, student-t"
            "--theory nngp"
        curve "an unknown activation" "--activation: \"Erf\" is not one of linear, erf" "--activation Erf"
        curve "no training examples" "--train: \"0\" is not a whole number from 1" "--train 0"
        curve "a seed below zero" "--seed: \"-3\" is not a whole number from 0" "--data teacher --seed -3"
        curve "data of an unknown kind" "--data: \"digits.txt\" is not mnist, teacher or the path" "--data digits.txt"
        curve "a data file that is not there" "nothing.npz: There is no such file" "--data nothing.npz"
        curve "labels of a teacher" "--labels has no meaning for the teacher" "--data teacher --labels 0,1"
        curve "MNIST standardized twice" "--standardize is for .npz files" "--data mnist --standardize"
        curve
            "more examples than features in a linear network at zero temperature"
            "has rank 200"
            "--data teacher --train 210 --test 5 --activation linear --temperature 0 --widths 9"
        mistake "more examples than the file has" "7 training examples are asked for and there are 6" (fun folder ->
            let path = Path.Combine(folder, "data.npz")
            Jobs.npz path (arrays doubles)

            [
                "learning-curve"
                "--data"
                path
                "--train"
                "7"
                "--out"
                Path.Combine(folder, "out")
            ])
    ]

let private ofMnist =
    [
        curve
            "a label that is no digit"
            "No training example has the label 11"
            "--data mnist --labels 0,11 --train 5 --test 5"
        curve "one label" "at least two are needed" "--data mnist --labels 3 --train 5 --test 5"
        curve "a label twice" "The label 3 is chosen twice" "--data mnist --labels 3,3 --train 5 --test 5"
        curve "labels in words" "--labels: \"zero\" is not a whole number" "--data mnist --labels zero,one"
        curve "more digits than there are" "ask for at most 12665" "--data mnist --train 20000"
        curve
            "three labels in the proportional theory"
            "this theory describes one output"
            "--data mnist --labels 0,1,2 --train 9 --test 5 --theory proportional"
        data
            "more digits than a job can have"
            "ask for at most 12665"
            """{"source": "mnist", "train": 20000, "test": 10}"""
        data
            "an empty list of labels"
            "job.data.labels: the list is empty"
            """{"source": "mnist", "labels": [], "train": 20, "test": 10}"""
    ]

let assertRefusedCleanly mistake =
    inFolder (fun folder ->
        Directory.CreateDirectory(Path.Combine(folder, "out")) |> ignore
        File.WriteAllText(Path.Combine(folder, "out", "results.json"), "the results of an earlier run")
        let arguments = mistake.Arguments folder
        let before = contents folder
        assertRefused mistake.Says (run arguments)
        Expect.equal (contents folder) before "contents")

let tests =
    testList "Malformed" [
        testTheory "A malformed job is refused in one sentence that names the place" jobs (fun mistake ->
            assertRefusedCleanly mistake)

        testTheory "A job that cannot be read is refused in one sentence" encodings (fun mistake ->
            assertRefusedCleanly mistake)

        testTheory "Malformed data are refused in one sentence" files (fun mistake -> assertRefusedCleanly mistake)

        testTheory "A system that no formula covers is refused in one sentence" systems (fun mistake ->
            assertRefusedCleanly mistake)

        testTheory "A malformed command line is refused in one sentence that names the flag" commands (fun mistake ->
            assertRefusedCleanly mistake)

        testTheory "Impossible wishes about MNIST are refused in one sentence" ofMnist (fun mistake ->
            requireMnist ()
            assertRefusedCleanly mistake)

        testCase "A job that may not be read is refused in one sentence" (fun () ->
            if Environment.IsPrivilegedProcess || OperatingSystem.IsWindows() then
                skiptest "An administrator may read every file."

            inFolder (fun folder ->
                let arguments = predict (soundBut []) folder
                File.SetUnixFileMode(arguments[1], UnixFileMode.None)
                assertRefused "permissions forbid it" (run arguments)))
    ]
