using System.Runtime.InteropServices;
using SsMfar.Export;
using SsMfar.Weights;

namespace SsMfar.Tests.Export;

/// <summary>Which constants of a graph are stored in float16, and what it changes in them.</summary>
public sealed class Float16StorageTests
{
    [Fact]
    public void A_weight_that_float16_cannot_hold_stays_in_float32()
    {
        GraphContent content = new();
        float[] large = [.. Enumerable.Repeat(1f, 1023), 70_000f], fine = [.. Enumerable.Repeat(1 / 3f, 1024)], small = [1 / 3f];
        float[] tiny = [.. Enumerable.Repeat(2e-8f, 1023), 6e-5f], nothing = new float[1024];
        Add(content, ("large", large), ("fine", fine), ("small", small), ("tiny", tiny), ("nothing", nothing));

        Float16Storage.Apply(content);

        content.Constants.Select(constant => (constant.Name, constant.ElementType)).Should().Equal(
            ("large", OnnxSchema.ElementType.Float32),
            ("fine.float16", OnnxSchema.ElementType.Float16),
            ("small", OnnxSchema.ElementType.Float32),
            ("tiny", OnnxSchema.ElementType.Float32),
            ("nothing.float16", OnnxSchema.ElementType.Float16));
        content.Nodes.Select(node => (node.Operator, node.Output)).Should().Equal(("Cast", "fine"), ("Cast", "nothing"));
    }

    [Fact]
    public void A_weight_changes_by_what_the_documentation_says()
    {
        // Each the factor 1.01 smaller than the one before: from 60,000 to 1e-10.
        float[] values = [.. Enumerable.Range(0, 3400).Select(i => (float)((i % 2 == 0 ? 6e4 : -6e4) * Math.Pow(1.01, -i)))];
        GraphContent content = new();
        Add(content, ("weights", values));

        Float16Storage.Apply(content);

        Half[] halves = MemoryMarshal.Cast<byte, Half>(content.Constants.Single().Data.Span).ToArray();
        halves.Zip(values).Should().HaveCount(3400).And.OnlyContain(
            pair => Math.Abs((double)pair.First - pair.Second) <= Math.Max(Math.Abs((double)pair.Second) / 2048, 3e-8));
    }

    [Theory]
    [InlineData("QuantizeLinear")]
    [InlineData("DequantizeLinear")]
    public void Steps_of_quantised_values_stay_in_float32(string reader)
    {
        GraphContent content = new();
        Add(content, ("scales", [.. Enumerable.Repeat(1 / 3f, 1024)]));
        content.Nodes.Add(new(reader, ["values", "scales", "zeros"], [], "read"));

        Float16Storage.Apply(content);

        content.Constants.Should().ContainSingle().Which.ElementType.Should().Be(OnnxSchema.ElementType.Float32);
        content.Nodes.Should().ContainSingle();
    }

    private static void Add(GraphContent content, params ReadOnlySpan<(string Name, float[] Values)> constants)
    {
        foreach ((string name, float[] values) in constants)
        {
            byte[] data = MemoryMarshal.AsBytes<float>(values).ToArray();
            content.Constants.Add(new(name, OnnxSchema.ElementType.Float32, [values.Length], data));
        }
    }
}
