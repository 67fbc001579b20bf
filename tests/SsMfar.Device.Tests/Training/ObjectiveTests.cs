using SsMfar.Tests.Losses;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>The objective with every policy on every device, against float64 on the CPU.</summary>
public sealed class ObjectiveTests
{
    public static TheoryData<string, string> Cases => PresentDevices.With(ObjectiveCase.Kinds);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Losses_gradients_and_the_policys_state_are_those_of_float64_on_the_CPU(string device, string kind)
    {
        var objective = new ObjectiveCase(kind);
        Dictionary<string, double[]> expected = objective.Run("cpu", torch.ScalarType.Float64);
        foreach ((torch.ScalarType type, double tolerance) in new[] { (torch.ScalarType.Float64, 1e-10), (torch.ScalarType.Float32, 2e-5) })
        {
            Dictionary<string, double[]> actual = objective.Run(device, type);
            actual.Keys.Should().BeEquivalentTo(expected.Keys);
            foreach ((string name, double[] values) in expected)
            {
                actual[name].ShouldBeClose(values, tolerance, $"{name} in {type}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_case_teaches_each_task_and_each_policy_tells_rows_apart(string device, string kind)
    {
        Dictionary<string, double[]> seen = new ObjectiveCase(kind).Run(device, torch.ScalarType.Float32);

        seen.Where(entry => entry.Key.Contains("gradient", StringComparison.Ordinal)).Should()
            .OnlyContain(entry => entry.Value.Any(value => value != 0));
        seen.Values.SelectMany(values => values).Should().OnlyContain(value => double.IsFinite(value));
        if (seen.TryGetValue("policy's confidentShare", out double[]? share))
        {
            share.Single().Should().BeInRange(0.05, 0.999, "a policy that takes all rows or none would not be tried");
        }
    }
}
