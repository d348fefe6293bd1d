namespace FiniteWidth

open System.Diagnostics

/// Windows of sweeps that are averaged, one after the other.
[<RequireQualifiedAccess>]
module internal Attempts =

    // The last has two to this power times the sweeps of the first.
    let private mostDoublings = 5

    /// Attempts that take `count` sweeps and twice as many each time, from where the one before ended, until one has no doubts or the next
    /// would end too late: what the last found. `sweeps` were taken up to a state.
    let run settings (clock: Stopwatch) sweeps attempt count state =
        let rec go doublings state =
            let count = count <<< doublings

            attempt count state
            |> Result.bind (fun (found, doubts: CavityDoubt list, last) ->
                let nextEnd =
                    clock.Elapsed.TotalSeconds
                    * (1.0 + 2.0 * float count / float (sweeps last: int))

                if doubts.IsEmpty || doublings = mostDoublings || nextEnd > settings.Seconds then
                    Ok found
                else
                    go (doublings + 1) last)

        go 0 state
