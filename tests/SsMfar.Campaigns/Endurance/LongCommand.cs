using System.CommandLine;
using System.Globalization;
using SsMfar.Campaigns.Shell;
using SsMfar.Inference;
using TorchSharp;

namespace SsMfar.Campaigns.Endurance;

/// <summary>
/// <c>long</c>: many steps, predictions from many threads of which some are cancelled, and models that are loaded and disposed: what the
/// process holds is the same at the end as when it was warm.
/// </summary>
internal static class LongCommand
{
    private const int Threads = 16;
    private const int Looks = 24;
    private const int LongestEpoch = 100;

    public static Command Create()
    {
        Option<int> steps = CampaignOptions.Number("--steps", "Training steps", 4_000);
        Option<int> predictions = CampaignOptions.Number("--predictions", "Predictions, from 16 threads", 10_000);
        Option<int> models = CampaignOptions.Number("--models", "Models to load and dispose", 100);
        Option<int> seed = CampaignOptions.Seed();
        Command command = new("long", "Many steps, predictions and models: nothing grows") { steps, predictions, models, seed };
        command.SetAction(parsed => Run(
            parsed.GetValue(steps), parsed.GetValue(predictions), parsed.GetValue(models), parsed.GetValue(seed)));
        return command;
    }

    private static int Run(int steps, int predictions, int models, int seed)
    {
        CampaignTable table = new();
        using TemporaryFolder folder = new();
        TinyPredictors predictors = new(folder);
        table.Measure("training steps", () => Steps(steps));
        foreach (bool onnx in new[] { false, true })
        {
            string on = onnx ? "ONNX Runtime" : "libtorch";
            table.Measure($"predictions on {on}", () => Predict(predictors, onnx, predictions / 2, seed));
            table.Measure($"models loaded on {on}", () => Load(predictors, onnx, models / 2));
        }

        return table.Write();
    }

    private static (long Tries, IReadOnlyList<string> Faults, string Note) Steps(int steps)
    {
        // A history keeps some kilobytes of each epoch: many short ones would be told from a leak by nothing.
        int stepsOfEpoch = Math.Clamp(steps / Looks, TinyTraining.StepsOfEpoch, LongestEpoch);
        int epochs = Math.Max(Looks, steps / stepsOfEpoch), apart = epochs / Looks;
        VitalsCourse course = new();
        TinyTraining.Run(epochs, epoch =>
        {
            if (epoch % apart == 0)
            {
                course.Take();
            }
        }, stepsOfEpoch);
        return (epochs * stepsOfEpoch, course.Growth(), course.ToString());
    }

    private static (long Tries, IReadOnlyList<string> Faults, string Note) Predict(
        TinyPredictors predictors, bool onnx, int predictions, int seed)
    {
        using IAffectPredictor predictor = predictors.Load(onnx);
        float[][] expected = [.. predictors.Faces.Select(face => TinyPredictors.Numbers(predictor.Predict(face)))];
        VitalsCourse course = new(ofAllThreads: true);
        List<string> faults = [];
        long done = 0, cancelled = 0;
        for (int look = 0; look < Looks; look++)
        {
            long until = (long)predictions * (look + 1) / Looks;
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(number => new Thread(() =>
            {
                Random random = new(HashCode.Combine(seed, look, number));
                while (Interlocked.Read(ref done) < until)
                {
                    int at = random.Next(predictors.Faces.Length - 3), count = 1 + random.Next(3);
                    Interlocked.Add(ref done, count);
                    try
                    {
                        if (random.Next(5) == 0)
                        {
                            using CancellationTokenSource soon = new(random.Next(3));
                            predictor.PredictAll(predictors.Faces[at..(at + count)], null, soon.Token);
                        }
                        else if (!Same(predictor.PredictAll(predictors.Faces[at..(at + count)]), expected, at))
                        {
                            throw new InvalidOperationException("A prediction is another than alone.");
                        }
                    }
                    catch (OperationCanceledException)
                    {
                        Interlocked.Increment(ref cancelled);
                    }
                    catch (Exception fault)
                    {
                        lock (faults)
                        {
                            faults.Add(fault.Message);
                        }

                        return;
                    }
                }
            }))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());
            course.Take();
        }

        return (done, [.. faults.Distinct(), .. course.Growth()], string.Create(
            CultureInfo.InvariantCulture, $"{cancelled} calls cancelled; {course}"));
    }

    // Batches may add in another order than single images do.
    private static bool Same(IReadOnlyList<PredictionItem> items, float[][] expected, int at) => items.Index().All(pair =>
        pair.Item.Prediction is { } prediction
        && TinyPredictors.Numbers(prediction).Zip(expected[at + pair.Index]).All(pair => Math.Abs(pair.First - pair.Second) < 1e-4));

    private static (long Tries, IReadOnlyList<string> Faults, string Note) Load(TinyPredictors predictors, bool onnx, int models)
    {
        VitalsCourse course = new();
        int apart = Math.Max(1, models / Looks);
        for (int i = 0; i < models; i++)
        {
            using (DisposeScope scope = torch.NewDisposeScope())
            {
                using IAffectPredictor predictor = predictors.Load(onnx);
                predictor.Predict(predictors.Faces[i % predictors.Faces.Length]);
            }

            if (i % apart == 0)
            {
                course.Take();
            }
        }

        return (models, course.Growth(), course.ToString());
    }
}
