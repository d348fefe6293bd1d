namespace FiniteWidth.Cli

open FiniteWidth

/// How far a sweep is, by its files.
[<RequireQualifiedAccess>]
module SweepStatus =

    let private count (state: TaskState -> bool) states =
        states |> List.filter (snd >> state) |> List.length

    let private failures states =
        [
            for task: SweepTask, state in states do
                match state with
                | TaskState.Failed reason -> task, reason
                | _ -> ()
        ]

    let private counts states =
        [
            "done", count _.IsDone states
            "running", count _.IsRunning states
            "failed", count _.IsFailed states
            "waiting", count _.IsWaiting states
        ]

    let private states folder (plan: SweepPlan) =
        plan.Tasks |> List.map (fun task -> task, SweepFolder.state folder task.Id)

    /// In words, a line a failure.
    let text folder plan =
        let states = states folder plan

        let numbers =
            counts states
            |> List.map (fun (name, count) -> $"{count} {name}")
            |> String.concat ", "

        [
            $"{states.Length} tasks: {numbers}."
            for task, reason in failures states do
                $"{task.Id} failed, {task.Point}: {reason}"
        ]
        |> String.concat "\n"

    /// As JSON.
    let json folder plan =
        let states = states folder plan

        Tree.Object
            [
                "tasks", Tree.count states.Length
                for name, count in counts states do
                    name, Tree.count count

                "failures",
                Tree.objects
                    [
                        for task, reason in failures states ->
                            [
                                "id", Tree.Word task.Id
                                "point", Tree.Word task.Point
                                "reason", Tree.Word reason
                            ]
                    ]
            ]
        |> Tree.text
