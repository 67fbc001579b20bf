using System.Text.Json;
using SsMfar.SemiSupervised;
using SsMfar.Tests.Losses;
using TorchSharp;
using static SsMfar.Tests.Losses.LossTestData;

namespace SsMfar.Tests.SemiSupervised;

/// <summary>Adaptive thresholds against the numbers of the PyTorch reference.</summary>
public sealed class AdaptiveThresholdTests
{
    [Fact]
    public void Every_golden_case_agrees()
    {
        JsonElement[] cases = GoldenCases("thresholds.json");
        cases.Should().NotBeEmpty();
        foreach (JsonElement item in cases)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            int epoch = item.GetProperty("epoch").GetInt32();
            PolicyBatch observed = Observation(item, epoch);
            torch.Tensor previous = Vector(Doubles(item.GetProperty("previous")));
            (torch.Tensor sums, torch.Tensor counts) =
                AdaptiveThreshold.CorrectRows(observed.Predictions, observed.Classes, observed.Labelled);
            foreach ((string name, AdaptiveThresholdOptions options) in Presets)
            {
                AdaptiveThreshold.Compute(sums, counts, previous, epoch, options).Host()
                    .ShouldBeClose(Doubles(item.GetProperty(name)), 1e-9, name);
            }
        }
    }

    [Fact]
    public void The_policy_computes_the_same_thresholds()
    {
        foreach (JsonElement item in GoldenCases("thresholds.json"))
        {
            foreach ((string name, AdaptiveThresholdOptions options) in Presets)
            {
                using DisposeScope scope = torch.NewDisposeScope();
                using AdaptiveThresholdPolicy policy = new(8, options);
                Dictionary<string, torch.Tensor> state = policy.SaveState().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
                state["thresholds"] = Vector(Doubles(item.GetProperty("previous")));
                policy.LoadState(state);

                int epoch = item.GetProperty("epoch").GetInt32();
                policy.Observe(Observation(item, epoch));
                policy.EndEpoch(epoch);

                policy.Describe()["thresholds"].ShouldBeClose(Doubles(item.GetProperty(name)), 1e-9, name);
            }
        }
    }

    private static (string, AdaptiveThresholdOptions)[] Presets =>
        [("paper", AdaptiveThresholdOptions.Paper), ("published", AdaptiveThresholdOptions.Published)];

    private static PolicyBatch Observation(JsonElement item, int epoch)
    {
        double[] labels = Doubles(item.GetProperty("labels"));
        return ClassBatch.Of(
            Matrix(item.GetProperty("probabilities"), torch.ScalarType.Float64),
            Indices([.. labels.Select(v => Math.Max(0, (long)v))]),
            Vector([.. labels.Select(v => v < 0 ? 0.0 : 1.0)]),
            torch.arange(labels.Length, torch.ScalarType.Int64),
            epoch,
            step: 0);
    }
}
