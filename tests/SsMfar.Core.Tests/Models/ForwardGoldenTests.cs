using System.Text.Json;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>The forward pass of the reference, in float64.</summary>
public sealed class ForwardGoldenTests
{
    private static readonly string[] StemAndStages = ["conv1", "bn1", "", "", "layer1", "layer2", "layer3", "layer4"];

    [Fact]
    public void The_forward_pass_equals_the_reference_to_1e_6()
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "forward.json")));
        var root = golden.RootElement;
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var model = Build.Paper();
        model.to(torch.ScalarType.Float64);
        Fill(model, root);

        using var outputs = model.call(Images(root));

        Compare(outputs["expression"], root.GetProperty("expression"));
        Compare(outputs["actionUnits"], root.GetProperty("action_units"));
        Compare(outputs["valenceArousal"], root.GetProperty("valence_arousal"));
    }

    private static void Fill(MultiTaskModel model, JsonElement root)
    {
        int phase = root.GetProperty("phase").GetInt32();
        var state = model.state_dict();
        var filled = new Dictionary<string, long>();
        foreach (var parameter in root.GetProperty("parameters").EnumerateArray())
        {
            int index = parameter.GetProperty("index").GetInt32();
            double scale = parameter.GetProperty("scale").GetDouble();
            long[] shape = parameter.GetProperty("shape").EnumerateArray().Select(x => x.GetInt64()).ToArray();
            double[] values = Enumerable.Range(0, (int)shape.Aggregate((x, y) => x * y)).Select(k =>
            {
                double h = Math.Sin((12.9898 * k) + (78.233 * (index + phase))) * 43758.5453;
                return (double)(float)(((2 * (h - Math.Floor(h))) - 1) * scale);
            }).ToArray();
            var (name, rows, row) = Map(parameter.GetProperty("name").GetString()!);
            var target = state[name];
            if (rows > 0)
            {
                // Twelve layers of the reference are one matrix here.
                target = target.narrow(0, row * rows, rows);
            }

            target.shape.Should().Equal(shape, name);
            target.copy_(torch.tensor(values, shape));
            filled[name] = filled.GetValueOrDefault(name) + values.Length;
        }

        var expected = model.named_parameters().Where(p => !IsNorm(p.name)).Select(p => (p.name, p.parameter.numel()));
        filled.Select(pair => (pair.Key, pair.Value)).Should().BeEquivalentTo(expected);
    }

    // Normalisations keep their initial values and are not in the file.
    private static bool IsNorm(string name) =>
        name.Contains(".bn", StringComparison.Ordinal) || name.Contains("downsample.1", StringComparison.Ordinal);

    private static (string Name, int Rows, int Row) Map(string reference)
    {
        string[] parts = reference.Split('.');
        return parts[0] switch
        {
            "base" => ($"backbone.{StemAndStages[int.Parse(parts[1])]}.{string.Join('.', parts[2..])}", 0, 0),
            "exp_fc" => ($"heads.expression.hidden.{parts[1]}", 0, 0),
            "exp_out" => ($"heads.expression.output.{parts[1]}", 0, 0),
            "au_fc" => ($"heads.actionUnits.hidden.{parts[2]}", 16, int.Parse(parts[1])),
            "au_out" => ($"heads.actionUnits.output.{parts[1]}", 0, 0),
            "va_fc" => ($"heads.valenceArousal.hidden.{parts[1]}", 0, 0),
            "va_out" => ($"heads.valenceArousal.output.{parts[1]}", 0, 0),
            _ => throw new ArgumentException(reference),
        };
    }

    private static torch.Tensor Images(JsonElement root)
    {
        int[] shape = root.GetProperty("image_shape").EnumerateArray().Select(x => x.GetInt32()).ToArray();
        double offset = root.GetProperty("image_offset").GetDouble();
        var values = new List<double>();
        for (int j = 0; j < shape[0]; j++)
        {
            for (int c = 0; c < shape[1]; c++)
            {
                for (int r = 0; r < shape[2]; r++)
                {
                    for (int q = 0; q < shape[3]; q++)
                    {
                        values.Add(Math.Sin((((r * (1 + (j % 5))) + (q * (1 + (((7 * j) + 3) % 11)))) * 0.13 * (c + 1)) + offset + j));
                    }
                }
            }
        }

        return torch.tensor(values.ToArray(), shape.Select(x => (long)x).ToArray());
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
