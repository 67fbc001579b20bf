using System.Text.Json;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>The forward pass of the reference, in float64.</summary>
public sealed class ForwardGoldenTests
{
    [Fact]
    public void The_forward_pass_equals_the_reference_to_1e_6()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "forward.json")));
        var root = golden.RootElement;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using SsMfar.Models.MultiTaskModel model = Build.Paper();
        model.to(torch.ScalarType.Float64);
        ReferenceNetwork.Fill(model, root);

        int count = root.GetProperty("image_shape")[0].GetInt32();
        int size = root.GetProperty("image_shape")[2].GetInt32();
        using var outputs = model.call(ReferenceNetwork.Images(count, size, root.GetProperty("image_offset").GetDouble()));

        Compare(outputs[AffectTaskNames.Expression], root.GetProperty("expression"));
        Compare(outputs[AffectTaskNames.ActionUnits], root.GetProperty("action_units"));
        Compare(outputs[AffectTaskNames.ValenceArousal], root.GetProperty("valence_arousal"));
    }

    private static void Compare(torch.Tensor actual, JsonElement expected)
    {
        actual.dtype.Should().Be(torch.ScalarType.Float64);
        double[] values = expected.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(x => x.GetDouble()).ToArray();
        double[] got = actual.detach().contiguous().data<double>().ToArray();
        got.Should().HaveCount(values.Length);
        got.Zip(values, (x, y) => Math.Abs(x - y)).Max().Should().BeLessThan(1e-6);
    }
}
