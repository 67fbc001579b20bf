using SsMfar.Distributed;

namespace SsMfar.Tests;

/// <summary>A process knows its place from its launcher's variables, and from nothing else.</summary>
public sealed class LaunchedRankTests
{
    public static TheoryData<string, string, LaunchedRank?> Launchers => new()
    {
        { "MPICH", "PMI_RANK=3 PMI_SIZE=4 MPI_LOCALRANKID=1", new(3, 4, 1, false) },
        { "srun with PMI", "PMI_RANK=1 PMI_SIZE=2 SLURM_LOCALID=0", new(1, 2, 0, false) },
        { "srun with PMI on two machines", "PMI_RANK=5 PMI_SIZE=8 SLURM_LOCALID=1", new(5, 8, 1, false) },
        { "Open MPI", "OMPI_COMM_WORLD_RANK=5 OMPI_COMM_WORLD_SIZE=8 OMPI_COMM_WORLD_LOCAL_RANK=1 PMIX_RANK=5", new(5, 8, 1, true) },
        { "srun with PMIx", "PMIX_RANK=2 SLURM_NTASKS=4 SLURM_LOCALID=2", new(2, 4, 2, true) },
        { "nobody", "HOME=/root SLURM_NTASKS=4", null },
        { "half", "PMI_RANK=1", null },
        { "beyond", "PMI_RANK=4 PMI_SIZE=4", null },
    };

    [Theory]
    [MemberData(nameof(Launchers))]
    public void The_place_is_what_the_launcher_says(string launcher, string variables, LaunchedRank? place)
    {
        _ = launcher;
        Dictionary<string, string> environment = variables.Split(' ').Select(entry => entry.Split('=')).ToDictionary(
            entry => entry[0], entry => entry[1]);

        LaunchedRank.Detect(name => environment.GetValueOrDefault(name)).Should().Be(place);
    }
}
