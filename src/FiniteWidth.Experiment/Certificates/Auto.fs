namespace FiniteWidth.Experiment

open FiniteWidth

/// The cheapest answer that real networks of a width have: a theory where the exact first order in 1/N bounds what it leaves out, otherwise
/// sampling.
[<RequireQualifiedAccess>]
module Auto =

    // Why chains settle nothing.
    let private shortcoming (outcome: Result<SampledAnswer, Failure>) =
        match outcome with
        | Error failure -> failure.Message
        | Ok answer ->
            match answer.End, answer.Sampled with
            | SamplingEnd.Cancelled, None -> "Sampling was stopped before there were draws."
            | SamplingEnd.Cancelled, Some s -> $"Sampling was stopped at {s.Description}."
            | SamplingEnd.OutOfReach, Some s -> $"Sampling was ended by its pilot: {s.Description}."
            | SamplingEnd.Settled, Some s -> $"{s.Verdict}"
            | _, Some s -> $"The time was over at {s.Description}."
            | _, None -> "Sampling needs more than its time for its warm-up."

    let private sample (settings: AutoSettings) split network temperature =
        if temperature > 0.0 then
            CertifiedSampling.run settings CertifiedSampling.ofPoint None network temperature split
        else
            Error(Unsupported "T = 0 cannot be sampled.")

    let private bySampling (settings: AutoSettings) split network temperature theories =
        let doubt = Certification.doubtOfFirstOrder settings.Accuracy theories
        settings.Progress(AutoProgress.Decided $"{doubt}: chains are tried for {settings.Seconds:G4} s at most.")
        let outcome = sample settings split network temperature

        match outcome with
        | Ok {
                 End = SamplingEnd.Settled
                 Sampled = Some sampled
             } when sampled.HasConverged -> Ok(Certification.bySampling sampled, Some sampled, None)
        | _ ->
            let sampled = outcome |> Result.toOption |> Option.bind _.Sampled

            let needed =
                outcome |> Result.toOption |> Option.bind _.Needed |> Option.map _.TotalSeconds

            let why = shortcoming outcome

            match Certification.notCertified $"{doubt}. {why}" theories sampled, outcome, theories.InfiniteWidth with
            | Some certificate, _, _ -> Ok(certificate, sampled, needed)
            | None, Error failure, _
            | None, _, Error failure -> Error failure
            | None, _, _ -> Error(Unsupported why)

    let private solverWith amend (settings: AutoSettings) split =
        let theoriesOf = PointTheories.solver split >> amend

        fun (network: Network, temperature: float) ->
            result {
                do! AutoSettings.check settings
                let theories: PointTheories = theoriesOf (network, temperature)

                let! certificate, sampled, needed =
                    match
                        Certification.exact theories
                        |> Option.orElseWith (fun () -> Certification.byFirstOrder settings.Accuracy theories)
                    with
                    | Some certificate -> Ok(certificate, None, None)
                    | None -> bySampling settings split network temperature theories

                return
                    {
                        Network = network
                        Temperature = temperature
                        Certificate = certificate
                        Theories = theories
                        Sampled = sampled
                        SecondsNeeded = needed
                    }
            }

    /// What answers for one network and temperature after the other on a split; calls share what they have in common. It fails where not even a
    /// theory has an answer.
    let solver settings split = solverWith id settings split

    /// The same without the integral that is exact for linear networks: they tell then what other answers are worth.
    let internal solverWithoutExact settings split =
        solverWith (fun theories -> { theories with Exact = None }) settings split

    /// The answer for one network at temperature T.
    let solve settings network temperature split =
        solver settings split (network, temperature)
