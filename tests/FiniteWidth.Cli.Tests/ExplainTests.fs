/// `finitewidth explain`: the library's explanation of a job, as text and as LaTeX.
module FiniteWidth.Cli.Tests.ExplainTests

open NUnit.Framework
open FiniteWidth
open FiniteWidth.Cli.Tests.CommandLine
open FiniteWidth.Cli.Tests.Jobs

let private size: ProblemSize =
    {
        Examples = 8
        Features = 5
        Outputs = 1
        TestPoints = 6
    }

let private network = Network.dense Activation.erf [ 20 ]

[<Test>]
let ``The text is the library's`` () =
    let outcome = inFolder (explain (soundBut []) >> run)

    let expected =
        Explain.ofModel size 0.01 network (Theory.proportional network)
        |> Explanation.text

    Assert.That(outcome.Err, Is.Empty)
    Assert.That(outcome.Out.TrimEnd(), Is.EqualTo expected)
    Assert.That(outcome.Code, Is.EqualTo 0)

[<Test>]
let ``With --latex it is LaTeX`` () =
    let outcome =
        inFolder (fun folder -> explain (soundBut []) folder @ [ "--latex" ] |> run)

    let expected =
        Explain.ofModel size 0.01 network (Theory.proportional network)
        |> Explanation.latex

    Assert.That(outcome.Out.TrimEnd(), Is.EqualTo expected)

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
        "a convolution", image, "Kᵢⱼ = κ(Cᵢⱼ)"
        "T = 0", [ "temperature", "0" ], "r = λ₁ yᵀ K⁻¹ y/P"
        "a sweep", [ "sweep", """{"width": [5, 10]}""" ], "∂S/∂Q̄₁"
    ]

let kindCases =
    [
        for label, changes, fragment in kinds -> TestCaseData(changes, fragment).SetName $"A job is explained: {label}"
    ]

[<TestCaseSource(nameof kindCases)>]
let explained (changes: (string * string) list) (fragment: string) =
    let outcome = inFolder (explain (soundBut changes) >> run)
    Assert.That(outcome.Err, Is.Empty)
    Assert.That(outcome.Out, Does.Contain fragment)

let private twoColumns =
    arraysBut
        [
            "y_train", doubles [ 6; 2 ] (digits 2 12)
            "y_test", doubles [ 4; 2 ] (digits 4 8)
        ]

let private explainArrays arrays changes =
    inFolder (fun folder -> "explain" :: List.tail (predictFrom arrays changes folder) |> run)

[<Test>]
let ``Several outputs are explained with a matrix order parameter`` () =
    Assert.That((explainArrays twoColumns []).Out, Does.Contain "K_R = Q̄ ⊗ K")

[<Test>]
let ``What no theory describes is refused in one sentence`` () =
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
    run [ "explain"; "a.json"; "--pdf" ] |> assertRefused "--pdf"
