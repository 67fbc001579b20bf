using System.Text.Json;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Tasks;
using TorchSharp;

namespace SsMfar.Tests.Models;

/// <summary>The weights and images of the reference's golden files, which are formulas.</summary>
internal static class ReferenceNetwork
{
    private static readonly string[] StemAndStages = ["conv1", "bn1", "", "", "layer1", "layer2", "layer3", "layer4"];

    public static void Fill(MultiTaskModel model, JsonElement root)
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
            "exp_fc" => ($"heads.{AffectTaskNames.Expression}.hidden.{parts[1]}", 0, 0),
            "exp_out" => ($"heads.{AffectTaskNames.Expression}.output.{parts[1]}", 0, 0),
            "au_fc" => ($"heads.{AffectTaskNames.ActionUnits}.hidden.{parts[2]}", 16, int.Parse(parts[1])),
            "au_out" => ($"heads.{AffectTaskNames.ActionUnits}.output.{parts[1]}", 0, 0),
            "va_fc" => ($"heads.{AffectTaskNames.ValenceArousal}.hidden.{parts[1]}", 0, 0),
            "va_out" => ($"heads.{AffectTaskNames.ValenceArousal}.output.{parts[1]}", 0, 0),
            _ => throw new ArgumentException(reference),
        };
    }

    /// <summary>float64 [count, 3, size, size]: the images of an offset.</summary>
    public static torch.Tensor Images(int count, int size, double offset)
    {
        double[] values = new double[count * 3 * size * size];
        int i = 0;
        for (int j = 0; j < count; j++)
        {
            for (int c = 0; c < 3; c++)
            {
                for (int r = 0; r < size; r++)
                {
                    for (int q = 0; q < size; q++)
                    {
                        values[i++] = Math.Sin((((r * (1 + (j % 5))) + (q * (1 + (((7 * j) + 3) % 11)))) * 0.13 * (c + 1)) + offset + j);
                    }
                }
            }
        }

        return torch.tensor(values, [count, 3, size, size]);
    }
}
