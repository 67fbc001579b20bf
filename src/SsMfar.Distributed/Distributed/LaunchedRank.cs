using System.Globalization;

namespace SsMfar.Distributed;

/// <summary>What a launcher (<c>mpirun</c>, <c>mpiexec</c>, <c>srun</c>) told this process of its place among the others.</summary>
/// <param name="Rank">Which of the processes this is, from 0.</param>
/// <param name="Size">How many there are.</param>
/// <param name="LocalRank">Which of those on this machine, from 0: a process chooses its GPU by it. Untold, it is the rank.</param>
/// <param name="IsOpenMpi">Whether it was Open MPI's launcher, or another that speaks to its library.</param>
public sealed record LaunchedRank(int Rank, int Size, int LocalRank, bool IsOpenMpi)
{
    /// <summary>Reads the environment.</summary>
    /// <returns>The place, or null where this process was started by no such launcher.</returns>
    public static LaunchedRank? Detect() => Detect(Environment.GetEnvironmentVariable);

    internal static LaunchedRank? Detect(Func<string, string?> variable)
    {
        if (Number("OMPI_COMM_WORLD_RANK") is { } open && Number("OMPI_COMM_WORLD_SIZE") is { } ofOpen)
        {
            return Of(open, ofOpen, "OMPI_COMM_WORLD_LOCAL_RANK", isOpenMpi: true);
        }

        if (Number("PMI_RANK") is { } rank && Number("PMI_SIZE") is { } size)
        {
            return Of(rank, size, "MPI_LOCALRANKID", isOpenMpi: false);
        }

        // Slurm with --mpi=pmix, which Open MPI takes.
        return Number("PMIX_RANK") is { } exchanged && Number("SLURM_NTASKS") is { } tasks
            ? Of(exchanged, tasks, "SLURM_LOCALID", isOpenMpi: true)
            : null;

        int? Number(string name) =>
            int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

        // Slurm's own launcher tells what is on a machine by its own variables, whatever it speaks to the library.
        LaunchedRank? Of(int rank, int size, string localRank, bool isOpenMpi) => rank < size
            ? new(rank, size, Number(localRank) ?? Number("SLURM_LOCALID") ?? rank, isOpenMpi)
            : null;
    }
}
