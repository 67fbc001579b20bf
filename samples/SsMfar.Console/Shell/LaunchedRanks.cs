using System.Globalization;
using SsMfar.ConsoleApp.Commands;
using SsMfar.Distributed;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.ConsoleApp.Shell;

/// <summary>
/// This process among those that <c>mpirun</c> started: rank 0 alone is heard, and a failure of any ends all with one line. Without a
/// launcher there is nothing of it.
/// </summary>
internal static class LaunchedRanks
{
    private static readonly TextWriter Error = Console.Error;

    private static MpiProcessGroup? s_group;
    private static NcclProcessGroup? s_between;
    private static TimeSpan? s_wait;

    private static LaunchedRank? Launched => LaunchedRank.Detect();

    /// <summary>Gets the place of this process; null where it works alone.</summary>
    public static LaunchedRank? Place { get; } = Launched is { Size: > 1 } place ? place : null;

    /// <summary>Gets whether this process writes files.</summary>
    public static bool IsFirst => Place is not { Rank: > 0 };

    /// <summary>Keeps all ranks but 0 from standard output and standard error.</summary>
    public static void Hush()
    {
        if (!IsFirst)
        {
            Console.SetOut(TextWriter.Null);
            Console.SetError(TextWriter.Null);
        }
    }

    /// <summary>Joins the others, where there are any.</summary>
    /// <param name="wait">How long this rank waits for another before it ends all; the library's limit when null.</param>
    /// <exception cref="BadInputException">A wait is given, and no launcher started this process.</exception>
    public static void Join(TimeSpan? wait)
    {
        if (wait is not null && Launched is null)
        {
            throw new BadInputException(
                "--rank-wait is about processes that wait for each other, and this one was started by itself: start it with mpirun, or " +
                    "leave it out.");
        }

        if (Place is null)
        {
            return;
        }

        s_wait = wait;
        s_group = MpiProcessGroup.Start(wait, Error.WriteLine, Describe);

        TorchRuntime.Initialize();

        // Else the ranks of a machine would each have as many threads as it has cores. All ranks ask, whatever the environment of each.
        int share = RankProcessors.Share(s_group);
        if (Environment.GetEnvironmentVariable("OMP_NUM_THREADS") is null)
        {
            torch.set_num_threads(share);
        }
    }

    /// <summary>The device of this rank: with several GPUs on a machine each rank has one of them.</summary>
    public static ComputeDevice Device(ComputeDevice chosen)
    {
        if (Place is not { } place || chosen == ComputeDevice.Cpu)
        {
            return chosen;
        }

        TorchRuntime.Initialize();
        return Device(chosen, place.LocalRank, torch.cuda.is_available() ? torch.cuda.device_count() : 0);
    }

    /// <summary>The device of a rank. One that is named by its number stays; where CUDA is demanded in vain, its own error tells.</summary>
    /// <param name="chosen">What was asked for.</param>
    /// <param name="localRank">The rank's place among those of its machine.</param>
    /// <param name="gpus">How many GPUs that has.</param>
    public static ComputeDevice Device(ComputeDevice chosen, int localRank, int gpus) =>
        chosen != ComputeDevice.Auto && chosen != ComputeDevice.Cuda ? chosen
        : gpus > 0 ? ComputeDevice.CudaAt(localRank % gpus)
        : chosen == ComputeDevice.Auto ? ComputeDevice.Cpu
        : chosen;

    /// <summary>
    /// The ranks that were joined, which exchange what is on GPUs by NCCL where each has one of its own; null where there are none.
    /// </summary>
    /// <param name="device">Where this rank trains, the same at each call.</param>
    /// <param name="say">Takes a line on how GPUs exchange, where this rank has one.</param>
    public static IProcessGroup? Over(ComputeDevice device, Action<string> say)
    {
        if (s_between is null && s_group is { } group)
        {
            s_between = NcclProcessGroup.Over(group, device, s_wait);
            if (device.Resolve().type == DeviceType.CUDA)
            {
                say(s_between.Obstacle is { } obstacle
                    ? $"GPUs exchange by way of the host, as NCCL cannot be used ({obstacle})."
                    : $"GPUs exchange by NCCL {s_between.Version}.");
            }
        }

        return s_between;
    }

    /// <summary>Refuses a command that several processes would only do several times.</summary>
    /// <exception cref="BadInputException">Several were started, and the command is another than <c>train</c>.</exception>
    public static void RequireTraining(string command)
    {
        if (Place is { } place && command != TrainCommand.Name)
        {
            throw new BadInputException(string.Create(
                CultureInfo.InvariantCulture,
                $"{place.Size} processes were started, and train alone is spread over them: start {command} by itself, or its parts " +
                    $"with --shard where it has that."));
        }
    }

    /// <summary>Ends the other ranks, where there are any, and this one.</summary>
    /// <param name="exception">Why.</param>
    public static void End(Exception exception) => s_group?.Abort(exception);

    private static RankFailure Describe(Exception exception)
    {
        Failure failure = Failure.Of(exception);
        return new(failure.Line, failure.ExitCode);
    }

    /// <summary>Leaves the group.</summary>
    public static void Leave()
    {
        try
        {
            s_between?.Dispose();
        }
        finally
        {
            s_group?.Dispose();
        }
    }
}
