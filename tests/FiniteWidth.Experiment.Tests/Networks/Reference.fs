/// Networks and their posteriors as the definitions say, in expressions that differentiate themselves.
module FiniteWidth.Experiment.Tests.Networks.Reference

open System
open Expecto
open FiniteWidth
open FiniteWidth.Differentiation
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open FiniteWidth.Testing

/// An activation of the library beside the same on matrices.
type Sigma =
    {
        Activation: Activation
        Apply: DM -> DM
    }

    override this.ToString() = this.Activation.Name

let erf =
    {
        Activation = Activation.erf
        Apply = DM.Erf
    }

let smooth =
    [
        erf
        {
            Activation = Activation.linear
            Apply = id
        }
        {
            Activation = Activation.tanh
            Apply = tanh
        }
        {
            Activation = Activation.sin
            Apply = sin
        }
        {
            Activation = Activation.sigmoid
            Apply = DM.Sigmoid
        }
        {
            Activation = Activation.square
            Apply = fun z -> z .* z
        }
        {
            Activation = Activation.custom "cubic" (fun z -> z * z * z / 3.0 - z)
            Apply = fun z -> z .* z .* z / 3.0 - z
        }
    ]

let gaussian (stream: RandomStream) rows columns =
    let m = Matrix.Uninitialized(nativeint rows, nativeint columns)
    stream.Normal m
    m

let dataSet seed examples features outputs =
    let stream = RandomStream.FromSeed(uint64 seed)

    DataSet.create (gaussian (stream.Split 0L) examples features) (gaussian (stream.Split 1L) examples outputs)
    |> Result.orFail

let position seed dimension =
    let x = Array.zeroCreate dimension
    RandomStream.FromSeed(uint64 seed).Split(7L).Normal(Span x)
    x

/// Takes `rows` x `columns` whitened coordinates from the front.
let private take rows columns (x: DV) =
    let count = rows * columns
    DM.ofDV rows x[.. count - 1], (if count = x.Length then x else x[count..])

let private biased precision (h: DM) (x: DV) =
    match precision with
    | None -> h, x
    | Some precision ->
        let b, rest = take 1 h.Columns x
        let ones = DM.ofArray2D (Array2D.create h.Rows 1 1.0)
        h + ones * b / sqrt precision, rest

/// Phi (P x features) of hidden coordinates over inputs, and the coordinates that are left.
let features sigma (inputs: Matrix) architecture (x: DV) =
    match architecture with
    | Architecture.FullyConnected network ->
        let layer (phi: DM, x: DV) (width, prior, bias) =
            let w, rest = take width phi.Columns x
            let h = DM.timesTransposed phi w / sqrt (prior * float phi.Columns)
            let h, rest = biased bias h rest
            sigma.Apply h, rest

        List.zip3 network.Widths (List.take network.Depth network.Priors) network.Biases
        |> List.fold layer (DM.op_Implicit inputs, x)
    | Architecture.Convolutional network ->
        let patches = DM.op_Implicit (Patches.ofAll network inputs)
        let w, rest = take network.Channels network.PatchLength x

        let values =
            sigma.Apply(
                DM.timesTransposed patches w
                / sqrt (network.FilterPrior * float network.PatchLength)
            )

        let points = int inputs.Rows

        match network.Pooling with
        | Pooling.None -> DM.ofDV points (DM.toDV values), rest
        | Pooling.Average ->
            let n = network.Patches

            let average =
                Array2D.init points values.Rows (fun mu row -> if row / n = mu then 1.0 / float n else 0.0)

            DM.ofArray2D average * values, rest

    | Architecture.Image network ->
        let points = int inputs.Rows

        // Of layer l at every position of every point: the sum over places t of what stands there times W_t, as products with matrices of zeros and ones.
        let layer (phi: DM, x: DV) l =
            let units, below = network.Widths[l], phi.Columns
            let places = ImageNetwork.footprints (l + 1) network
            let positions = network.Grids[l].Count
            let size = places.Length / positions
            let rowsBelow = phi.Rows / points
            let w, rest = take units (size * below) x

            let at t =
                let chosen =
                    Array2D.init (points * positions) phi.Rows (fun row column ->
                        let mu, i = row / positions, row % positions

                        if column / rowsBelow = mu && column % rowsBelow = places[i * size + t] then
                            1.0
                        else
                            0.0)

                let part =
                    Array2D.init (size * below) below (fun row column -> if row = t * below + column then 1.0 else 0.0)

                DM.timesTransposed (DM.ofArray2D chosen * phi) (w * DM.ofArray2D part)

            let h =
                Seq.map at [ 0 .. size - 1 ]
                |> Seq.reduce (+)
                |> fun sum -> sum / sqrt (network.Priors[l] * float (size * below))

            let h, rest = biased network.Biases[l] h rest
            sigma.Apply h, rest

        // Pixels in the rows, a row a pixel of a point.
        let channels = network.Image.Channels
        let pixels = int inputs.Columns / channels

        let image =
            Array2D.init (points * pixels) channels (fun row channel ->
                inputs[nativeint (row / pixels), nativeint (row % pixels * channels + channel)])

        let phi, rest =
            List.fold layer (DM.ofArray2D image, x) [ 0 .. network.Layers.Length - 1 ]

        let d = network.Positions

        match network.Pooling with
        | Pooling.None ->
            let dense (phi: DM, x) l =
                let w, rest = take network.Widths[l] phi.Columns x
                let h = DM.timesTransposed phi w / sqrt (network.Priors[l] * float phi.Columns)
                let h, rest = biased network.Biases[l] h rest
                sigma.Apply h, rest

            List.fold dense (DM.ofDV points (DM.toDV phi), rest) [ network.Layers.Length .. network.Depth - 1 ]
        | Pooling.Average ->
            let average =
                Array2D.init points phi.Rows (fun mu row -> if row / d = mu then 1.0 / float d else 0.0)

            DM.ofArray2D average * phi, rest

let private readoutPrior architecture =
    match architecture with
    | Architecture.FullyConnected network -> List.last network.Priors
    | Architecture.Convolutional network -> network.ReadoutPrior
    | Architecture.Image network -> List.last network.Priors

/// f (P x D) of all coordinates.
let outputs sigma inputs architecture count x =
    let phi, rest = features sigma inputs architecture x
    let u, _ = take count phi.Columns rest
    DM.timesTransposed phi u / sqrt (readoutPrior architecture * float phi.Columns)

/// -(beta/2) sum (y - f)^2.
let logLikelihood sigma temperature (data: DataSet) architecture (x: DV) : D =
    let f = outputs sigma data.Inputs architecture data.Outputs x
    let misfit = f - DM.op_Implicit data.Targets
    DM.sum (misfit .* misfit) * (-0.5 / temperature)

/// sum_d log N(y_d; 0, T I + Phi Phi^T/(lambda_L features)).
let logMarginal sigma (temperature: float) (data: DataSet) architecture (x: DV) : D =
    let phi, _ = features sigma data.Inputs architecture x

    let a =
        DM.timesTransposed phi phi / (readoutPrior architecture * float phi.Columns)
        |> DM.addIdentity (D temperature)
        |> Spd.factor

    let y d = DV.ofArray (DataSet.target d data)
    let quadratic = Seq.sumBy (fun d -> Spd.quadratic (y d) a) [ 0 .. data.Outputs - 1 ]

    -0.5
    * (quadratic
       + float data.Outputs * (Spd.logDet a + D(float data.Count * log (2.0 * Math.PI))))

/// Runs a target: the value and the gradient, in an array that held something else.
let run (source: TargetSource) position =
    let target = source ()
    let gradient = Array.create target.Dimension nan
    let value = target.LogLikelihood position gradient
    value, gradient

let largestDifference (a: float[]) (b: float[]) =
    Array.map2 (fun x y -> abs (x - y)) a b |> Array.max

let largest (a: float[]) = a |> Array.map abs |> Array.max

/// Equal up to the rounding of sums of a few hundred terms, of which none exceeds the largest entry by much.
let roundingTolerance = 1e-11

let assertClose tolerance (expected: float * float[]) (actual: float * float[]) =
    Expect.isTrue (snd actual |> Array.forall Double.IsFinite) "every entry of the gradient is written"
    Expect.within (tolerance * (1.0 + abs (fst expected))) (fst actual) (fst expected) "value"

    Expect.isLessThanOrEqual
        (largestDifference (snd actual) (snd expected))
        (tolerance * (1.0 + largest (snd expected)))
        "gradient"

let complete =
    { NetworkPosterior.defaults with
        FirstLayer = FirstLayer.Complete
    }

let posterior options architecture temperature data =
    NetworkPosterior.create options architecture temperature data |> Result.orFail

let dense activation widths =
    Network.dense activation widths
    |> Network.withPriors [ for l in 0 .. List.length widths -> 0.6 + 0.5 * float l ]

let convolution activation channels pooling =
    ConvolutionalNetwork.create
        activation
        channels
        (struct (1.3, 0.7))
        { Height = 4; Width = 6; Channels = 2 }
        2
        2
        pooling
    |> Result.orFail
    |> Architecture.Convolutional

/// Two convolutional layers with zeros around them and strides, over images of 4 x 6 pixels of 2 values.
let layered activation pooling dense =
    let layer channels patch stride padding =
        {
            Channels = channels
            Patch = patch
            Stride = stride
            Padding = padding
        }

    let depth = 2 + List.length dense

    ImageNetwork.create
        activation
        { Height = 4; Width = 6; Channels = 2 }
        [
            layer 3 (struct (3, 2)) (struct (1, 2)) Padding.Same
            layer 4 (struct (2, 2)) (struct (2, 1)) (Padding.Zeros 1)
        ]
        pooling
        dense [ for l in 0..depth -> 0.6 + 0.5 * float l ] [ for l in 1..depth -> if l = 2 then Some 1.5 else None ]
    |> Result.orFail
    |> Architecture.Image
