using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using SsMfar.Benchmarks.Measurement;
using SsMfar.Distributed;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Benchmarks.Workers;

/// <summary>
/// <c>ranks-wire</c>: sums of several sizes between the ranks that <c>mpirun</c> started, each compared with what it must be, through the
/// group and a channel of it at once as well; prints <see cref="WireTime"/>s as a line of JSON. <c>ranks</c> and a test start it.
/// </summary>
internal static class RankWireCommand
{
    public const string Name = "ranks-wire";

    public static Command Create()
    {
        Option<long[]> numbers = new("--numbers")
        {
            Description = "How many numbers are summed at once.",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [1_000, 16_000, 250_000, 2_000_000, 6_250_000, 12_100_000],
        };
        Option<int> turns = KilledWorkersCommand.Number("--turns", "Turns of each size", 15);
        Command command = new(Name, "Sums between ranks, for 'ranks' and mpirun") { numbers, turns };
        command.SetAction(parsed => Run(parsed.GetValue(numbers)!, parsed.GetValue(turns)));
        return command;
    }

    private static int Run(long[] sizes, int turns)
    {
        TorchRuntime.Initialize();
        torch.set_num_threads(1);
        using MpiProcessGroup group = MpiProcessGroup.Start();
        IProcessGroup channel = group.OpenChannel(() => true);
        List<WireTime> times = [];
        foreach (long numbers in sizes)
        {
            Both(group, channel, numbers);
            times.Add(new(
                numbers,
                Time(group, numbers, torch.ScalarType.Float32, turns),
                Time(group, numbers, torch.ScalarType.BFloat16, turns)));
        }

        if (group.Rank == 0)
        {
            Console.WriteLine(JsonSerializer.Serialize(times));
        }

        return 0;
    }

    // At the same time, and by no agreement of the ranks whose is first.
    private static void Both(MpiProcessGroup group, IProcessGroup channel, long numbers)
    {
        Task other = Task.Run(() => Sum(channel, numbers, torch.ScalarType.BFloat16));
        if (group.Rank % 2 == 1)
        {
            Thread.Sleep(5);
        }

        Sum(group, numbers, torch.ScalarType.Float32);
        other.GetAwaiter().GetResult();
    }

    private static double Time(MpiProcessGroup group, long numbers, torch.ScalarType type, int turns)
    {
        double[] milliseconds = new double[turns];
        for (int turn = 0; turn < turns; turn++)
        {
            group.Barrier();
            milliseconds[turn] = Sum(group, numbers, type);
        }

        return Paired.Median(milliseconds);
    }

    // Addends that are exact in either format on up to 16 ranks, so that their sum is rounded once or not at all.
    private static double Sum(IProcessGroup group, long numbers, torch.ScalarType type)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor all = torch.arange(numbers, torch.ScalarType.Float32).remainder(17);
        torch.Tensor own = (all * (group.Rank + 1)).to(type);
        long start = Stopwatch.GetTimestamp();
        group.AllReduce(own);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        torch.Tensor expected = (all * (group.Size * (group.Size + 1) / 2)).to(type);
        if (!own.to(torch.ScalarType.Float32).data<float>().SequenceEqual(expected.to(torch.ScalarType.Float32).data<float>()))
        {
            throw new InvalidOperationException($"A sum of {numbers} numbers of {type} is not what it must be.");
        }

        return milliseconds;
    }
}
