/// `finitewidth explain`: the library's explanation of a job, as text and as LaTeX.
module FiniteWidth.Cli.Tests.ExplainTests

open Expecto
open FiniteWidth
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs
open FiniteWidth.Testing

let private size: ProblemSize =
    {
        Examples = 8
        Features = 5
        Outputs = 1
        TestPoints = 6
    }

let private network = Network.dense Activation.erf [ 20 ]

let private image =
    [
        "data",
        """{"source": "teacher", "kind": "linear", "inputs": 16, "train": 8, "test": 6, "noise": 0.1, "seed": 1}"""
        "network", """{"kind": "convolution", "activation": "erf", "widths": [20], "patch": 2, "image": [4, 4]}"""
    ]

let private kinds =
    [
        "infinite width", [ "theory", "\"infinite-width\"" ], "nothing is to be solved"
        "Wishart", [ "theory", "\"wishart\"" ], "∂S/∂Q̄₁"
        "non-odd",
        [
            "theory", "\"non-odd\""
            "network", """{"activation": "relu", "widths": [20]}"""
        ],
        "∂S/∂Q₁"
        "a mixture", [ "theory", "\"mixture\"" ], "q = Q̄₁"
        "convolutional layers",
        [
            fst image.Head, snd image.Head
            "network",
            """{"kind": "convolution", "activation": "erf", "image": [4, 4], "layers": [{"channels": 20, "patch": 2}, {"channels": 20, "patch": 2}]}"""
            "theory", "\"wishart\""
        ],
        "K_R = (1/(λ₂ d)) Σᵢⱼ Q̄ᵢⱼ Hᵢⱼ"
        "convolutional layers, layer by layer",
        [
            fst image.Head, snd image.Head
            "network",
            """{"kind": "convolution", "activation": "erf", "image": [4, 4], "layers": [{"channels": 20, "patch": 2}, {"channels": 30, "patch": 2}]}"""
            "theory", "\"proportional\""
        ],
        "r₁ = 16,  r₂ = 4"
        "a convolution", image, "Kᵢⱼ = κ(Cᵢⱼ)"
        "T = 0", [ "temperature", "0" ], "r = λ₁ yᵀ K⁻¹ y/P"
        "a sweep", [ "sweep", """{"width": [5, 10]}""" ], "∂S/∂Q̄₁"
    ]

let private kindCases =
    [ for label, changes, fragment in kinds -> label, (changes, fragment) ]

let private twoColumns =
    arraysBut [
        "y_train", doubles [ 6; 2 ] (digits 2 12)
        "y_test", doubles [ 4; 2 ] (digits 4 8)
    ]

let private explainArrays arrays changes =
    inFolder (fun folder -> "explain" :: List.tail (predictFrom arrays changes folder) |> run)

let tests =
    testList "Explain" [
        testCase "The text is the library's" (fun () ->
            let outcome = inFolder (explain (soundBut []) >> run)

            let expected =
                Explain.ofModel size 0.01 network (Theory.proportional network)
                |> Explanation.text

            Expect.isEmpty outcome.Err "err"
            Expect.equal (outcome.Out.TrimEnd()) expected "trim end"
            Expect.equal outcome.Code 0 "code")

        testCase "With --latex it is LaTeX" (fun () ->
            let outcome =
                inFolder (fun folder -> explain (soundBut []) folder @ [ "--latex" ] |> run)

            let expected =
                Explain.ofModel size 0.01 network (Theory.proportional network)
                |> Explanation.latex

            Expect.equal (outcome.Out.TrimEnd()) expected "trim end")

        testCases "A job is explained" kindCases (fun (changes, fragment) ->
            let outcome = inFolder (explain (soundBut changes) >> run)
            Expect.isEmpty outcome.Err "err"
            Expect.stringContains outcome.Out fragment "out")

        testCase "Several outputs are explained with a matrix order parameter" (fun () ->
            Expect.stringContains ((explainArrays twoColumns []).Out) "K_R = Q̄ ⊗ K" "out")

        testCase "What no theory describes is refused in one sentence" (fun () ->
            explainArrays twoColumns [ "theory", "\"mixture\"" ]
            |> assertRefused "one output"

            explainArrays twoColumns [ "theory", "\"non-odd\"" ]
            |> assertRefused "one output"

            inFolder (explain (soundBut (("theory", "\"mixture\"") :: image)) >> run)
            |> assertRefused "fully connected"

            inFolder (explain (soundBut (("theory", "\"non-odd\"") :: image)) >> run)
            |> assertRefused "convolutional"

            inFolder (explain (soundBut [ "theory", "\"student-t\"" ]) >> run)
            |> assertRefused "no action to explain"

            inFolder (explain (soundBut [ "theory", "\"best\"" ]) >> run)
            |> assertRefused "job.theory"

            run [ "explain" ] |> assertRefused "explain needs a job"
            run [ "explain"; "a.json"; "--pdf" ] |> assertRefused "--pdf")
    ]
