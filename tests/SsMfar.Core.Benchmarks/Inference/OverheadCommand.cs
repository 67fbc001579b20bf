using System.CommandLine;
using System.Text.Json.Nodes;

namespace SsMfar.Benchmarks.Inference;

/// <summary><c>onnx-overhead</c>: SsMfar.Onnx against ONNX Runtime called by hand, in blocks by turns in one process.</summary>
internal static class OverheadCommand
{
    public static Command Create(Option<int> threads)
    {
        Option<int> blocks = new("--blocks") { HelpName = "N", Description = "Blocks a contender", DefaultValueFactory = _ => 20 };
        Option<int> calls = new("--calls") { HelpName = "N", Description = "Calls a block", DefaultValueFactory = _ => 100 };
        Command command = new("onnx-overhead", "What SsMfar.Onnx costs over calling ONNX Runtime by hand")
        {
            BenchmarkModel.ModelOption, BenchmarkModel.BackboneOption, BenchmarkModel.SizeOption, blocks, calls,
        };
        command.SetAction(parsed => Run(parsed, parsed.GetValue(threads), parsed.GetValue(blocks), parsed.GetValue(calls)));
        return command;
    }

    private static void Run(ParseResult parsed, int threads, int blocks, int calls)
    {
        using BenchmarkModel model = BenchmarkModel.Of(parsed);
        byte[] image = File.ReadAllBytes(model.Image);

        // Two sessions live in this process; threads that spin would take the processors from each other.
        using Contender ours = Contender.Open("onnx", model.Onnx, threads, spinning: false);
        using Contender byHand = Contender.Open("onnx-by-hand", model.Onnx, threads, spinning: false);
        List<double> ourTimes = [];
        List<double> handTimes = [];
        for (int block = 0; block < blocks; block++)
        {
            ourTimes.AddRange(LatencyCommand.Time(() => ours.Predict(image), calls));
            handTimes.AddRange(LatencyCommand.Time(() => byHand.Predict(image), calls));
        }

        JsonObject our = Report.Of(ourTimes);
        JsonObject hand = Report.Of(handTimes);
        double ratio = our["medianMilliseconds"]!.GetValue<double>() / hand["medianMilliseconds"]!.GetValue<double>();
        Report.Write(
            new JsonObject { ["threads"] = threads, ["onnx"] = our, ["onnx-by-hand"] = hand, ["ratioOfMedians"] = Math.Round(ratio, 4) });
    }
}
