// A theory, and an action, that the package does not know, solved like those it does. Both print a check; one that fails
// ends the script with an error.
#load "load.fsx"

open FiniteWidth
open FiniteWidth.Data
open FiniteWidth.Differentiation

let data: LinearTeacher =
    {
        Inputs = 40
        Train = 60
        Test = 200
        Noise = 0.3
        Seed = 1UL
    }

let split = LinearTeacher.generate data |> Result.orFail
let network = Network.dense Activation.erf [ 50 ]
let temperature = 0.1

let check what error bound =
    printfn $"{what}: {error:E1} (at most {bound:E0})"

    if not (error <= bound) then
        failwith $"The check failed: {what}."

// (a) A theory is a function from a network to a kernel and an entropy. This one has a skip connection around the hidden
// layer, and takes Qbar at the mode of its density, Qbar^(N/2 - 1) exp(-N Qbar/2) ..., rather than at that of log Qbar.
let qbar = Scalar.qbar 1
let modeEntropy = qbar - 1.0 - (1.0 - 2.0 / Scalar.width 1) * log qbar

let skip: Theory =
    fun network ->
        let input = 1.0 / Scalar.prior 0 * Kernel.Gram
        let hidden = Kernel.dual network.Activation input
        Model.create (input + qbar / Scalar.prior 1 * hidden) modeEntropy

let posterior =
    Study split.Train |> Posterior.solve skip network temperature |> Result.orFail

let score = posterior |> Posterior.score split.Test
printfn $"(a) skip connection: Qbar = {posterior.OrderParameters[0]:F4}, loss = {score.Loss:F4}"

let plain =
    DifferentiableModel.effectiveAction posterior.Model network temperature split.Train

let slope = grad plain (DV posterior.OrderParameters)
check "    slope of the plainly written action there" (abs (float slope[0])) 1e-9

// (b) An action is any differentiable function of its order parameters. One hidden layer, from scratch:
// S = Qbar - 1 - log Qbar + (1/N) [ log det(I + Qbar K/T) + y^T (T I + Qbar K)^(-1) y ].
let kernel =
    Kernel.dual Activation.erf Kernel.Gram
    |> KernelProgram.compile
    |> KernelProgram.symmetric (fun _ -> 1.0) split.Train.Inputs
    |> DM

let y = DV(DataSet.target 0 split.Train)

let action (theta: DV) : D =
    let a = Spd.factor (DM.addIdentity (D temperature) (theta[0] * kernel))
    let determinant = Spd.logDet a - float y.Length * log temperature
    theta[0] - 1.0 - log theta[0] + (determinant + Spd.quadratic y a) / 50.0

let own =
    EffectiveAction.ofFunction [ Symbol.Qbar 1 ] Cost.Small action
    |> SaddlePoint.solve SaddlePoint.defaults
    |> Result.orFail

let builtIn =
    Study split.Train
    |> Posterior.solve Theory.proportional network temperature
    |> Result.orFail

printfn $"(b) action from scratch: Qbar = {own.Chosen.OrderParameters[0]:F6}, built in: {builtIn.OrderParameters[0]:F6}"
check "    difference of Qbar" (abs (own.Chosen.OrderParameters[0] - builtIn.OrderParameters[0])) 1e-9
check "    difference of S" (abs (own.Chosen.Action - builtIn.SaddlePoint.Chosen.Action)) 1e-9
