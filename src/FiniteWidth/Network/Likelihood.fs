namespace FiniteWidth

open System

/// What the outputs f of a network are weighed by, given the data: with the prior it makes the posterior exp(log likelihood) * prior.
[<RequireQualifiedAccess>]
type Likelihood =
    /// exp(-(1/(2 T)) sum_mu |y_mu - f(x_mu)|^2) of numbers y: T >= 0, the noise's variance.
    | Gaussian of temperature: float
    /// exp(-beta sum_mu CE(label_mu, softmax f(x_mu))) of classes, CE the cross-entropy -log softmax(f)_label: beta >= 0; beta = 1 is the
    /// likelihood of the labels, any other a Gibbs measure of the same loss.
    | Categorical of beta: float

    override this.ToString() =
        match this with
        | Gaussian temperature -> $"Gaussian likelihood at T = {temperature}"
        | Categorical beta -> $"softmax likelihood at beta = {beta}"

/// Likelihoods, checked.
[<RequireQualifiedAccess>]
module Likelihood =

    /// Whether its temperature or beta is in its domain.
    let check likelihood =
        let inDomain value = Double.IsFinite value && value >= 0.0

        match likelihood with
        | Likelihood.Gaussian temperature when not (inDomain temperature) ->
            Error(BadNetwork $"The temperature is {temperature}: it is zero or positive, and finite.")
        | Likelihood.Categorical beta when not (inDomain beta) ->
            Error(BadNetwork $"The softmax likelihood's beta is {beta}: it is zero or positive, and finite.")
        | _ -> Ok()
