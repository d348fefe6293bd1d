namespace FiniteWidth.Cli

open Argu

/// The arguments of `finitewidth learning-curve`.
[<RequireQualifiedAccess>]
type LearningCurveArgument =
    | Data of source: string
    | Labels of list: string
    | Train of P: int
    | Test of Ptest: int
    | Seed of seed: int
    | Activation of name: string
    | Depth of L: int
    | Widths of range: string
    | Priors of list: string
    | Temperature of T: float
    | Theory of name: string
    | Out of folder: string
    | Image

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Data _ -> "mnist, teacher (linear, with noise), or an .npz file (default: mnist)."
            | Labels _ -> "the digits to tell apart, the first is -1, the second +1 (default: 0,1)."
            | Train _ -> "P, the number of training examples (default: 1000; of an .npz file: all)."
            | Test _ -> "Ptest, the number of test examples (default: 1000; of an .npz file: all)."
            | Seed _ -> "draw the examples at random instead of taking the first ones."
            | Activation _ -> "erf, relu, linear, tanh, ... (default: erf)."
            | Depth _ -> "L, the number of hidden layers (default: 1)."
            | Widths _ ->
                "N: FIRST..LAST:COUNT spaced evenly in log N, or a list such as 50,100,200 (default: 20..10000:28)."
            | Priors _ -> "lambda_0,...,lambda_L: one for all layers, or L + 1 of them (default: 1)."
            | Temperature _ -> "T >= 0 (default: 0.01)."
            | Theory _ -> "infinite-width, proportional or wishart (default: proportional)."
            | Out _ -> "write results.json, results.csv and figure.html to this folder."
            | Image -> "with --out: write figure.png and figure.svg too; needs Chromium."

/// The arguments of `finitewidth predict`.
[<RequireQualifiedAccess>]
type PredictArgument =
    | [<MainCommand; ExactlyOnce>] Job of file: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Job _ -> "a JSON file: data, network, temperature, theory and, if wanted, a sweep."

/// The arguments of `finitewidth info`: none.
[<RequireQualifiedAccess>]
type InfoArgument =
    | [<Hidden>] Unused

    interface IArgParserTemplate with
        member _.Usage = ""

/// The arguments of `finitewidth`.
[<RequireQualifiedAccess>]
type Argument =
    | [<CliPrefix(CliPrefix.None); CustomCommandLine "learning-curve">] Learning_Curve of
        ParseResults<LearningCurveArgument>
    | [<CliPrefix(CliPrefix.None)>] Predict of ParseResults<PredictArgument>
    | [<CliPrefix(CliPrefix.None)>] Info of ParseResults<InfoArgument>

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Learning_Curve _ -> "the test error of a network as a function of its width: a table and a figure."
            | Predict _ -> "the predictions that a JSON job asks for, as one JSON document."
            | Info _ -> "versions, linear-algebra library, cores, SIMD."
