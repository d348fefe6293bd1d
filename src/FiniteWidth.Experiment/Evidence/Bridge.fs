namespace FiniteWidth.Experiment

open System

/// The evidence between what ways up and ways down weigh.
[<RequireQualifiedAccess>]
module internal Bridge =

    let private logistic x = 1.0 / (1.0 + exp -x)

    /// log Z by Bennett's acceptance ratio (1976), of all estimates from both ways the one of least variance: sum_up 1/(1 + Z/e^up) = sum_down 1/(1 + e^down/Z).
    let logEvidence (up: float[]) (down: float[]) =
        let excess z =
            Array.sumBy (fun w -> logistic (w - z)) up
            - Array.sumBy (fun w -> logistic (z - w)) down

        let all = Array.append up down

        // The excess falls with z, and the root lies among the weights.
        let rec bisect lower upper =
            let middle = 0.5 * (lower + upper)

            if middle <= lower || middle >= upper then middle
            elif excess middle > 0.0 then bisect middle upper
            else bisect lower middle

        bisect (Array.min all) (Array.max all)

    // Errors of few chains are themselves uncertain: enlarged to the deviation of Student's t.
    let private forFew n = sqrt ((n - 1.0) / (n - 3.0))

    let private without i (values: float[]) = Array.removeAt i values

    /// The same with its standard error, by leaving out one chain after the other.
    let estimate (up: float[]) (down: float[]) : Estimate =
        let n = float up.Length

        let others =
            Array.init up.Length (fun i -> logEvidence (without i up) (without i down))

        let mean = Array.average others

        {
            Value = logEvidence up down
            Error =
                forFew n
                * sqrt ((n - 1.0) / n * Array.sumBy (fun v -> (v - mean) ** 2.0) others)
        }

    /// The mean of independent numbers.
    let mean (values: float[]) : Estimate =
        let n = float values.Length
        let mean = Array.average values

        {
            Value = mean
            Error =
                forFew n
                * sqrt (Array.sumBy (fun v -> (v - mean) ** 2.0) values / (n * (n - 1.0)))
        }
