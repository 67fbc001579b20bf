using System.Text.Json;
using SsMfar.Runtime;
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

    [Fact]
    public void A_floor_of_the_class_is_in_proportion_to_how_sure_right_rows_of_it_are()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        AdaptiveThresholdOptions options = new() { Beta = 0.5, Floor = 0.8, FloorKind = ThresholdFloor.OfClass };

        // Means 0.9, 0.45, 0.6; the last class had no row.
        double[] thresholds = AdaptiveThreshold.Compute(
            Vector([1.8, 1.35, 0.6, 0]), Vector([2, 3, 1, 0]), Vector([0.1, 0.2, 0.3, 0.77]), 3, options).Host();
        thresholds.ShouldBeClose([0.8, 0.8 / 2, 0.8 * 2 / 3, 0.77], 1e-12, "floors");

        options.Beta = 1;
        AdaptiveThreshold.Compute(Vector([1.8, 1.35]), Vector([2, 3]), Vector([0.0, 0]), 40, options).Host()
            .ShouldBeClose([0.9, 0.45], 1e-12, "where Eq. 4 is above the floor it counts");
        AdaptiveThreshold.Compute(Vector([0.0, 0]), Vector([0.0, 0]), Vector([0.3, 0.4]), 1, options).Host()
            .ShouldBeClose([0.3, 0.4], 1e-12, "no class had a row");
    }

    [Fact]
    public void A_floor_of_the_class_needs_a_floor() =>
        FluentActions.Invoking(() => new AdaptiveThresholdPolicy(8, new() { Floor = null, FloorKind = ThresholdFloor.OfClass }))
            .Should().Throw<ArgumentException>().WithMessage("*FloorKind*Floor*");

    private static (string, AdaptiveThresholdOptions)[] Presets =>
        [("paper", AdaptiveThresholdOptions.Paper), ("published", AdaptiveThresholdOptions.Published)];

    private static PolicyBatch Observation(JsonElement item, int epoch)
    {
        double[] labels = Doubles(item.GetProperty("labels"));
        return ClassBatch.Of(
            Matrix(item.GetProperty("probabilities"), torch.ScalarType.Float64),
            Indices([.. labels.Select(v => Math.Max(0, (long)v))]),
            Vector([.. labels.Select(v => v < 0 ? 0.0 : 1.0)]),
            torch.arange(Scalars.Of(labels.Length), torch.ScalarType.Int64),
            epoch,
            step: 0);
    }
}
