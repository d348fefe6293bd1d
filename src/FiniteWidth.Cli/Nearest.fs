namespace FiniteWidth.Cli

open System

/// What a person who mistyped a name may have meant.
[<RequireQualifiedAccess>]
module Nearest =

    // Letters left out, added, replaced, or exchanged with the next one.
    let private distance (a: string) (b: string) =
        let table =
            Array2D.init (a.Length + 1) (b.Length + 1) (fun i j -> if i = 0 then j else i)

        for i in 1 .. a.Length do
            for j in 1 .. b.Length do
                let replaced = table[i - 1, j - 1] + (if a[i - 1] = b[j - 1] then 0 else 1)
                let shifted = 1 + min table[i - 1, j] table[i, j - 1]

                let exchanged =
                    if i > 1 && j > 1 && a[i - 1] = b[j - 2] && a[i - 2] = b[j - 1] then
                        1 + table[i - 2, j - 2]
                    else
                        Int32.MaxValue

                table[i, j] <- min exchanged (min replaced shifted)

        table[a.Length, b.Length]

    // No name of this program is longer, and the distance takes time in proportion to the length.
    let private longest = 40

    /// The nearest of some names, where one is near: one slip in a short name, one more for every four letters.
    let tryName (names: string list) (mistyped: string) =
        if names.IsEmpty || mistyped.Length > longest then
            None
        else
            let near =
                names
                |> List.map (fun name -> name, distance (mistyped.ToLowerInvariant()) (name.ToLowerInvariant()))
                |> List.minBy snd

            if snd near <= 1 + mistyped.Length / 4 && snd near < mistyped.Length then
                Some(fst near)
            else
                None

    /// The question in brackets, with a space before it, or nothing.
    let question names mistyped =
        match tryName names mistyped with
        | Some name -> $" (did you mean \"{name}\"?)"
        | None -> ""
