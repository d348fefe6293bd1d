namespace FiniteWidth.Cli

open System
open System.Globalization
open FiniteWidth

/// Reading the values of flags; complaints name the flag.
[<RequireQualifiedAccess>]
module FlagText =

    let private fail flag (text: string) expected =
        Error(BadData $"{flag}: \"{text}\" is not {expected}.")

    /// A whole number that is at least `least`.
    let integer least flag (text: string) =
        match Int32.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture) with
        | true, value when value >= least -> Ok value
        | _ -> fail flag text $"a whole number from {least} to {Int32.MaxValue}"

    /// The seed of random numbers.
    let seed flag text =
        integer 0 flag text |> Result.map uint64

    /// Refuses a seed where nothing is drawn that it could be of.
    let refuseSeed (seed: uint64 option) what =
        match seed with
        | Some _ -> Error(BadData $"--seed: {what} draws no random numbers: leave it out.")
        | None -> Ok()

    let private number holds expected flag (text: string) =
        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, value when Double.IsFinite value && holds value -> Ok value
        | _ -> fail flag text expected

    /// A finite number above zero.
    let positive flag text =
        number (fun value -> value > 0.0) "a number above 0" flag text

    /// A finite number that is zero or above.
    let notNegative flag text =
        number (fun value -> value >= 0.0) "a number from 0 upwards" flag text

    /// Values between commas.
    let list read (flag: string) (text: string) =
        text.Split(',', StringSplitOptions.TrimEntries) |> Result.traverse (read flag)

    /// One of some names, each standing for a value.
    let choice (options: (string * 'a) list) flag (text: string) =
        match List.tryFind (fun (name, _) -> name = text) options with
        | Some(_, value) -> Ok value
        | None ->
            let names = List.map fst options
            let all = String.concat ", " names
            fail flag text $"one of {all}{Nearest.question names text}"

    /// An activation by name, or a formula in z.
    let activation flag (text: string) =
        match choice Names.activations flag text with
        | Ok known -> Ok known
        | Error unknown when text <> "z" && Seq.forall Char.IsAsciiLetter text -> Error unknown
        | Error _ ->
            Activation.parse text
            |> Result.mapError (fun failure -> BadData $"{flag}: {failure.Message}")

    // A curve needs no more points, and a slip of the finger should not ask for a billion.
    let private mostWidths = 10000

    /// FIRST..LAST:COUNT, evenly spaced in log N, or a comma-separated list, which is sorted.
    let widths flag (text: string) =
        result {
            match text.Split([| ".."; ":" |], StringSplitOptions.TrimEntries) with
            | [| first; last; count |] when text.IndexOf ':' > text.IndexOf("..", StringComparison.Ordinal) ->
                let! first = integer 1 flag first
                let! last = integer 1 flag last
                let! count = integer 1 flag count

                if last < first then
                    return!
                        Error(
                            BadData
                                $"{flag}: \"{text}\" runs from {first} down to {last}: the first width is the smallest."
                        )
                elif count > mostWidths then
                    return! Error(BadData $"{flag}: \"{text}\" has {count} widths: {mostWidths} is the most.")
                else
                    return LearningCurve.logSpaced first last count
            | [| _ |] ->
                let! widths = list (integer 1) flag text
                return List.distinct (List.sort widths)
            | _ -> return! fail flag text "FIRST..LAST:COUNT, such as 50..5000:20, or a list, such as 50,100,200"
        }
