using System.Runtime.InteropServices;

namespace FiniteWidth.Distributed;

/// <summary>BLACS, the communication layer of ScaLAPACK, by its C interface.</summary>
internal static unsafe partial class Blacs
{
    private const byte All = (byte)'A';
    private const byte Usual = (byte)' ';
    private const byte RowMajor = (byte)'R';

    /// <summary>This process's number and how many there are; the first call starts MPI.</summary>
    public static (int Rank, int Size) Start()
    {
        int rank, size;
        PInfo(&rank, &size);
        return (rank, size);
    }

    /// <summary>The context of a grid of all processes, numbered along its rows.</summary>
    public static int Grid(int rows, int columns)
    {
        int context;
        Get(-1, 0, &context);
        var order = RowMajor;
        GridInit(&context, &order, rows, columns);
        return context;
    }

    /// <summary>Sums over all processes, to the first one.</summary>
    public static void SumToFirst(int context, double* values, int count)
    {
        byte scope = All, topology = Usual;
        Sum(context, &scope, &topology, count, 1, values, count, 0, 0);
    }

    /// <summary>The values of largest magnitude over all processes, to the first one.</summary>
    public static void LargestToFirst(int context, double* values, int count)
    {
        byte scope = All, topology = Usual;
        Max(context, &scope, &topology, count, 1, values, count, null, null, -1, 0, 0);
    }

    /// <summary>Sends values to all other processes.</summary>
    public static void Send(int context, double* values, int count)
    {
        byte scope = All, topology = Usual;
        BroadcastSend(context, &scope, &topology, count, 1, values, count);
    }

    /// <summary>Receives what the process at a place of the grid sends to all others.</summary>
    public static void Receive(int context, double* values, int count, int row, int column)
    {
        byte scope = All, topology = Usual;
        BroadcastReceive(context, &scope, &topology, count, 1, values, count, row, column);
    }

    /// <summary>Ends MPI.</summary>
    public static void End() => Exit(0);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "Cblacs_pinfo")]
    private static partial void PInfo(int* rank, int* size);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "Cblacs_get")]
    private static partial void Get(int context, int what, int* value);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "Cblacs_gridinit")]
    private static partial void GridInit(int* context, byte* order, int rows, int columns);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "Cblacs_exit")]
    private static partial void Exit(int keepsMpi);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "Cdgsum2d")]
    private static partial void Sum(
        int context, byte* scope, byte* topology, int m, int n, double* a, int lda, int row, int column);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "Cdgamx2d")]
    private static partial void Max(
        int context, byte* scope, byte* topology, int m, int n, double* a, int lda, int* rows, int* columns, int ldia, int row, int column);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "Cdgebs2d")]
    private static partial void BroadcastSend(int context, byte* scope, byte* topology, int m, int n, double* a, int lda);

    [LibraryImport(ScaLapackLibrary.Name, EntryPoint = "Cdgebr2d")]
    private static partial void BroadcastReceive(
        int context, byte* scope, byte* topology, int m, int n, double* a, int lda, int row, int column);
}
