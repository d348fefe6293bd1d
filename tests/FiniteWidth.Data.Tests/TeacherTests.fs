module FiniteWidth.Data.Tests.TeacherTests

open System
open Expecto
open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Data.Tests.Workbench
open FiniteWidth.Testing

let private linear: LinearTeacher =
    {
        Inputs = 20
        Train = 60
        Test = 40
        Noise = 0.0
        Seed = 1UL
    }

let private hiddenLayer: HiddenLayerTeacher =
    {
        Inputs = 20
        Hidden = 7
        Activation = tanh
        Train = 60
        Test = 40
        Noise = 0.0
        Seed = 1UL
    }

let private template: TemplateTeacher =
    {
        Inputs = 50
        Templates = 6
        TrainNoise = 0.3
        TestNoise = 0.6
        Train = 25
        Test = 19
        Seed = 1UL
    }

let private randomLabels: RandomLabels =
    {
        Inputs = 20
        Train = 60
        Test = 40
        Seed = 1UL
    }

let private all (split: Split) =
    [
        split.Train.Inputs
        split.Train.Targets
        split.Test.Inputs
        split.Test.Targets
    ]
    |> List.map entries

/// z = (estimate - truth)/standard error must not exceed 5: for a fixed seed, once in two million draws.
let private zScore (truth: float) (error: float) (estimate: float) =
    Expect.isLessThan (abs (estimate - truth) / error) 5.0 "abs (estimate - truth) / error"

let private seeded: (uint64 -> Result<Split, Failure>) list =
    [
        fun seed -> LinearTeacher.generate { linear with Noise = 0.5; Seed = seed }
        fun seed ->
            HiddenLayerTeacher.generate
                { hiddenLayer with
                    Noise = 0.5
                    Seed = seed
                }
        fun seed -> TemplateTeacher.generate { template with Seed = seed }
        fun seed -> RandomLabels.generate { randomLabels with Seed = seed }
    ]

/// The solution of X w = y from as many examples as features.
let private solve (data: DataSet) =
    let x = data.Inputs.ToMathNet()
    x.QR().Solve(MathNet.Numerics.LinearAlgebra.Vector<float>.Build.DenseOfArray(DataSet.target 0 data))

let tests =
    testList "Teacher" [
        testCase "a seed repeats its data and another gives others" (fun () ->
            for generate in seeded do
                let first = all (generate 1UL |> ok)
                Expect.equal (all (generate 1UL |> ok)) first "all"

                for mine, others in List.zip first (all (generate 2UL |> ok)) do
                    Expect.notEqual others mine "others")

        testCase "more examples leave the first ones as they were, and the test set too" (fun () ->
            let grown =
                [
                    LinearTeacher.generate linear, LinearTeacher.generate { linear with Train = 101 }
                    HiddenLayerTeacher.generate hiddenLayer,
                    HiddenLayerTeacher.generate { hiddenLayer with Train = 101 }
                    TemplateTeacher.generate template, TemplateTeacher.generate { template with Train = 101 }
                    RandomLabels.generate randomLabels, RandomLabels.generate { randomLabels with Train = 101 }
                ]

            for few, many in grown do
                let few, many = ok few, ok many
                let first = nativeint few.Train.Count

                Expect.equal
                    (many.Train.Inputs.View(0n, 0n, first, many.Train.Inputs.Columns).ToArray())
                    (few.Train.Inputs.ToArray())
                    "view"

                Expect.equal
                    (many.Train.Targets.View(0n, 0n, first, 1n).ToArray())
                    (few.Train.Targets.ToArray())
                    "view"

                Expect.equal (entries many.Test.Inputs) (entries few.Test.Inputs) "entries"
                Expect.equal (entries many.Test.Targets) (entries few.Test.Targets) "entries")

        testCase "inputs are standard normal" (fun () ->
            let split =
                LinearTeacher.generate
                    { linear with
                        Train = 5000
                        Test = 5000
                    }
                |> ok

            for inputs in [ split.Train.Inputs; split.Test.Inputs ] do
                let x = entries inputs
                let count = float x.Length
                zScore 0.0 (1.0 / sqrt count) (Array.average x)
                zScore 1.0 (sqrt (2.0 / count)) (x |> Array.averageBy (fun x -> x * x))
                zScore 3.0 (sqrt (96.0 / count)) (x |> Array.averageBy (fun x -> x ** 4.0)))

        testCase "a linear teacher without noise is one linear function of training and test inputs" (fun () ->
            let split = LinearTeacher.generate linear |> ok
            let w = solve split.Train
            let predicted = split.Test.Inputs.ToMathNet() * w

            for mu in 0 .. split.Test.Count - 1 do
                // A least-squares fit of 60 x 20 well-conditioned equations.
                Expect.within 1e-12 (predicted[mu]) ((DataSet.target 0 split.Test)[mu]) "predicted"

            // w sqrt(N0) ~ N(0, I): its squared norm is chi-squared with N0 degrees of freedom.
            zScore 20.0 (sqrt 40.0) (20.0 * w.DotProduct w))

        testCase "noise is added to the targets and changes nothing else" (fun () ->
            let large =
                { linear with
                    Train = 4000
                    Test = 3000
                }

            let clean = LinearTeacher.generate large |> ok
            let noisy = LinearTeacher.generate { large with Noise = 0.3 } |> ok
            Expect.equal (entries noisy.Train.Inputs) (entries clean.Train.Inputs) "entries"

            for clean, noisy in [ clean.Train, noisy.Train; clean.Test, noisy.Test ] do
                let noise = Array.map2 (-) (entries noisy.Targets) (entries clean.Targets)
                let count = float noise.Length
                zScore 0.0 (0.3 / sqrt count) (Array.average noise)
                zScore 0.09 (0.09 * sqrt (2.0 / count)) (noise |> Array.averageBy (fun x -> x * x)))

        testCase
            "a hidden-layer teacher with the identity is linear, and its activation is applied to each unit"
            (fun () ->
                let identity = { hiddenLayer with Activation = id }
                let split = HiddenLayerTeacher.generate identity |> ok
                let predicted = split.Test.Inputs.ToMathNet() * solve split.Train

                for mu in 0 .. split.Test.Count - 1 do
                    Expect.within 1e-12 (predicted[mu]) ((DataSet.target 0 split.Test)[mu]) "predicted"

                // A constant activation c gives c sum_i v_i/sqrt M for every example, of variance c^2 over teachers.
                let constants =
                    [|
                        for seed in 1UL .. 2000UL ->
                            let teacher =
                                { hiddenLayer with
                                    Activation = (fun _ -> 2.0)
                                    Train = 2
                                    Test = 1
                                    Seed = seed
                                }

                            let y = entries (HiddenLayerTeacher.generate teacher |> ok).Train.Targets
                            Expect.equal (y[1]) (y[0]) "y"
                            y[0]
                    |]

                zScore 4.0 (4.0 * sqrt (2.0 / 2000.0)) (constants |> Array.averageBy (fun x -> x * x)))

        testCase
            "examples lie around their templates at the distance that gamma says, with the templates' labels"
            (fun () ->
                let teacher =
                    { template with
                        Inputs = 2000
                        TrainNoise = 0.0
                    }

                let split = TemplateTeacher.generate teacher |> ok
                let row (data: DataSet) mu = data.Inputs.Row(nativeint mu).ToArray()
                let labels = DataSet.target 0 split.Train
                Expect.isTrue (Array.forall (fun y -> abs y = 1.0) labels) "every y: abs y = 1.0"

                for mu in 0 .. split.Train.Count - 1 do
                    // Without noise the first K training inputs are the templates, and the others repeat them.
                    Expect.equal (row split.Train mu) (row split.Train (mu % 6)) "row"
                    Expect.equal (labels[mu]) (labels[mu % 6]) "labels"

                for mu in 0 .. split.Test.Count - 1 do
                    let x, t = row split.Test mu, row split.Train (mu % 6)
                    Expect.equal ((DataSet.target 0 split.Test)[mu]) (labels[mu % 6]) "target"
                    let noise = Array.map2 (fun x t -> (x - sqrt 0.4 * t) / sqrt 0.6) x t
                    zScore 1.0 (sqrt (2.0 / 2000.0)) (noise |> Array.averageBy (fun x -> x * x))
                    zScore 0.0 (1.0 / sqrt 2000.0) (Array.map2 (*) noise t |> Array.average))

        testCase "random labels are fair coins that replace any targets" (fun () ->
            let split = RandomLabels.generate { randomLabels with Train = 10_000 } |> ok
            let labels = DataSet.target 0 split.Train
            Expect.isTrue (Array.forall (fun y -> abs y = 1.0) labels) "every y: abs y = 1.0"
            zScore 0.0 0.01 (Array.average labels)

            let linear = LinearTeacher.generate linear |> ok
            let relabelled = RandomLabels.onInputs 3UL linear |> ok
            Expect.equal (entries relabelled.Train.Inputs) (entries linear.Train.Inputs) "entries"

            Expect.isTrue
                (entries relabelled.Test.Targets |> Array.forall (fun y -> abs y = 1.0))
                "every y: abs y = 1.0"

            Expect.equal (all (RandomLabels.onInputs 3UL linear |> ok)) (all relabelled) "all")

        testCase "parameters outside their domain are refused" (fun () ->
            let says (result: Result<Split, Failure>) (text: string) =
                Expect.equal (sentence result) text "sentence"

            says
                (LinearTeacher.generate { linear with Inputs = 0 })
                "The number of inputs is 0: it must be at least 1."

            says
                (LinearTeacher.generate { linear with Train = -3 })
                "The number of training examples is -3: it must be at least 1."

            says
                (HiddenLayerTeacher.generate { hiddenLayer with Hidden = 0 })
                "The number of hidden units is 0: it must be at least 1."

            says
                (TemplateTeacher.generate { template with Templates = 0 })
                "The number of templates is 0: it must be at least 1."

            says
                (RandomLabels.generate { randomLabels with Test = 0 })
                "The number of test examples is 0: it must be at least 1."

            for noise in [ -0.1; nan; infinity ] do
                says
                    (LinearTeacher.generate { linear with Noise = noise })
                    $"The noise is {noise}: it is a standard deviation, finite and not negative."

            for gamma in [ -0.1; 1.1; nan ] do
                says
                    (TemplateTeacher.generate { template with TestNoise = gamma })
                    $"The test noise is {gamma}: it is the fraction gamma of an input's variance, from 0 to 1."

            let broken =
                HiddenLayerTeacher.generate
                    { hiddenLayer with
                        Activation = (fun _ -> nan)
                    }

            Expect.stringContains (sentence broken) "every value must be finite" "sentence")
    ]
