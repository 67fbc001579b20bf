using System.Runtime.InteropServices;

namespace SsMfar.Distributed;

/// <summary>
/// The few functions of an MPI library that are used, by whichever of the two binary interfaces it has. In MPICH's
/// a handle is a number of 32 bits known beforehand, in Open MPI's the address of a variable of the library; on
/// processors of 64 bits either goes as a native integer.
/// </summary>
internal sealed unsafe class MpiLibrary
{
    private const string Chosen = "SSMFAR_MPI_LIBRARY";

    private static readonly string[] OfMpich =
        ["libmpich.so.12", "libmpi.so.12", "libmpi_cray.so.12", "libmpich.so", "libmpi.12.dylib", "msmpi.dll"];

    private static readonly string[] OfOpenMpi = ["libmpi.so.40", "libmpi.40.dylib"];

    private MpiLibrary(nint library, string name)
    {
        Name = name;
        IsOpenMpi = NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out nint world);
        World = IsOpenMpi ? world : 0x44000000;
        Float = Handle("ompi_mpi_float", 0x4c00040a);
        Double = Handle("ompi_mpi_double", 0x4c00080b);
        Int64 = Handle("ompi_mpi_int64_t", 0x4c00083a);
        Byte = Handle("ompi_mpi_byte", 0x4c00010d);
        Sum = Handle("ompi_mpi_op_sum", 0x58000003);
        InPlace = IsOpenMpi ? 1 : -1;
        IgnoredStatus = IsOpenMpi ? 0 : 1;
        Initialized = (delegate* unmanaged[Cdecl]<int*, int>)Function("MPI_Initialized");
        InitThread = (delegate* unmanaged[Cdecl]<nint, nint, int, int*, int>)Function("MPI_Init_thread");
        Leave = (delegate* unmanaged[Cdecl]<int>)Function("MPI_Finalize");
        Abort = (delegate* unmanaged[Cdecl]<nint, int, int>)Function("MPI_Abort");
        CommRank = (delegate* unmanaged[Cdecl]<nint, int*, int>)Function("MPI_Comm_rank");
        CommSize = (delegate* unmanaged[Cdecl]<nint, int*, int>)Function("MPI_Comm_size");
        AllReduce = (delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int>)Function("MPI_Iallreduce");
        AllGather = (delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint, nint*, int>)Function("MPI_Iallgather");
        Broadcast = (delegate* unmanaged[Cdecl]<nint, int, nint, int, nint, nint*, int>)Function("MPI_Ibcast");
        AllToAll = (delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint, nint*, int>)Function("MPI_Ialltoall");
        Barrier = (delegate* unmanaged[Cdecl]<nint, nint*, int>)Function("MPI_Ibarrier");
        Duplicate = (delegate* unmanaged[Cdecl]<nint, nint*, nint*, int>)Function("MPI_Comm_idup");
        Test = (delegate* unmanaged[Cdecl]<nint*, int*, nint, int>)Function("MPI_Test");

        nint Handle(string variable, nint number) => IsOpenMpi ? NativeLibrary.GetExport(library, variable) : number;

        void* Function(string function) => (void*)NativeLibrary.GetExport(library, function);
    }

    public string Name { get; }

    public bool IsOpenMpi { get; }

    public nint World { get; }

    public nint Float { get; }

    public nint Double { get; }

    public nint Int64 { get; }

    public nint Byte { get; }

    public nint Sum { get; }

    public nint InPlace { get; }

    public nint IgnoredStatus { get; }

    public delegate* unmanaged[Cdecl]<int*, int> Initialized { get; }

    public delegate* unmanaged[Cdecl]<nint, nint, int, int*, int> InitThread { get; }

    public delegate* unmanaged[Cdecl]<int> Leave { get; }

    public delegate* unmanaged[Cdecl]<nint, int, int> Abort { get; }

    public delegate* unmanaged[Cdecl]<nint, int*, int> CommRank { get; }

    public delegate* unmanaged[Cdecl]<nint, int*, int> CommSize { get; }

    public delegate* unmanaged[Cdecl]<nint, nint, int, nint, nint, nint, nint*, int> AllReduce { get; }

    public delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint, nint*, int> AllGather { get; }

    public delegate* unmanaged[Cdecl]<nint, int, nint, int, nint, nint*, int> Broadcast { get; }

    public delegate* unmanaged[Cdecl]<nint, int, nint, nint, int, nint, nint, nint*, int> AllToAll { get; }

    public delegate* unmanaged[Cdecl]<nint, nint*, int> Barrier { get; }

    public delegate* unmanaged[Cdecl]<nint, nint*, nint*, int> Duplicate { get; }

    public delegate* unmanaged[Cdecl]<nint*, int*, nint, int> Test { get; }

    /// <summary>Loads the library that goes with a launcher.</summary>
    /// <param name="prefersOpenMpi">Whether Open MPI's is looked for first.</param>
    /// <exception cref="ProcessGroupException">There is none, or the one that was named is another library.</exception>
    public static MpiLibrary Load(bool prefersOpenMpi)
    {
        string? chosen = Environment.GetEnvironmentVariable(Chosen);
        string[] names = !string.IsNullOrEmpty(chosen) ? [chosen]
            : prefersOpenMpi ? [.. OfOpenMpi, .. OfMpich]
            : [.. OfMpich, .. OfOpenMpi];
        string? missing = null;
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint library))
            {
                continue;
            }

            try
            {
                return new(library, name);
            }
            catch (EntryPointNotFoundException lacking)
            {
                // Another library of such a name, or one of before MPI 3: nothing of it was called.
                missing = lacking.Message;
                NativeLibrary.Free(library);
            }
        }

        throw new ProcessGroupException(
            string.IsNullOrEmpty(chosen) ? "There is no MPI library on this machine."
            : missing is null ? $"{Chosen} is '{chosen}', and no library of that name can be loaded."
            : $"{Chosen} is '{chosen}', which is no library of MPI 3: {missing.TrimEnd('.')}.",
            "Install MPICH (Debian, Ubuntu: apt-get install mpich) or Open MPI (apt-get install openmpi-bin), or give its library in " +
                $"{Chosen}.")
        {
            IsStart = true,
        };
    }
}
