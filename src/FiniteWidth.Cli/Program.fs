module FiniteWidth.Cli.Program

[<EntryPoint>]
let main _ = 0
