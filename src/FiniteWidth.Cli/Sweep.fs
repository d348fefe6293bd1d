namespace FiniteWidth.Cli

open FiniteWidth

/// What to vary, as the cartesian product of the lists; an empty list leaves the network's own value.
type Sweep =
    {
        Widths: int list
        ReadoutPriors: float list
        Temperatures: float list
        /// beta of the softmax likelihood, or of a scaling.
        Betas: float list
        /// gamma of coupled networks, or of a scaling.
        Couplings: float list
        /// Training times of gradient flow.
        Times: float list
        /// P of averages over training sets drawn from the training examples; these examples themselves where it is empty.
        Examples: int list
        /// alpha = P/N of those averages, in place of widths.
        Loads: float list
    }

[<RequireQualifiedAccess>]
module Sweep =

    /// No sweep.
    let none =
        {
            Widths = []
            ReadoutPriors = []
            Temperatures = []
            Betas = []
            Couplings = []
            Times = []
            Examples = []
            Loads = []
        }

    /// A training time, null at the end of training.
    let time = Json.nullable Json.notNegative |> Json.map (Option.defaultValue infinity)

    let private values name json meaning =
        Fields.optional name [] (Json.nonEmptyList json) meaning

    let private lists =
        fields {
            let! widths = values "width" Json.count "of all hidden layers"
            and! priors = values "prior" Json.positive "precisions of the readout"
            and! temperatures = values "temperature" Json.notNegative "T"

            and! betas =
                values "beta" Json.notNegative "of the softmax likelihood, or of a scaling"

            and! couplings = values "gamma" Json.number "couplings of two tasks, or of a scaling"
            and! times = values "time" time "training times of the theory ntk, null at the end"
            and! examples = values "examples" Json.count "P of averages over training sets"

            and! loads =
                values "load" Json.positive "alpha = P/N of these averages, in place of widths"

            return
                {
                    Widths = widths
                    ReadoutPriors = priors
                    Temperatures = temperatures
                    Betas = betas
                    Couplings = couplings
                    Times = times
                    Examples = examples
                    Loads = loads
                }
        }

    let private requireExamples cursor sweep =
        let complain what =
            JsonCursor.fail (JsonCursor.tryField "load" cursor |> Option.defaultValue cursor) what

        if sweep.Loads.IsEmpty then
            Ok sweep
        elif sweep.Examples.IsEmpty then
            complain "a load is P/N: give the numbers P of examples, a list under \"examples\"."
        elif not sweep.Widths.IsEmpty then
            complain "a load P/N sets the width: leave \"width\" out of the sweep."
        else
            Ok sweep

    /// The lists of a sweep, with the place where they are.
    let json = lists |> Fields.resolve requireExamples |> Fields.toJson |> Json.placed

    /// Refuses the lists that have no meaning for a network and a theory, which only these keys have.
    let requireKeys keys place =
        JsonCursor.fields keys place |> Result.map ignore
