namespace FiniteWidth.Cli

open System
open System.Text.Json
open FiniteWidth

/// Jobs as they were understood: every key given, in the form in which a job has it.
[<RequireQualifiedAccess>]
module JobWriter =

    let private numbers (writer: Utf8JsonWriter) (key: string) (values: float list) =
        writer.WriteStartArray key

        for value in values do
            if Double.IsFinite value then
                writer.WriteNumberValue value
            else
                writer.WriteNullValue()

        writer.WriteEndArray()

    let private integers (writer: Utf8JsonWriter) (key: string) (values: int list) =
        writer.WriteStartArray key
        values |> List.iter writer.WriteNumberValue
        writer.WriteEndArray()

    let private start (writer: Utf8JsonWriter) (kind: string) activation =
        writer.WriteString("kind", kind)
        writer.WritePropertyName "activation"
        ActivationJson.write writer activation

    let private poolingName pooling =
        match pooling with
        | Pooling.None -> "none"
        | Pooling.Average -> "average"

    // With a scaling the readout's prior, the last, is not said.
    let private fields (writer: Utf8JsonWriter) isScaled network =
        let priors (values: float list) =
            numbers
                writer
                "priors"
                (if isScaled then
                     List.take (values.Length - 1) values
                 else
                     values)

        match network with
        | JobNetwork.Dense network ->
            let kind =
                match network.Wiring with
                | Wiring.Sequential -> "dense"
                | Wiring.Residual -> "residual"

            start writer kind network.Activation
            integers writer "widths" network.Widths
            priors network.Priors
            numbers writer "biases" (network.Biases |> List.map (Option.defaultValue nan))
        | JobNetwork.Convolutional network ->
            start writer "convolution" network.Activation
            integers writer "widths" [ network.Channels ]
            priors [ network.FilterPrior; network.ReadoutPrior ]
            writer.WriteNumber("patch", network.Patch)
            writer.WriteNumber("stride", network.Stride)
            writer.WriteNumber("channels", network.Image.Channels)
            integers writer "image" [ network.Image.Height; network.Image.Width ]
            writer.WriteString("pooling", poolingName network.Pooling)
        | JobNetwork.Image network ->
            start writer "convolution" network.Activation
            writer.WriteStartArray "layers"

            for layer in network.Layers do
                let struct (rows, columns) = layer.Patch
                let struct (down, across) = layer.Stride
                writer.WriteStartObject()
                writer.WriteNumber("channels", layer.Channels)
                integers writer "patch" [ rows; columns ]
                integers writer "stride" [ down; across ]

                match layer.Padding with
                | Padding.Valid -> writer.WriteString("padding", "valid")
                | Padding.Same -> writer.WriteString("padding", "same")
                | Padding.Zeros zeros -> writer.WriteNumber("padding", zeros)

                writer.WriteEndObject()

            writer.WriteEndArray()
            integers writer "image" [ network.Image.Height; network.Image.Width ]
            writer.WriteNumber("channels", network.Image.Channels)
            writer.WriteString("pooling", poolingName network.Pooling)
            integers writer "widths" network.DenseWidths
            priors network.Priors
            numbers writer "biases" (network.Biases |> List.map (Option.defaultValue nan))
        | JobNetwork.Transfer(networks, _) ->
            start writer "transfer" networks.Network.Activation
            integers writer "widths" networks.Network.Widths
            priors networks.Network.Priors
            writer.WriteNumber("gamma", networks.Coupling)

    let private sweep (writer: Utf8JsonWriter) (sweep: Sweep) =
        let lists =
            [
                "prior", sweep.ReadoutPriors
                "temperature", sweep.Temperatures
                "beta", sweep.Betas
                "gamma", sweep.Couplings
                "time", sweep.Times
                "load", sweep.Loads
            ]
            |> List.filter (fun (_, values) -> not values.IsEmpty)

        let counts =
            [ "width", sweep.Widths; "examples", sweep.Examples ]
            |> List.filter (fun (_, values) -> not values.IsEmpty)

        if not (lists.IsEmpty && counts.IsEmpty) then
            writer.WriteStartObject "sweep"

            for key, values in counts do
                integers writer key values

            for key, values in lists do
                numbers writer key values

            writer.WriteEndObject()

    /// The job as an object, with what `more` writes at its end.
    let write more (job: Job) (writer: Utf8JsonWriter) =
        writer.WriteStartObject()
        writer.WritePropertyName "data"

        match job.Network with
        | JobNetwork.Transfer(_, second) ->
            writer.WriteStartArray()
            SourceWriter.write writer job.Source
            SourceWriter.write writer second
            writer.WriteEndArray()
        | _ -> SourceWriter.write writer job.Source

        writer.WriteStartObject "network"
        fields writer job.Scaling.IsSome job.Network
        writer.WriteEndObject()

        let temperature () =
            match job.Scaling with
            | None -> writer.WriteNumber("temperature", job.Temperature)
            | Some scaling ->
                writer.WriteStartObject "scaling"
                writer.WriteNumber("gamma", scaling.Gamma)
                writer.WriteNumber("beta", scaling.Beta)
                writer.WriteEndObject()

        match job.Likelihood with
        | Some(LikelihoodAsked.Softmax beta) ->
            writer.WriteStartObject "likelihood"
            writer.WriteString("kind", "softmax")
            writer.WriteNumber("beta", beta)
            writer.WriteEndObject()
        | Some LikelihoodAsked.Gaussian ->
            temperature ()
            writer.WriteStartObject "likelihood"
            writer.WriteString("kind", "gaussian")
            writer.WriteEndObject()
        | None -> temperature ()

        writer.WriteString("theory", job.Theory)

        match job.Treatment with
        | Treatment.GradientFlow when Double.IsFinite job.Time -> writer.WriteNumber("time", job.Time)
        | Treatment.GradientFlow -> writer.WriteNull "time"
        | Treatment.Auto -> AutoJson.write writer job.Auto
        | Treatment.Cavity -> CavityJson.write writer job.Cavity
        | _ -> ()

        sweep writer job.Sweep

        match job.Treatment, job.FirstOrder with
        | _, FirstOrder.LeftOut -> writer.WriteBoolean("expansion", false)
        | (Treatment.SaddlePoint _ | Treatment.ScaleMixture | Treatment.StudentT), FirstOrder.Computed seed when
            seed <> 1UL
            ->
            writer.WriteStartObject "expansion"
            writer.WriteNumber("seed", seed)
            writer.WriteEndObject()
        | _ -> ()

        match job.CrossValidation with
        | Some folds ->
            writer.WriteStartObject "crossValidation"
            writer.WriteNumber("folds", folds.Count)
            writer.WriteNumber("seed", folds.Seed)
            writer.WriteEndObject()
        | None -> ()

        SolverJson.write writer job.Solver
        more writer
        writer.WriteEndObject()

    /// The job as a file has it.
    let text job = JsonText.create (write ignore job)

    /// The seeds of a job's examples.
    let seeds (job: Job) =
        let named name source =
            Source.seed source |> Option.map (fun seed -> name, seed) |> Option.toList

        match job.Network with
        | JobNetwork.Transfer(_, second) -> named "data" job.Source @ named "data[1]" second
        | _ -> named "data" job.Source

    /// The same with those of the chains behind certified answers, of the cavity theory's units and of the folds of a cross-validation.
    let allSeeds (job: Job) =
        let folds =
            job.CrossValidation
            |> Option.map (fun folds -> "crossValidation", folds.Seed)
            |> Option.toList

        match job.Treatment with
        | Treatment.Auto -> seeds job @ [ "sampling", job.Auto.Seed ]
        | Treatment.Cavity -> seeds job @ [ "cavity", job.Cavity.Seed ]
        | _ -> seeds job @ folds
