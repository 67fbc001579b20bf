using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SsMfar.Campaigns.Shell;
using SsMfar.Inference;

namespace SsMfar.Campaigns.Endurance;

/// <summary>
/// <c>gc</c>: a training and predictions while another thread collects garbage over and over, and if asked in a process that is told to
/// stress its collector: no error, and the same bits as without.
/// </summary>
internal static class GcCommand
{
    private const string WorkName = "gc-work";
    private const string Variable = "DOTNET_GCStress";

    public static Command Create()
    {
        Option<int> epochs = CampaignOptions.Number("--epochs", "Epochs of the training, of four steps each", 25);
        Option<int> predictions = CampaignOptions.Number("--predictions", "Predictions on each library", 200);
        Option<bool> stress = new("--stress")
        {
            Description = $"Also in a process with {Variable}=0x3, which takes hours where the runtime honours it",
        };
        Command command = new("gc", "A training and predictions under forced garbage collections") { epochs, predictions, stress };
        command.SetAction(parsed => Run(parsed.GetValue(epochs), parsed.GetValue(predictions), parsed.GetValue(stress)));
        return command;
    }

    /// <summary>What <c>gc</c> starts: prints what came out, and how often garbage was collected.</summary>
    public static Command CreateWork()
    {
        Option<int> epochs = new("--epochs"), predictions = new("--predictions");
        Command command = new(WorkName, "The work of gc") { epochs, predictions };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            int before = GC.CollectionCount(0);
            Console.WriteLine($"{Train(parsed.GetValue(epochs))} {Predict(parsed.GetValue(predictions))}");
            Console.WriteLine((GC.CollectionCount(0) - before).ToString(CultureInfo.InvariantCulture));
        });
        return command;
    }

    private static int Run(int epochs, int predictions, bool stress)
    {
        CampaignTable table = new();
        string training = "", predicted = "";
        table.Measure("steps without", () =>
        {
            training = Train(epochs);
            return (epochs * TinyTraining.StepsOfEpoch, [], "");
        });
        table.Measure("predictions without", () =>
        {
            predicted = Predict(predictions);
            return (2 * predictions, [], "");
        });
        table.Measure("steps under collections", () => Collected(epochs * TinyTraining.StepsOfEpoch, training, () => Train(epochs)));
        table.Measure("predictions under collections", () => Collected(2 * predictions, predicted, () => Predict(predictions)));
        if (stress)
        {
            table.Measure(Variable, () => Stressed(epochs, predictions, $"{training} {predicted}"));
        }

        return table.Write();
    }

    private static (long Tries, IReadOnlyList<string> Faults, string Note) Collected(int tries, string expected, Func<string> work)
    {
        using CancellationTokenSource done = new();
        int collections = 0;
        Thread collector = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(collections % 3, GCCollectionMode.Forced, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
                collections++;
            }
        });
        collector.Start();
        string actual = work();
        done.Cancel();
        collector.Join();
        return (tries, actual == expected ? [] : ["other bits than without"], $"{CampaignTable.Number(collections)} collections");
    }

    // Where the runtime does not honour the setting, the count of collections shows it.
    private static (long Tries, IReadOnlyList<string> Faults, string Note) Stressed(int epochs, int predictions, string expected)
    {
        string[] arguments = Programs.OwnArguments(
            WorkName, "--epochs", epochs.ToString(CultureInfo.InvariantCulture), "--predictions",
            predictions.ToString(CultureInfo.InvariantCulture));
        Ended without = Work([]);
        Ended with = Work(new() { [Variable] = "0x3" });
        List<string> faults = [];
        foreach (Ended ended in new[] { without, with })
        {
            if (ended.ExitCode != 0)
            {
                faults.Add($"ended with {ended.ExitCode}: {ended.Line}");
            }
            else if (ended.Output.Split('\n')[0] != expected)
            {
                faults.Add("other bits than without");
            }
        }

        string[] counts = [without.Output.Split('\n').ElementAtOrDefault(1) ?? "", with.Output.Split('\n').ElementAtOrDefault(1) ?? ""];
        return ((epochs * TinyTraining.StepsOfEpoch) + (2 * predictions), faults, $"{counts[1]} collections, {counts[0]} without it");

        // It may take hours.
        Ended Work(Dictionary<string, string> environment)
        {
            using RunningProgram running = Programs.Start(Programs.Dotnet, arguments, environment);
            return running.WaitForEnd();
        }
    }

    // Names what came out, to the bit.
    private static string Train(int epochs)
    {
        using IncrementalHash hash = NewHash();
        foreach ((_, byte[] weights) in TinyTraining.Run(epochs, _ => { }))
        {
            hash.AppendData(weights);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Predict(int predictions)
    {
        using TemporaryFolder folder = new();
        TinyPredictors predictors = new(folder);
        using IncrementalHash hash = NewHash();
        foreach (bool onnx in new[] { false, true })
        {
            using IAffectPredictor predictor = predictors.Load(onnx);
            for (int i = 0; i < predictions; i++)
            {
                float[] numbers = TinyPredictors.Numbers(predictor.Predict(predictors.Faces[i % predictors.Faces.Length]));
                hash.AppendData(MemoryMarshal.AsBytes<float>(numbers));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IncrementalHash NewHash() =>
        IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
}
