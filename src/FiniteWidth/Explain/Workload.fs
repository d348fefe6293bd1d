namespace FiniteWidth

/// How large a problem is.
type ProblemSize =
    {
        /// P.
        Examples: int
        /// N_0.
        Features: int
        /// D.
        Outputs: int
        /// P_test.
        TestPoints: int
    }

    /// The size of a training and a test set.
    static member Of(split: Split) =
        {
            Examples = split.Train.Count
            Features = split.Train.Features
            Outputs = split.Train.Outputs
            TestPoints = split.Test.Count
        }

/// One step of an algorithm and the order of its cost: operations, up to a constant of a few units.
type WorkStep =
    {
        /// What is done.
        Step: string
        /// Their order, such as P^3.
        Order: Typeset
        /// How many there are, about.
        Operations: float
    }

/// The algorithm that the normal form of a kernel chooses, with its cost.
type Workload =
    {
        /// The algorithm in one sentence.
        Algorithm: string
        /// The steps, in the order in which they are taken.
        Steps: WorkStep list
        /// The matrices that are held at once, in bytes.
        Bytes: float
    }

/// What a prediction costs.
[<RequireQualifiedAccess>]
module Workload =

    let private p = Typeset.letter "P" "P"
    let private d = Typeset.letter "D" "D"
    let private n0 = Typeset.letter "N₀" "N_0"
    let private testPoints = Typeset.letter "P_test" "P_{\\mathrm{test}}"
    let private squared = Typeset.power 2
    let private cubed = Typeset.power 3

    let private step name order operations =
        {
            Step = name
            Order = Typeset.product order
            Operations = operations
        }

    let private sizes (size: ProblemSize) =
        float size.Examples, float size.Features, float size.Outputs, float size.TestPoints

    let private gramStep size =
        let examples, features, _, _ = sizes size
        step "Products of the inputs, once" [ squared p; n0 ] (examples * examples * features)

    let private predictionStep size =
        let examples, _, _, test = sizes size
        step "Predictions" [ squared p; testPoints ] (examples * examples * test)

    // Distinct kernel maps: what a sweep over pairs of examples evaluates.
    let private maps kernel =
        (KernelFormula.names kernel).Preactivations.Length

    let private spectral size =
        let examples, _, _, test = sizes size

        {
            Algorithm =
                "One scalar times one constant kernel: one decomposition serves every value of what stands in front of the kernel, and an evaluation of S with its derivatives is a sum over eigenvalues."
            Steps =
                [
                    gramStep size
                    step "Tridiagonal form of K and its eigenvalues, once" [ cubed p ] (examples ** 3.0)
                    step "S, its gradient and its Hessian, each time" [ p ] examples
                    predictionStep size
                ]
            Bytes = 8.0 * (examples * examples + examples * test)
        }

    let private centred size =
        let examples, _, _, test = sizes size

        {
            Algorithm =
                "Two scalars, one before the covariance of the activation and one before its mean: one decomposition of the covariance, the mean by the matrix determinant lemma, and an evaluation of S with its derivatives is a sum over eigenvalues."
            Steps =
                [
                    gramStep size
                    step "Tridiagonal form of the covariance and its eigenvalues, once" [ cubed p ] (examples ** 3.0)
                    step "S, its gradient and its Hessian, each time" [ p ] examples
                    predictionStep size
                ]
            Bytes = 8.0 * (examples * examples + examples * test)
        }

    let private nested size kernel =
        let examples, _, _, test = sizes size
        let count = maps kernel

        {
            Algorithm =
                "Order parameters inside the kernel maps: an evaluation of S is one Cholesky factorisation, its gradient one inverse and one sweep back through the kernel maps."
            Steps =
                [
                    gramStep size
                    step
                        $"Kernel maps of all pairs ({count} a pair), each time"
                        [ squared p ]
                        (float count * examples * examples)
                    step "S by a Cholesky factorisation, each time" [ cubed p ] (examples ** 3.0)
                    step "Its gradient by an inverse and a sweep back, each time" [ cubed p ] (examples ** 3.0)
                    predictionStep size
                ]
            Bytes = 8.0 * (2.0 * examples * examples + examples * test)
        }

    /// The algorithm for a model, by the normal form of its kernel.
    let ofModel size (model: Model) =
        match Kernel.normalForm model.OrderParameters model.Kernel with
        | NormalForm.Scaled _ -> spectral size
        | NormalForm.Centred _ -> centred size
        | NormalForm.Nested kernel -> nested size kernel

    /// The algorithm for D outputs, whose order parameter is D x D.
    let ofSeveralOutputs size =
        let examples, _, outputs, test = sizes size

        {
            Algorithm =
                "In the eigenbasis of the order parameter the outputs are independent: one decomposition of the kernel serves every width, readout prior and temperature."
            Steps =
                [
                    gramStep size
                    step "Tridiagonal form of K and its eigenvalues, once" [ cubed p ] (examples ** 3.0)
                    step
                        "S, its gradient and a product with its Hessian, each time"
                        [ p; squared d ]
                        (examples * outputs * outputs)
                    predictionStep size
                ]
            Bytes = 8.0 * (examples * examples + examples * test)
        }

    /// The algorithm for a convolutional network, whose order parameter has a row a patch.
    let ofConvolution size (network: ConvolutionalNetwork) =
        let examples, _, _, test = sizes size
        let patches = float network.Patches
        let n = Typeset.letter "n" "n"
        let m = Typeset.letter "M" "M"

        let order =
            match network.Pooling with
            | Pooling.None -> network.Patches
            | Pooling.Average -> 1

        {
            Algorithm =
                "A sum of constant kernels, one a pair of patches: K_R and all its traces are a product of one stored matrix with a vector, and an evaluation of S is one Cholesky factorisation."
            Steps =
                [
                    step
                        "Kernels of all pairs of patches, once"
                        [ squared n; squared p; m ]
                        (patches * patches * examples * examples * float network.PatchLength)
                    step
                        "K_R, or the traces of the gradient, each time"
                        (if order = 1 then
                             [ squared p ]
                         else
                             [ squared n; squared p ])
                        (float order * float order * examples * examples)
                    step
                        "S by a Cholesky factorisation, its gradient by an inverse, each time"
                        [ cubed p ]
                        (examples ** 3.0)
                    predictionStep size
                ]
            Bytes =
                KernelSum.BytesWithCopy(order, size.Examples)
                + 8.0 * (3.0 * examples * examples + examples * test)
        }

    // Pairs of positions that a pair of images sends through the layers; of what is not pooled a fully connected layer needs few.
    let private imagePairs (network: ImageNetwork) =
        network.Grids
        |> List.sumBy (fun grid ->
            let final = float network.Positions

            if network.Pooling = Pooling.None && not network.DenseWidths.IsEmpty then
                float grid.Count
            else
                float grid.Count * min (float grid.Count) (4.0 * final))

    /// The algorithm for functions of a network of convolutional layers that are not independent: outputs, or contrasts of classes.
    let ofJointImages size functions (network: ImageNetwork) =
        let examples, _, _, test = sizes size
        let functions, sites = float functions, float network.ReadoutSites
        let n, sitesLetter = Typeset.letter "n" "n", Typeset.letter "d" "d"
        let points = Typeset.product [ n; p ]
        let joint = functions * examples
        let isShared = network.ReadoutSites = 1

        {
            Algorithm =
                if isShared then
                    "One position behind the layers: the covariance of n functions is an order parameter times one kernel, whatever the layers are."
                else
                    "The kernels between final positions are stored: the covariance of n functions at all points is one matrix product, and so are the traces of its gradient; directions of the second derivative are products of whole matrices."
            Steps =
                [
                    step
                        "Kernels of all pairs of positions, layer by layer, once"
                        [ squared p ]
                        (imagePairs network * examples * examples)
                    if not isShared then
                        step
                            "The covariance, or the traces of the gradient, each time"
                            [ squared sitesLetter; squared points ]
                            ((sites * joint) ** 2.0)
                    step
                        "S by a Cholesky factorisation, its gradient by an inverse, each time"
                        [ cubed points ]
                        (joint ** 3.0)
                    step "A direction of the second derivative, each time" [ cubed points ] (4.0 * joint ** 3.0)
                    step "Predictions" [ squared points; n; testPoints ] (joint * joint * functions * test)
                ]
            Bytes = 4.0 * sites * (sites + 1.0) * examples * examples + 80.0 * joint * joint
        }

    /// The algorithm for D classes of a dense network by Laplace's method.
    let ofClasses size classes =
        let examples, _, _, test = sizes size
        let n = Typeset.letter "n" "n"
        let points = Typeset.product [ n; p ]
        let joint = float (classes - 1) * examples

        {
            Algorithm =
                "In the coordinates of the order parameter's root the contrasts are independent functions of one kernel: Newton's method for the mode, one Cholesky factorisation for log Z, and the mode of the last order parameter is where the next one's search starts."
            Steps =
                [
                    gramStep size
                    step "The mode of the functions, a Newton step" [ n; squared p ] (joint * examples)
                    step
                        "S by a Cholesky factorisation, its gradient by an inverse, each time"
                        [ cubed points ]
                        (joint ** 3.0)
                    step "Its second derivative, each time" [ squared points; p ] (2.0 * joint * joint * examples)
                    step "Predictions" [ squared points; testPoints ] (joint * joint * test)
                ]
            Bytes = 64.0 * joint * joint
        }

    /// The algorithm for an order parameter a layer.
    let ofHierarchy size (network: ImageNetwork) paths =
        let examples, _, _, test = sizes size
        let r = Typeset.letter "r₁" "r_1"

        {
            Algorithm =
                "The kernels of all pairs of paths are stored: K_R and its traces are a product of one stored matrix with a vector, and truncated Newton steps along geodesics move all layers' matrices together."
            Steps =
                [
                    step
                        "Kernels of all pairs of paths, once"
                        [ squared r; squared p ]
                        (float paths * float paths * examples * examples)
                    step
                        "K_R, or the traces of the gradient, each time"
                        [ squared r; squared p ]
                        (float paths * float paths * examples * examples)
                    step
                        "S by a Cholesky factorisation, its gradient by an inverse, each time"
                        [ cubed p ]
                        (examples ** 3.0)
                    predictionStep size
                ]
            Bytes =
                KernelSum.BytesWithCopy(paths, size.Examples)
                + 8.0 * (3.0 * examples * examples + examples * test)
        }

    /// The algorithm for several convolutional layers, whose order parameter has a row a final position.
    let ofImageNetwork size (network: ImageNetwork) =
        let examples, _, _, test = sizes size
        let pairs = imagePairs network
        let n = Typeset.letter "n" "n"
        let d = Typeset.letter "d" "d"
        let sites = float network.ReadoutSites

        {
            Algorithm =
                "A pair of positions descends from pairs at the same offset times the strides: offset after offset passes through the layers. The kernels between final positions are stored, and an evaluation of S is one Cholesky factorisation."
            Steps =
                [
                    step
                        "Kernels of all pairs of n positions, layer by layer, once"
                        [ squared n; squared p ]
                        (pairs * examples * examples)
                    step
                        "K_R, or the traces of the gradient, each time"
                        (if sites = 1.0 then
                             [ squared p ]
                         else
                             [ squared d; squared p ])
                        (sites * sites * examples * examples)
                    step
                        "S by a Cholesky factorisation, its gradient by an inverse, each time"
                        [ cubed p ]
                        (examples ** 3.0)
                    predictionStep size
                ]
            Bytes =
                KernelSum.BytesWithCopy(network.ReadoutSites, size.Examples)
                + 8.0 * (3.0 * examples * examples + examples * test)
        }
