using System.CommandLine;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace SsMfar.Benchmarks.Inference;

/// <summary><c>latency</c>: one image, over and over, in one process a contender.</summary>
internal static class LatencyCommand
{
    private static readonly Option<int> Calls = new("--calls") {
        HelpName = "N",
        Description = "Calls that are timed",
        DefaultValueFactory = _ => 500 };

    public static Command Create(Option<string> python, Option<int> threads)
    {
        Command command = new("latency", "Steady latency of one image, beside PyTorch's forward")
        {
            BenchmarkModel.ModelOption, BenchmarkModel.BackboneOption, BenchmarkModel.SizeOption, Calls,
        };
        command.SetAction(parsed => Run(parsed, parsed.GetValue(python)!, parsed.GetValue(threads)));
        return command;
    }

    /// <summary>Times calls after as many fifths of them to warm up.</summary>
    public static double[] Time(Action call, int calls)
    {
        for (int i = 0; i < Math.Max(10, calls / 5); i++)
        {
            call();
        }

        double[] times = new double[calls];
        for (int i = 0; i < calls; i++)
        {
            long start = Stopwatch.GetTimestamp();
            call();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return times;
    }

    private static void Run(ParseResult parsed, string python, int threads)
    {
        using BenchmarkModel model = BenchmarkModel.Of(parsed);
        int calls = parsed.GetValue(Calls);
        byte[] image = File.ReadAllBytes(model.Image);
        TorchSharp.torch.set_num_threads(threads);
        var report = new JsonObject { ["threads"] = threads, ["size"] = model.Input.Width };
        foreach (string name in Contender.Names)
        {
            using Contender contender = Contender.Open(name, name == "torch" ? model.Model : model.Onnx, threads);
            report[name] = Report.Of(Time(() => contender.Predict(image), calls));
        }

        report["pytorch-forward"] = ForwardPeer.Run(
            python,
            model.Input.Width,
            threads,
            calls,
            parsed.GetValue(BenchmarkModel.BackboneOption)!)["forward"]!.DeepClone();
        Report.Write(report);
    }
}
