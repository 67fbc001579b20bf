using SsMfar.Export;
using SsMfar.Weights;

namespace SsMfar.Tests.Export;

/// <summary>A small quantised graph in ONNX Runtime against the same arithmetic in plain integers.</summary>
public sealed class Int8GraphTests : IDisposable
{
    private const int Channels = 3;
    private const int Side = 6;

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(11);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_residual_block_computes_in_whole_numbers_what_is_written_here()
    {
        float[] weight = Numbers(Channels * Channels, 0.5), bias = Numbers(Channels, 0.3), image = Numbers(Channels * Side * Side, 1.5);
        Quantizer input = Quantizer.Of(-1.2, 1.4), product = Quantizer.Of(-1, 1.1), sum = Quantizer.Of(0, 1.8);
        double[] means = [0.3, -0.2, 0.1];
        string file = Write(weight, bias, new(
            new Dictionary<string, Quantizer> { ["images"] = input, ["Conv_0"] = product, ["Relu_2"] = sum },
            new Dictionary<string, double[]> { ["images"] = means }));
        using OnnxRun run = new(file);

        float[] actual = run.Run(image, 1, Channels, Side, Side)["restored"];

        QuantizedWeights quantized = QuantizedWeights.Of(weight, bias, Channels, input.Scale, means);
        int off = 0;
        for (int pixel = 0; pixel < Side * Side; pixel++)
        {
            for (int output = 0; output < Channels; output++)
            {
                int total = quantized.Bias[output];
                for (int channel = 0; channel < Channels; channel++)
                {
                    int value = input.Quantize(image[(channel * Side * Side) + pixel]) - input.Zero;
                    total += value * quantized.Values[(output * Channels) + channel];
                }

                double made = product.Restore(total * (double)quantized.BiasScales[output]);
                double shortcut = input.Restore(image[(output * Side * Side) + pixel]);
                double expected = sum.Restore(Math.Max(0, made + shortcut));
                double difference = Math.Abs(actual[(output * Side * Side) + pixel] - expected);
                difference.Should().BeLessThan(1.5 * sum.Scale);
                off += difference > 0.5 * sum.Scale ? 1 : 0;
            }
        }

        off.Should().BeLessThan(Channels * Side * Side / 20, "only a sum at the very middle between two steps may go the other way");
        actual.Distinct().Count().Should().BeGreaterThan(20);
    }

    [Fact]
    public void A_layer_of_a_head_is_a_product_of_whole_numbers_with_a_result_in_float32()
    {
        const int Width = 128, Outputs = 160;
        float[] weight = Numbers(Outputs * Width, 0.1), bias = Numbers(Outputs, 0.2), features = Numbers(Width, 1);
        OnnxGraph graph = new();
        OnnxValue images = graph.AddInput("images", OnnxSchema.ElementType.Float32, "", 1, Width);
        OnnxValue read = graph.Node("Identity", images);
        OnnxValue layer = graph.Node(
            "Gemm",
            [read, graph.Initializer("w", weight, Outputs, Width), graph.Initializer("b", bias, Outputs)],
            OnnxAttribute.Of("transB", 1));
        graph.AddOutput("hidden", "", "Identity", [graph.Node("Relu", layer)], [], 1, Outputs);
        Quantizer input = Quantizer.Of(-1, 1);
        QuantizationPlan plan = new(graph.Content, "images", read.Name);
        plan.Products.Should().ContainSingle();
        double[] means = new double[Width];
        Int8Graph.Apply(graph.Content, plan, new(
            new Dictionary<string, Quantizer> { [read.Name] = input }, new Dictionary<string, double[]> { [read.Name] = means }));
        using OnnxRun run = new(Save(graph));

        float[] actual = run.Run(features, 1, Width)["hidden"];

        QuantizedWeights quantized = QuantizedWeights.Of(weight, bias, Width, input.Scale, means);
        for (int output = 0; output < Outputs; output++)
        {
            int total = quantized.Bias[output];
            for (int i = 0; i < Width; i++)
            {
                total += (input.Quantize(features[i]) - input.Zero) * quantized.Values[(output * Width) + i];
            }

            actual[output].Should().BeApproximately(Math.Max(0, total * quantized.BiasScales[output]), 1e-5f);
        }
    }

    // images → Conv 1x1 → + images → Relu → out.
    private string Write(float[] weight, float[] bias, CalibrationResult calibration)
    {
        OnnxGraph graph = new();
        OnnxValue images = graph.AddInput("images", OnnxSchema.ElementType.Float32, "", 1, Channels, Side, Side);
        OnnxValue product = graph.Node(
            "Conv", [images, graph.Initializer("w", weight, Channels, Channels, 1, 1), graph.Initializer("b", bias, Channels)],
            OnnxAttribute.Of("kernel_shape", [1, 1]));
        OnnxValue sum = graph.Node("Relu", graph.Node("Add", [product, images]));
        graph.AddOutput("restored", "", "Identity", [sum], [], 1, Channels, Side, Side);
        QuantizationPlan plan = new(graph.Content, "images", "none");
        plan.Values.Should().BeEquivalentTo("images", product.Name, sum.Name);
        Int8Graph.Apply(graph.Content, plan, calibration);
        return Save(graph);
    }

    private string Save(OnnxGraph graph)
    {
        ProtobufMessage operators = new ProtobufMessage()
            .Add(OnnxSchema.OperatorSetId.Domain, "").Add(OnnxSchema.OperatorSetId.Version, OnnxSchema.OperatorSet);
        ProtobufMessage model = new ProtobufMessage().Add(OnnxSchema.Model.IrVersion, OnnxSchema.IrVersion)
            .Add(OnnxSchema.Model.OperatorSets, operators).Add(OnnxSchema.Model.Graph, graph.ToMessage("test"));
        using FileStream file = File.Create(_folder.File("small.onnx"));
        model.WriteTo(file);
        return file.Name;
    }

    private float[] Numbers(int count, double reach) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(reach * ((2 * _random.NextDouble()) - 1)))];
}
