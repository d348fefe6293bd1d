namespace FiniteWidth.Distributed;

/// <summary>One axis of a block-cyclic layout: <paramref name="Count"/> items, dealt in blocks to processes in turn.</summary>
/// <param name="Count">The number of items.</param>
/// <param name="Block">The length of a block; the last one may be shorter.</param>
/// <param name="Processes">The number of processes.</param>
/// <param name="Me">The one whose items are local here, from 0.</param>
internal readonly record struct BlockCyclicAxis(int Count, int Block, int Processes, int Me)
{
    /// <summary>The number of local items.</summary>
    public int LocalCount => LocalBefore(Count);

    /// <summary>The place among all of a local item.</summary>
    public int ToGlobal(int local) => (((local / Block * Processes) + Me) * Block) + (local % Block);

    /// <summary>How many local items have a place below <paramref name="global"/>: they are the first ones.</summary>
    public int LocalBefore(int global)
    {
        var blocks = global / Block;
        var (rounds, next) = (blocks / Processes, blocks % Processes);
        return (rounds * Block) + (next > Me ? Block : next == Me ? global % Block : 0);
    }

    /// <summary>The local item at a place, or -1 where it is another process's.</summary>
    public int ToLocal(int global) => global / Block % Processes == Me ? LocalBefore(global) : -1;
}
