using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace SsMfar.Benchmarks.Inference;

/// <summary><c>first-prediction</c>: from the start of a process to its first prediction, each in a new process.</summary>
internal static class FirstPredictionCommand
{
    private static readonly Option<int> Runs = new("--runs") {
        HelpName = "N",
        Description = "Processes a contender",
        DefaultValueFactory = _ => 10 };

    private static readonly Option<string?> ChildOption = new("--in-this-process") { Hidden = true };

    private static readonly Argument<string[]> Files = new("files") { Hidden = true, Arity = ArgumentArity.ZeroOrMore };

    public static Command Create(Option<string> python, Option<int> threads)
    {
        Command command = new("first-prediction", "Time from the start of a process to its first prediction, beside PyTorch's forward")
        {
            BenchmarkModel.ModelOption, BenchmarkModel.BackboneOption, BenchmarkModel.SizeOption, Runs, ChildOption, Files,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(ChildOption) is { } contender)
            {
                Child(contender, parsed.GetValue(Files)!, parsed.GetValue(threads));
            }
            else
            {
                Run(parsed, parsed.GetValue(python)!, parsed.GetValue(threads));
            }
        });
        return command;
    }

    private static void Run(ParseResult parsed, string python, int threads)
    {
        using BenchmarkModel model = BenchmarkModel.Of(parsed);
        int runs = parsed.GetValue(Runs);
        string backbone = parsed.GetValue(BenchmarkModel.BackboneOption)!;
        var report = new JsonObject { ["threads"] = threads, ["size"] = model.Input.Width };

        // In turns, so that whatever else the machine does falls on all; the first of each only fills the file cache.
        var times = Contender.Names.Append("pytorch-forward").ToDictionary(name => name, _ => new List<double>());
        for (int run = 0; run <= runs; run++)
        {
            foreach ((string name, List<double> list) in times)
            {
                double time = name == "pytorch-forward"
                    ? ForwardPeer.Run(python, model.Input.Width, threads, 1, backbone)["firstMilliseconds"]!.GetValue<double>()
                    : Start(name, name == "torch" ? model.Model : model.Onnx, model.Image, threads);
                if (run > 0)
                {
                    list.Add(time);
                }
            }
        }

        foreach ((string name, List<double> list) in times)
        {
            report[name] = Report.Of(list);
        }

        Report.Write(report);
    }

    private static double Start(string contender, string model, string image, int threads)
    {
        string[] arguments =
        [
            "first-prediction", "--in-this-process", contender, "--threads", threads.ToString(CultureInfo.InvariantCulture), model, image,
        ];
        return double.Parse(ForwardPeer.Output(Environment.ProcessPath!, Environment.ProcessPath!.EndsWith(
            "dotnet",
            StringComparison.Ordinal)
            ? [typeof(FirstPredictionCommand).Assembly.Location, .. arguments] : arguments, threads), CultureInfo.InvariantCulture);
    }

    private static void Child(string name, string[] files, int threads)
    {
        using Contender contender = Contender.Open(name, files[0], threads);
        contender.Predict(File.ReadAllBytes(files[1]));
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine((DateTime.Now - self.StartTime).TotalMilliseconds.ToString("R", CultureInfo.InvariantCulture));
    }
}
