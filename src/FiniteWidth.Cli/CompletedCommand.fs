namespace FiniteWidth.Cli

open System
open Argu
open FiniteWidth

/// What may follow a flag.
[<RequireQualifiedAccess>]
type FollowedBy =
    /// Nothing: the flag stands alone.
    | Nothing
    /// Something that cannot be guessed, such as a number.
    | Anything
    | File
    | OneOf of string list

/// A flag, or what a command takes without one (no names).
type CompletedFlag =
    {
        Names: string list
        Meaning: string
        Value: FollowedBy
    }

type CompletedCommand =
    {
        Name: string
        Meaning: string
        Flags: CompletedFlag list
        /// What it takes without a flag.
        Argument: FollowedBy
    }

[<RequireQualifiedAccess>]
module CompletedCommand =

    // By the names that the values have in the declarations.
    let private values =
        [
            "theory", FollowedBy.OneOf [ for theory in Theories.curves @ [ Theories.auto ] -> theory.Name ]
            "likelihood", FollowedBy.OneOf [ "gaussian"; "softmax" ]
            "activation", FollowedBy.OneOf(List.map fst Names.activations)
            "shell", FollowedBy.OneOf [ "bash"; "zsh"; "fish"; "powershell" ]
            for file in [ "file"; "path"; "folder"; "model"; "source" ] do
                file, FollowedBy.File
        ]

    let private value (case: ArgumentCaseInfo) =
        match List.ofArray (case.UnionCaseInfo.GetFields()) with
        | [] -> FollowedBy.Nothing
        | field :: _ ->
            values
            |> List.tryPick (fun (name, value) -> if name = field.Name then Some value else None)
            |> Option.defaultValue FollowedBy.Anything

    // Up to the first remark: a line of a menu is short.
    let private brief (meaning: string) =
        let remarks =
            [ ". "; ": "; "; "; " (" ]
            |> List.map (fun mark -> meaning.IndexOf(mark, StringComparison.Ordinal))
            |> List.filter (fun start -> start > 0)

        let first = List.fold min meaning.Length remarks
        meaning[.. first - 1].Trim(' ', ',', '.')

    let private flag (case: ArgumentCaseInfo) =
        {
            Names = case.CommandLineNames.Value
            Meaning = brief case.Description.Value
            Value = value case
        }

    let private visible (parser: ArgumentParser) =
        parser.GetArgumentCases()
        |> List.filter (fun case -> not case.IsHidden.Value && case.ArgumentType <> ArgumentType.SubCommand)

    let private help (parser: ArgumentParser) =
        {
            Names = parser.HelpFlags
            Meaning = "what there is"
            Value = FollowedBy.Nothing
        }

    let private isInherited (case: ArgumentCaseInfo) =
        case.UnionCaseInfo.GetCustomAttributes(typeof<InheritAttribute>).Length > 0

    /// The flags of the program without a command, and its commands, as they are declared.
    let ofParser (parser: ArgumentParser) =
        let general = visible parser

        let ofCommand (command: ArgumentParser) =
            let own, main =
                visible command |> List.partition (fun case -> not case.IsMainCommand)

            let info = command.ParentInfo.Value

            {
                Name = info.CommandLineNames.Value.Head
                Meaning = brief info.Description.Value
                Flags = List.map flag (own @ List.filter isInherited general) @ [ help parser ]
                Argument =
                    main
                    |> List.tryHead
                    |> Option.map value
                    |> Option.defaultValue FollowedBy.Nothing
            }

        List.map flag general @ [ help parser ], parser.GetSubCommandParsers() |> List.map ofCommand
