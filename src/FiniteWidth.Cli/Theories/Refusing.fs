namespace FiniteWidth.Cli

open FiniteWidth

/// What theories refuse: a theory of one's own starts from here, and puts what it does in place of what it does not.
[<RequireQualifiedAccess>]
module Refusing =

    let because what = Error(Unsupported what)

    /// The sentence of those that cannot give answers in the units of standardized targets.
    let notUndone =
        Unsupported
            "job.data.targets: \"standardize\" is not undone for two tasks, averages, \"cavity\" and \"mean-field\": leave the key out, or standardize the targets in the file."

    let private sweepKeys (job: Job) =
        match job.Network, job.Scaling with
        | JobNetwork.Coupled _, Some _ -> [ "width"; "gamma" ]
        | JobNetwork.Coupled _, None -> [ "width"; "prior"; "temperature"; "gamma" ]
        | _, Some _ -> [ "width"; "gamma"; "beta" ]
        | _, None -> [ "width"; "prior"; "temperature" ]

    // What a network of its kind refuses, whatever the theory.
    let private sentences (job: Job) =
        let ofTheory =
            $"job.theory: \"{job.Theory.Name}\" describes fully connected networks; use \"proportional\"."

        match job.Network with
        | JobNetwork.Dense _ -> $"the theory \"{job.Theory.Name}\"", ofTheory, ofTheory
        | JobNetwork.Convolutional _
        | JobNetwork.Image _ -> "convolutional networks", ofTheory, ofTheory
        | JobNetwork.Coupled _ ->
            "pairs of coupled networks",
            "job.theory: a pair of coupled networks takes the theory \"proportional\".",
            "job.network.kind: one network is explained, \"dense\" or \"convolution\", not \"transfer\"."

    /// A theory that refuses all that it is asked.
    let everything (job: Job) =
        let otherSolvers, predict, explain = sentences job

        {
            SweepKeys = sweepKeys job
            Folds =
                Error
                    "folds are predicted for fully connected networks under infinite-width, proportional, wishart, non-odd, mixture and student-t: leave the key out."
            FirstOrder = Ok()
            OtherSolvers = Error otherSolvers
            AveragesUnits = fun _ -> false
            StandardTargets = Ok()
            Predict = fun _ -> because predict
            Explain = fun _ -> because explain
            Fit =
                fun _ _ ->
                    because "job.network.kind: a fit takes one network, \"dense\" or \"convolution\", not \"transfer\"."
            Curve =
                because
                    $"The theory \"{job.Theory.Name}\" has no curve over widths: ask for it in a job of finitewidth predict."
            Instead = None
            InsteadAtPoints = None
        }

    /// The same of a theory that has no action to explain, and says so of every network that could be explained.
    let toExplain sentence (job: Job) theory =
        match job.Network with
        | JobNetwork.Coupled _ -> theory
        | _ ->
            { theory with
                Explain = fun _ -> because sentence
            }

    /// The same of a theory without a saddle point to fit at.
    let toFit sentence theory =
        { theory with
            Fit = fun _ _ -> because sentence
        }
