using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using SsMfar.Campaigns.Shell;
using SsMfar.Inference;

namespace SsMfar.Campaigns.Endurance;

/// <summary>
/// <c>gc</c>: a training and predictions while another thread collects garbage over and over, and in a process that is told to stress its
/// collector: no error, and the same bits as without.
/// </summary>
internal static class GcCommand
{
    private const string WorkName = "gc-work";
    private const string Variable = "DOTNET_GCStress";

    public static Command Create()
    {
        Option<int> epochs = CampaignOptions.Number("--epochs", "Epochs of the training, of four steps each", 25);
        Option<int> predictions = CampaignOptions.Number("--predictions", "Predictions on each library", 200);
        Command command = new("gc", "A training and predictions under forced garbage collections") { epochs, predictions };
        command.SetAction(parsed => Run(parsed.GetValue(epochs), parsed.GetValue(predictions)));
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

    private static int Run(int epochs, int predictions)
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
        table.Measure(Variable, () => Stressed(epochs, predictions, $"{training} {predicted}"));
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

    // Only runtimes built for it honour the setting; a released one goes on as without, which the count of collections shows.
    private static (long Tries, IReadOnlyList<string> Faults, string Note) Stressed(int epochs, int predictions, string expected)
    {
        string[] arguments = Programs.OwnArguments(
            WorkName, "--epochs", epochs.ToString(CultureInfo.InvariantCulture), "--predictions",
            predictions.ToString(CultureInfo.InvariantCulture));
        Ended without = Programs.Run(Programs.Dotnet, arguments);
        Ended with = Programs.Run(Programs.Dotnet, arguments, new Dictionary<string, string> { [Variable] = "0x3" });
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
