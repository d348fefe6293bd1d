namespace FiniteWidth.Cli

open FiniteWidth

/// How a prediction is made.
[<RequireQualifiedAccess>]
type Treatment =
    /// At the saddle point of a theory.
    | SaddlePoint of Theory
    /// By the integral over the scale of the kernel.
    | ScaleMixture
    /// By gradient flow at infinite width.
    | GradientFlow
    /// By the Student-t process whose scale has the mean and variance of the network's.
    | StudentT
    /// By the cavity theory, unit by unit.
    | Cavity
    /// By whatever certifies the accuracy that is asked for.
    | Auto

/// What jobs and flags call by name.
[<RequireQualifiedAccess>]
module Names =

    /// The activations by name.
    let activations =
        [ for activation in Activation.all -> activation.Name, activation ]

    /// The theories by name.
    let theories =
        [
            "infinite-width", Treatment.SaddlePoint Theory.infiniteWidth
            "proportional", Treatment.SaddlePoint Theory.proportional
            "wishart", Treatment.SaddlePoint Theory.wishart
            "non-odd", Treatment.SaddlePoint Theory.nonOdd
            "mixture", Treatment.ScaleMixture
            "student-t", Treatment.StudentT
        ]

    /// A theory or sampling, whichever the accuracy that is asked for takes.
    let auto = "auto", Treatment.Auto

    /// What a job may ask for: the theories, the cavity theory, which is sampled, gradient flow, which has a time and no width, and auto.
    let treatments =
        theories @ [ "cavity", Treatment.Cavity; "ntk", Treatment.GradientFlow; auto ]
