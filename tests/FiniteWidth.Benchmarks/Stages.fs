namespace FiniteWidth.Benchmarks

open System
open System.Diagnostics
open System.Threading
open FiniteWidth
open FiniteWidth.Experiment
open FiniteWidth.Numerics
open FiniteWidth.Numerics.Krylov

/// What the theories and samplers spend their time on, by the number of threads: every number in a process of its own, told so as users
/// tell it.
[<RequireQualifiedAccess>]
module Stages =

    type private Stage =
        {
            Name: string
            /// P.
            Examples: int
            /// Prepares, and returns the part that is timed.
            Prepare: DataSet -> unit -> unit
        }

    let private examples (count: int) =
        let x = Matrix.Zeros(nativeint count, 784n)
        (RandomStream.FromSeed 1UL).Normal x
        let sign i = if x[i, 0n] > 0.0 then 1.0 else -1.0
        DataSet.create x (Matrix.Create(x.Rows, 1n, fun i _ -> sign i)) |> Result.orFail

    let private program =
        let builder = PairProgram.Builder()
        builder.Build(builder.Map(DualMaps.Erf, builder.Gram()))

    let private fill (x: Matrix) (k: Matrix) =
        program.Symmetric(LinearAlgebra.Default, ReadOnlySpan.Empty, x, 1.0 / float x.Columns, k)

    let private kernel (data: DataSet) =
        let k = Matrix.Uninitialized(data.Inputs.Rows, data.Inputs.Rows)
        fun () -> fill data.Inputs k

    let private decomposition (data: DataSet) =
        let k = Matrix.Uninitialized(data.Inputs.Rows, data.Inputs.Rows)
        fill data.Inputs k

        fun () ->
            use copy = k.Clone()
            LinearAlgebra.Default.Tridiagonalize copy |> ignore

    let private deep = Network.dense Activation.erf [ 500; 500; 500 ]

    let private solve network data =
        Posterior.solve Theory.proportional network 0.01 (Study data) |> Result.orFail

    let private saddle data =
        let posterior = solve deep data
        let q = posterior.OrderParameters
        let mutable shift = 1.0

        fun () ->
            // A point of its own each time: what is known of the last one is kept.
            shift <- shift * 1.0001
            posterior.EffectiveAction.Gradient(Array.map ((*) shift) q) |> ignore

    let private predictions data =
        let posterior = solve deep data
        let points = (examples 500).Inputs
        fun () -> Posterior.predict points posterior |> ignore

    let private convolution data =
        let image: ImageShape =
            {
                Height = 28
                Width = 28
                Channels = 1
            }

        let network =
            ConvolutionalNetwork.Create(Activation.erf, 100, image, 7, 7, Pooling.None)

        fun () ->
            Convolution.solve network 0.01 (ConvolutionStudy data)
            |> Result.orFail
            |> ignore

    let private products (data: DataSet) =
        let x = data.Inputs
        let scale = 1.0 / float x.Columns

        let kernel =
            TiledKernel.Create(program, ReadOnlySpan.Empty, x, scale, null, null, CancellationToken.None)

        let block = Matrix.Zeros(64n, x.Rows)
        (RandomStream.FromSeed 2UL).Normal block
        let image = Matrix.Uninitialized(64n, x.Rows)
        fun () -> kernel.Multiply(block, image, CancellationToken.None)

    // One chain, whose steps may take all threads.
    let private trajectory data =
        let options =
            { NetworkPosterior.defaults with
                Threads = Hardware.ProcessorCount
            }

        let posterior =
            NetworkPosterior.create
                options
                (Architecture.FullyConnected(Network.dense Activation.erf [ 500 ]))
                0.01
                data
            |> Result.orFail

        let rates =
            NetworkPosterior.langevinRates posterior |> Array.map (fun rate -> 1e-3 * rate)

        let chain =
            Chain.start (Sampler.langevin rates) (FullTarget.create posterior ()) 1UL 0L 0
            |> Result.orFail
            |> Chain.onThreads options.Threads

        fun () -> chain.Advance 20

    let private sweeps data =
        let test = examples 50
        let network = Network.dense Activation.erf [ 100 ]

        let settings =
            { CavitySettings.standard data with
                Sweeps = CavitySettings.fewestSweeps
                Seconds = 1e-3
                Threads = Hardware.ProcessorCount
            }

        fun () ->
            CavityTheory.solveWith settings None CancellationToken.None ignore network 0.01 test (Study data)
            |> Result.orFail
            |> ignore

    let private all size =
        let stage name share prepare =
            {
                Name = name
                Examples = max 20 (int (share * float size))
                Prepare = prepare
            }

        [
            stage "kernel, erf" 1.0 kernel
            stage "decomposition, one scalar" 1.0 decomposition
            stage "gradient of the action, L = 3" 0.5 saddle
            stage "predictions, L = 3, 500 points" 0.5 predictions
            stage "convolution, 16 patches" 0.1 convolution
            stage "product of the iterative solver" 2.0 products
            stage "sampler, 20 gradients, N = 500" 0.5 trajectory
            stage "cavity theory, 32 sweeps" 0.1 sweeps
        ]

    // The least of some rounds: other work on the machine only adds.
    let private seconds run =
        let rounds = 5
        run ()
        run ()

        Seq.init rounds (fun _ ->
            let clock = Stopwatch.StartNew()
            run ()
            clock.Elapsed.TotalSeconds)
        |> Seq.min

    /// Times every stage in this process and prints it.
    let print size =
        for stage in all size do
            printfn $"{stage.Name}\t{seconds (stage.Prepare(examples stage.Examples))}"

    // 1, 2, 4, ... and all.
    let private counts =
        Seq.initInfinite (fun i -> 1 <<< i)
        |> Seq.takeWhile (fun n -> n < Hardware.ProcessorCount)
        |> List.ofSeq
        |> fun some -> some @ [ Hardware.ProcessorCount ]

    let private environment (threads: int) =
        [
            for name in [ "DOTNET_PROCESSOR_COUNT"; "OPENBLAS_NUM_THREADS"; "MKL_NUM_THREADS" ] do
                name, string threads
        ]

    /// A row a stage, seconds by the number of threads and how many times as fast the most are as one.
    let table size =
        let measured =
            counts
            |> List.map (fun threads ->
                eprintfn $"{threads} threads ..."

                match Child.numbers [] (environment threads) [ "--stages"; string size ] with
                | Ok times -> times
                | Error complaint -> failwith complaint)

        let header =
            [
                yield! [ "stage"; "P" ]
                for threads in counts do
                    $"""{threads} thread{if threads = 1 then "" else "s"}, s"""
                "speedup"
            ]

        let rows =
            all size
            |> List.mapi (fun i stage ->
                let times = measured |> List.map (List.item i >> snd)

                [
                    stage.Name
                    string stage.Examples
                    yield! List.map (Table.number "G3") times
                    Table.number "F2" (List.head times / List.last times)
                ])

        Table.aligned (header :: rows)
