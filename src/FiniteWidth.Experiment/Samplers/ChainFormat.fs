namespace FiniteWidth.Experiment

open System
open System.IO
open System.Runtime.InteropServices

/// States of chains as bytes: little-endian, every number to the bit.
[<RequireQualifiedAccess>]
module ChainFormat =

    let internal writeFloats (writer: BinaryWriter) (values: float[]) =
        writer.Write(MemoryMarshal.AsBytes(ReadOnlySpan values))

    let internal readFloats (reader: BinaryReader) (values: float[]) =
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(Span values))

    let private writeTally (writer: BinaryWriter) (tally: Tally) =
        writer.Write tally.Count
        writer.Write tally.AcceptanceSum
        writer.Write tally.Divergences
        writer.Write tally.Evaluations
        writer.Write tally.Truncated
        writer.Write tally.EnergyCount
        writer.Write tally.EnergyMean
        writer.Write tally.EnergySquares
        writer.Write tally.EnergyJumps
        writer.Write tally.LastEnergy

    let private readTally (reader: BinaryReader) (tally: Tally) =
        tally.Count <- reader.ReadInt64()
        tally.AcceptanceSum <- reader.ReadDouble()
        tally.Divergences <- reader.ReadInt64()
        tally.Evaluations <- reader.ReadInt64()
        tally.Truncated <- reader.ReadInt64()
        tally.EnergyCount <- reader.ReadInt64()
        tally.EnergyMean <- reader.ReadDouble()
        tally.EnergySquares <- reader.ReadDouble()
        tally.EnergyJumps <- reader.ReadDouble()
        tally.LastEnergy <- reader.ReadDouble()

    /// Writes a state.
    let write (writer: BinaryWriter) (state: ChainState) =
        writer.Write state.Seed
        writer.Write state.Chain
        writer.Write state.WarmUp
        writer.Write state.Position.Length
        writer.Write state.Scale.Length
        writer.Write state.Iteration
        writer.Write state.LogLikelihood
        writer.Write state.Step
        writeFloats writer state.Position
        writeFloats writer state.Gradient
        writeFloats writer state.Scale
        writeTally writer state.Tally
        writer.Write state.StepAdaptation.Count
        writer.Write state.StepAdaptation.Centre
        writer.Write state.StepAdaptation.Shortfall
        writer.Write state.StepAdaptation.LogMean
        writer.Write state.WindowCount
        writeFloats writer state.WindowMean
        writeFloats writer state.WindowSquares

    /// Reads a state; an IOException where the bytes end too early.
    let read (reader: BinaryReader) =
        let seed = reader.ReadUInt64()
        let chain = reader.ReadInt64()
        let warmUp = reader.ReadInt32()
        let dimension = reader.ReadInt32()
        let scales = reader.ReadInt32()

        // Position, gradient and what follows are there to be read, before memory is made for them.
        if int64 dimension * 16L + int64 scales * 24L > reader.BaseStream.Length - reader.BaseStream.Position then
            raise (EndOfStreamException())

        let state = ChainState(seed, chain, warmUp, dimension, scales)
        state.Iteration <- reader.ReadInt64()
        state.LogLikelihood <- reader.ReadDouble()
        state.Step <- reader.ReadDouble()
        readFloats reader state.Position
        readFloats reader state.Gradient
        readFloats reader state.Scale
        readTally reader state.Tally
        state.StepAdaptation.Count <- reader.ReadDouble()
        state.StepAdaptation.Centre <- reader.ReadDouble()
        state.StepAdaptation.Shortfall <- reader.ReadDouble()
        state.StepAdaptation.LogMean <- reader.ReadDouble()
        state.WindowCount <- reader.ReadInt64()
        readFloats reader state.WindowMean
        readFloats reader state.WindowSquares
        state

    /// A state as bytes.
    let toBytes state =
        use stream = new MemoryStream()
        use writer = new BinaryWriter(stream)
        write writer state
        writer.Flush()
        stream.ToArray()

    /// The state that `toBytes` wrote.
    let ofBytes (bytes: byte[]) =
        use stream = new MemoryStream(bytes)
        use reader = new BinaryReader(stream)
        read reader
