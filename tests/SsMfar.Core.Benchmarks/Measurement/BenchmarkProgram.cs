using System.CommandLine;
using SsMfar.Kernels.TensorLists;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Benchmarks.Measurement;

/// <summary>The commands. Without one all run, one after another.</summary>
internal static class BenchmarkProgram
{
    private const string RowsOnly = "--rows-only";

    // eng/cuda/run.sh sets it to 1 where it saw another libtorch than TorchSharp's compile the script of the fused kernels.
    private const string ScriptsVariable = "SSMFAR_KIT_SCRIPTS";

    public static async Task<int> RunAsync(string[] args, IReadOnlyList<Benchmark> benchmarks, IReadOnlyList<Command> others)
    {
        Option<bool> rowsOnly = new(RowsOnly) { Description = "Leaves out the heading." };
        RootCommand root = new("Measures SsMfar beside its peers. Run it on a quiet machine.");
        foreach (Option option in MeasurementOptions.Everywhere.Concat(MeasurementOptions.OfMeasurements))
        {
            root.Add(option);
        }

        root.SetAction(parsed => RunAll(args, MeasurementOptions.Of(parsed), benchmarks));
        foreach (Benchmark benchmark in benchmarks)
        {
            Command command = new(benchmark.Name, benchmark.Description) { rowsOnly };
            foreach (Option option in MeasurementOptions.OfMeasurements)
            {
                command.Add(option);
            }

            command.SetAction(parsed => Run(benchmark, MeasurementOptions.Of(parsed), heading: !parsed.GetValue(rowsOnly)));
            root.Add(command);
        }

        foreach (Command command in others)
        {
            root.Add(command);
        }

        return await root.Parse(args).InvokeAsync();
    }

    private static void Run(Benchmark benchmark, MeasurementOptions options, bool heading)
    {
        TorchRuntime.Initialize();
        TensorListKernels.ScriptsWereTried = Environment.GetEnvironmentVariable(ScriptsVariable) == "1";
        torch.set_num_threads(options.Threads);
        if (heading)
        {
            Table.WriteHeading(options);
        }

        benchmark.Run(options);
    }

    /// <summary>A process for each, so that none finds the memory, the threads or the crash of the one before.</summary>
    private static int RunAll(string[] args, MeasurementOptions options, IReadOnlyList<Benchmark> benchmarks)
    {
        Table.WriteHeading(options);
        List<string> failed = [];
        foreach (Benchmark benchmark in benchmarks)
        {
            using var process = OwnProcess.Start([benchmark.Name, .. args, RowsOnly], redirect: false);
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                failed.Add(benchmark.Name);
            }
        }

        if (failed.Count > 0)
        {
            Console.Error.WriteLine($"Without a result: {string.Join(", ", failed)}.");
        }

        return failed.Count == 0 ? 0 : 1;
    }
}
