namespace FiniteWidth.Cli

open FiniteWidth
open FiniteWidth.Experiment

/// The theories by name: all that jobs, flags, results and experiments know of.
[<RequireQualifiedAccess>]
module Theories =

    // The kinds of networks that an equation is a theory of: a line each.
    let private ofNetwork equation (job: Job) =
        match job.Network, Job.beta job with
        | JobNetwork.Dense network, None -> DenseTheories.saddlePoint equation network job
        | JobNetwork.Dense network, Some beta -> ClassTheories.dense equation beta network job
        | JobNetwork.Convolutional network, None -> ImageTheories.oneLayer equation network job
        | JobNetwork.Convolutional network, Some beta ->
            ClassTheories.images equation beta (ImageNetwork.ofConvolutional network) job
        | JobNetwork.Image network, None -> ImageTheories.layers equation network job
        | JobNetwork.Image network, Some beta -> ClassTheories.images equation beta network job
        | JobNetwork.Coupled _, _ -> CoupledTheory.create equation job

    /// The theory of an equation, solved at its saddle point.
    let saddlePoint name equation =
        {
            Name = name
            Keys = OwnKeys.Nothing
            Equation = Some equation
            Compared = Some(ComparedTheory.ofTheory name equation)
            Of = ofNetwork equation
        }

    /// Those that have a curve over widths: a line a theory.
    let curves =
        [
            saddlePoint "infinite-width" Theory.infiniteWidth
            saddlePoint "proportional" Theory.proportional
            saddlePoint "wishart" Theory.wishart
            saddlePoint "non-odd" Theory.nonOdd
            DenseTheories.mixture
            DenseTheories.studentT
        ]

    /// A theory or sampling, whichever the accuracy that is asked for takes.
    let auto = CertifiedTheory.named saddlePoint

    /// What a job may ask for: the cavity theory and its limit are sampled, gradient flow has a time and no width.
    let all =
        curves @ [ CavityTheories.named; MeanFieldTheory.named; FlowTheory.named; auto ]

    /// These theories as a job or a flag chooses one of them.
    let choices (theories: NamedTheory list) =
        [ for theory in theories -> theory.Name, theory ]
