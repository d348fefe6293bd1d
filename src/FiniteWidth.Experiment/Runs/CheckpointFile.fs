namespace FiniteWidth.Experiment

open System
open System.IO
open System.Security.Cryptography
open System.Text
open FiniteWidth

/// A run on disk: what it was asked for, then each chain's state and records, then the SHA-256 of all that.
[<RequireQualifiedAccess>]
module internal CheckpointFile =

    let private magic = "FiniteWidth run 2\n"B

    /// What a run must share with its checkpoint for the future to be the same.
    type Identity =
        {
            Sampler: string
            Dimension: int
            Seed: uint64
            Chains: int
            WarmUp: int
            StepsPerDraw: int
            Traced: string list
            Streamed: string list
        }

    let private differences (mine: Identity) (stored: Identity) =
        [
            if mine.Sampler <> stored.Sampler then
                "sampler", stored.Sampler, mine.Sampler
            if mine.Dimension <> stored.Dimension then
                "number of coordinates", string stored.Dimension, string mine.Dimension
            if mine.Seed <> stored.Seed then
                "seed", string stored.Seed, string mine.Seed
            if mine.Chains <> stored.Chains then
                "number of chains", string stored.Chains, string mine.Chains
            if mine.WarmUp <> stored.WarmUp then
                "warm-up", string stored.WarmUp, string mine.WarmUp
            if mine.StepsPerDraw <> stored.StepsPerDraw then
                "number of transitions a draw", string stored.StepsPerDraw, string mine.StepsPerDraw
            if mine.Traced <> stored.Traced || mine.Streamed <> stored.Streamed then
                let count identity =
                    $"{identity.Traced.Length} traced and {identity.Streamed.Length} streamed"

                "observables", count stored, count mine
        ]

    let private writeNames (writer: BinaryWriter) (names: string list) =
        writer.Write names.Length
        names |> List.iter writer.Write

    let private readNames (reader: BinaryReader) =
        let count = reader.ReadInt32()
        List.init count (fun _ -> reader.ReadString())

    let private writeIdentity (writer: BinaryWriter) identity =
        writer.Write identity.Sampler
        writer.Write identity.Dimension
        writer.Write identity.Seed
        writer.Write identity.Chains
        writer.Write identity.WarmUp
        writer.Write identity.StepsPerDraw
        writeNames writer identity.Traced
        writeNames writer identity.Streamed

    let private readIdentity (reader: BinaryReader) =
        // Fields are read in the order in which they are written here.
        let sampler = reader.ReadString()
        let dimension = reader.ReadInt32()
        let seed = reader.ReadUInt64()
        let chains = reader.ReadInt32()
        let warmUp = reader.ReadInt32()
        let stepsPerDraw = reader.ReadInt32()
        let traced = readNames reader
        let streamed = readNames reader

        {
            Sampler = sampler
            Dimension = dimension
            Seed = seed
            Chains = chains
            WarmUp = warmUp
            StepsPerDraw = stepsPerDraw
            Traced = traced
            Streamed = streamed
        }

    let private writeRecorder (writer: BinaryWriter) (recorder: Recorder) =
        for trace in recorder.Traces do
            writer.Write trace.Count
            ChainFormat.writeFloats writer (trace.ToArray())

        let moments = recorder.Moments
        writer.Write moments.Count
        writer.Write moments.Filled
        writer.Write moments.BatchLength
        writer.Write moments.PendingCount
        ChainFormat.writeFloats writer moments.Mean
        ChainFormat.writeFloats writer moments.Squares
        ChainFormat.writeFloats writer moments.Pending

        for b in 0 .. moments.Filled - 1 do
            ChainFormat.writeFloats writer moments.Batches[b]

    // Contents that no run writes, under a checksum that fits them.
    exception private Forged

    let private require condition =
        if not condition then
            raise Forged

    // What is left to read bounds every length, before anything is made of that length.
    let private readRecorder (reader: BinaryReader) draws (recorder: Recorder) =
        for trace in recorder.Traces do
            require (reader.ReadInt32() = draws)
            require (int64 draws * 8L <= reader.BaseStream.Length - reader.BaseStream.Position)
            let values: float[] = Array.zeroCreate draws
            ChainFormat.readFloats reader values
            trace.AddRange values

        let moments = recorder.Moments
        moments.Count <- reader.ReadInt64()
        moments.Filled <- reader.ReadInt32()
        moments.BatchLength <- reader.ReadInt64()
        moments.PendingCount <- reader.ReadInt64()
        require (moments.Count = (if moments.Quantities > 0 then int64 draws else 0L))
        require (moments.Filled >= 0 && moments.Filled < moments.Batches.Length)
        require (moments.BatchLength >= 1L && moments.BatchLength <= max 1L moments.Count)
        require (moments.PendingCount >= 0L && moments.PendingCount < moments.BatchLength)
        require (int64 moments.Filled * moments.BatchLength + moments.PendingCount = moments.Count)
        ChainFormat.readFloats reader moments.Mean
        ChainFormat.readFloats reader moments.Squares
        ChainFormat.readFloats reader moments.Pending

        for b in 0 .. moments.Filled - 1 do
            ChainFormat.readFloats reader moments.Batches[b]

    /// Writes a run, in one step that either happens or does not.
    let write path identity (elapsed: TimeSpan) (chains: (ChainState * Recorder)[]) =
        AtomicFile.write path (fun file ->
            use hash = SHA256.Create()

            do
                use through = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen = true)
                use buffered = new BufferedStream(through, 1 <<< 16)
                use writer = new BinaryWriter(buffered, UTF8Encoding false)
                writer.Write magic
                writeIdentity writer identity
                writer.Write elapsed.Ticks

                for state, recorder in chains do
                    ChainFormat.write writer state
                    writeRecorder writer recorder

            file.Write(ReadOnlySpan(nonNull hash.Hash)))

    // The digest of all but the last bytes of a file, and those.
    let private digests (file: Stream) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        let size = SHA256.HashSizeInBytes
        let buffer: byte[] = Array.zeroCreate (1 <<< 16)

        let rec follow (left: int64) =
            if left > 0L then
                let count = file.Read(buffer, 0, int (min left (int64 buffer.Length)))
                hash.AppendData(buffer, 0, count)
                follow (left - int64 count)

        follow (file.Length - int64 size)
        let stored: byte[] = Array.zeroCreate size
        file.ReadExactly(Span stored)
        hash.GetHashAndReset(), stored

    let private readState (reader: BinaryReader) (identity: Identity) chain =
        match ChainFormat.read reader with
        | state when
            state.Seed = identity.Seed
            && state.Chain = int64 chain
            && state.WarmUp = identity.WarmUp
            && state.Position.Length = identity.Dimension
            ->
            require (state.Iteration >= 0L && Double.IsFinite state.LogLikelihood)
            require (Double.IsFinite state.Step && state.Step > 0.0)
            require (Array.forall Double.IsFinite state.Position)
            require (state.Scale |> Array.forall (fun s -> Double.IsFinite s && s > 0.0))
            let tally = state.Tally
            let isShare count = count >= 0L && count <= tally.Count
            require (tally.Count = max 0L (state.Iteration - int64 identity.WarmUp))

            require (
                isShare tally.Divergences
                && isShare tally.Truncated
                && isShare tally.EnergyCount
            )

            require (
                tally.AcceptanceSum >= 0.0
                && tally.AcceptanceSum <= 1.000001 * float tally.Count
            )

            require (tally.Evaluations >= 0L)
            state
        | _ -> raise Forged

    let private readRun (reader: BinaryReader) identity (recorders: Recorder[]) =
        let elapsed = TimeSpan(reader.ReadInt64())
        require (elapsed >= TimeSpan.Zero && elapsed < TimeSpan.FromDays 36500.0)

        let states =
            recorders
            |> Array.mapi (fun chain recorder ->
                let state = readState reader identity chain

                let draws =
                    max 0L (state.Iteration - int64 identity.WarmUp) / int64 identity.StepsPerDraw

                require (draws <= int64 Array.MaxLength)
                readRecorder reader (int draws) recorder
                state)

        require (states |> Array.forall (fun state -> state.Iteration = states[0].Iteration))
        require (reader.BaseStream.Position = reader.BaseStream.Length - int64 SHA256.HashSizeInBytes)
        elapsed, states

    let private attempt path identity wanted (recorders: Recorder[]) =
        let bad what = Error(BadFile(path, what))
        use file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read)

        if file.Length < int64 (magic.Length + SHA256.HashSizeInBytes) then
            bad "The checkpoint is cut short: start the run anew."
        else
            let actual, stored = digests file

            if actual <> stored then
                bad
                    "The checkpoint is damaged or cut short, its contents do not match its checksum: start the run anew."
            else
                file.Position <- 0L

                use reader =
                    new BinaryReader(new BufferedStream(file, 1 <<< 16), UTF8Encoding false)

                if reader.ReadBytes magic.Length <> magic then
                    bad "This is not a checkpoint that this version can read: start the run anew."
                else
                    match differences identity (readIdentity reader) with
                    | (what, theirs, mine) :: _ ->
                        bad
                            $"The checkpoint's {what} is {theirs} and this run's {mine}: give what the run was started with, or start anew."
                    | [] ->
                        let elapsed, states = readRun reader identity recorders

                        let stored =
                            (states[0].Iteration - int64 identity.WarmUp) / int64 identity.StepsPerDraw

                        if stored > int64 wanted then
                            bad
                                $"The checkpoint holds {stored} draws a chain and {wanted} are asked for: ask for at least as many, or start anew without it."
                        else
                            Ok(elapsed, states)

    /// Reads a run of at most the wanted number of draws into fresh recorders: the time it has taken and its states.
    let read path identity wanted recorders =
        try
            attempt path identity wanted recorders
        with
        | Forged
        | :? EndOfStreamException
        | :? ArgumentException
        | :? OverflowException
        | :? FormatException -> Error(BadFile(path, "The checkpoint holds what no run writes: start the run anew."))
        | :? FileNotFoundException
        | :? DirectoryNotFoundException -> Error(BadFile(path, "There is no checkpoint here: start the run anew."))
        | :? UnauthorizedAccessException
        | :? IOException as error ->
            Error(BadFile(path, $"The checkpoint cannot be read ({error.Message.TrimEnd '.'})."))
