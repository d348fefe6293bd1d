namespace FiniteWidth.Cli

open System
open FiniteWidth

/// Scripts that complete commands and flags in shells, made of the arguments' declarations.
[<RequireQualifiedAccess>]
module Completions =

    let private lines (parts: string list) = String.concat "\n" parts

    let private names (commands: CompletedCommand list) =
        commands |> List.map _.Name |> String.concat " "

    let private words (flags: CompletedFlag list) =
        flags |> List.collect _.Names |> String.concat " "

    let private bash general (commands: CompletedCommand list) =
        let replies value =
            match value with
            | FollowedBy.OneOf names ->
                let names = String.concat " " names
                Some $"COMPREPLY=($(compgen -W \"{names}\" -- \"$current\"))"
            | FollowedBy.File -> Some "COMPREPLY=($(compgen -f -- \"$current\"))"
            | FollowedBy.Anything -> Some "COMPREPLY=()"
            | FollowedBy.Nothing -> None

        lines
            [
                "_finitewidth() {"
                "  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}"
                "  if ((COMP_CWORD == 1)); then"
                $"    COMPREPLY=($(compgen -W \"{names commands} {words general}\" -- \"$current\"))"
                "    return"
                "  fi"
                "  case $command,$previous in"
                for command in commands do
                    for flag in command.Flags do
                        match replies flag.Value with
                        | Some reply ->
                            let patterns =
                                flag.Names
                                |> List.map (fun name -> $"{command.Name},{name}")
                                |> String.concat "|"

                            $"    {patterns}) {reply}; return ;;"
                        | None -> ()
                "  esac"
                "  case $command,$current in"
                for command in commands do
                    $"    {command.Name},-*) COMPREPLY=($(compgen -W \"{words command.Flags}\" -- \"$current\")) ;;"

                    match replies command.Argument with
                    | Some reply -> $"    {command.Name},*) {reply} ;;"
                    | None -> ()
                "  esac"
                "}"
                "complete -o filenames -F _finitewidth finitewidth"
            ]

    // Inside single quotes, as POSIX shells have it.
    let private quoted (text: string) = "'" + text.Replace("'", "'\\''") + "'"

    let private zsh general (commands: CompletedCommand list) =
        let action value =
            match value with
            | FollowedBy.OneOf names ->
                let names = String.concat " " names
                $":value:({names})"
            | FollowedBy.File -> ":file:_files"
            | FollowedBy.Anything -> ":value: "
            | FollowedBy.Nothing -> ""

        let plain (text: string) =
            text.Replace("[", "(").Replace("]", ")").Replace(":", ",")

        let specifications (flags: CompletedFlag list) =
            [
                for flag in flags do
                    for name in flag.Names -> quoted $"{name}[{plain flag.Meaning}]{action flag.Value}"
            ]
            |> String.concat " "

        lines
            [
                "#compdef finitewidth"
                "_finitewidth() {"
                "  local -a commands=("
                for command in commands do
                    "    " + quoted $"{command.Name}:{plain command.Meaning}"
                "  )"
                "  if ((CURRENT == 2)); then"
                "    _describe command commands"
                $"    _arguments {specifications general}"
                "    return"
                "  fi"
                "  shift words"
                "  ((CURRENT--))"
                "  case $words[1] in"
                for command in commands do
                    let argument =
                        match action command.Argument with
                        | "" -> ""
                        | action -> " " + quoted $"*{action}"

                    $"    {command.Name}) _arguments {specifications command.Flags}{argument} ;;"
                "  esac"
                "}"
                "compdef _finitewidth finitewidth"
            ]

    let private fish general (commands: CompletedCommand list) =
        let after value =
            match value with
            | FollowedBy.OneOf names ->
                let names = String.concat " " names
                $" -x -a \"{names}\""
            | FollowedBy.File -> " -r -F"
            | FollowedBy.Anything -> " -x"
            | FollowedBy.Nothing -> ""

        let flags condition (flags: CompletedFlag list) =
            [
                for flag in flags do
                    let names =
                        flag.Names
                        |> List.map (fun name ->
                            if name.StartsWith("--", StringComparison.Ordinal) then
                                $"-l {name[2..]}"
                            else
                                $"-s {name[1..]}")
                        |> String.concat " "

                    $"complete -c finitewidth -n {quoted condition} {names} -d {quoted flag.Meaning}{after flag.Value}"
            ]

        lines
            [
                "complete -c finitewidth -f"
                yield! flags "__fish_use_subcommand" general
                for command in commands do
                    $"complete -c finitewidth -n __fish_use_subcommand -a {command.Name} -d {quoted command.Meaning}"
                for command in commands do
                    let condition = $"__fish_seen_subcommand_from {command.Name}"
                    yield! flags condition command.Flags

                    match command.Argument with
                    | FollowedBy.OneOf names ->
                        let names = String.concat " " names
                        $"complete -c finitewidth -n {quoted condition} -a \"{names}\""
                    | FollowedBy.File -> $"complete -c finitewidth -n {quoted condition} -F"
                    | FollowedBy.Anything
                    | FollowedBy.Nothing -> ()
            ]

    let private powershell general (commands: CompletedCommand list) =
        // Inside single quotes, as PowerShell has it.
        let list (names: string list) =
            names
            |> List.map (fun name -> "'" + name.Replace("'", "''") + "'")
            |> String.concat ", "

        let choices (command: CompletedCommand) =
            [
                for flag in command.Flags do
                    match flag.Value with
                    | FollowedBy.OneOf names -> for name in flag.Names -> $"{command.Name} {name}", names
                    | _ -> ()
            ]

        lines
            [
                "Register-ArgumentCompleter -Native -CommandName finitewidth -ScriptBlock {"
                "  param($word, $ast, $position)"
                "  $words = @{"
                $"    '' = @({list ((commands |> List.map _.Name) @ List.collect _.Names general)})"
                for command in commands do
                    let argument =
                        match command.Argument with
                        | FollowedBy.OneOf names -> names
                        | _ -> []

                    $"    '{command.Name}' = @({list (List.collect _.Names command.Flags @ argument)})"
                "  }"
                "  $values = @{"
                for command in commands do
                    for after, names in choices command do
                        $"    '{after}' = @({list names})"
                "  }"
                "  $typed = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { $_.ToString() })"
                "  $command = if ($typed.Count -gt 1) { $typed[1] } else { '' }"
                "  $offered = $values[\"$command $($typed[-1])\"]"
                "  if (-not $offered) { $offered = $words[$command] }"
                "  $offered | Where-Object { $_ -like \"$word*\" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }"
                "}"
            ]

    let private scripts =
        [ "bash", bash; "zsh", zsh; "fish", fish; "powershell", powershell ]

    /// The script for a shell.
    let script (parser: Argu.ArgumentParser) shell =
        FlagText.choice scripts "completions" shell
        |> Result.map (fun script -> CompletedCommand.ofParser parser ||> script)
