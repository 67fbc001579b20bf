using SsMfar.Benchmarks.Measurement;
using SsMfar.Benchmarks.Training;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Benchmarks.Inference;

/// <summary>An evaluation pass over normalised images as the predictor runs it, batch norm folded, against PyTorch's.</summary>
internal static class ForwardBenchmark
{
    private const int Repetitions = 3;
    private const int StatisticsPasses = 3;
    private const double Tolerance = 1e-3;
    private const double BFloat16Tolerance = 5e-2;

    public static void Run(MeasurementOptions options)
    {
        int batch = options.Batch ?? 64;
        int size = options.Size ?? 112;
        torch.Device device = new(options.Device);
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        using TemporaryFolder folder = new();
        torch.random.manual_seed(1);
        torch.Tensor images = torch.randn(batch, 3, size, size);
        using MultiTaskModel model = Model(images);
        Dictionary<string, torch.Tensor> shared = PaperNetwork.Share(model);
        shared["images"] = images;
        SafetensorsWriter.Write(folder["forward.safetensors"], shared);

        using MultiTaskModel folded = ModelFusion.Fuse(model, ModelParts.BuiltIn)!;
        folded.to(device);
        ChannelsLast.Apply(folded);
        torch.Tensor input = ChannelsLast.Convert(images.to(device));
        using PythonPeer peer = PythonPeer.Start(options, "forward", folder["forward.safetensors"], options.Device);
        double difference = Agreement.Check(
            "outputs",
            Sums(folded, input),
            peer.Ready.GetProperty("sums"),
            options.Device == "cpu" ? Tolerance : BFloat16Tolerance);
        Table.Note($"PyTorch {peer.Ready.GetProperty("torch")}; the sums of outputs agree to {difference:E1}");

        PairedResult result = Paired.Run(
            options.Rounds,
            Repetitions,
            repetitions => Paired.Time(() =>
            {
                for (int i = 0; i < repetitions; i++)
                {
                    Pass(folded, input, read: i == repetitions - 1);
                }
            }),
            peer.Run);
        Table.Write($"evaluation pass, ResNet-18, {size} px, batch {batch}, {options.Device}", result);
    }

    /// <summary>A model whose batch statistics are those of the images, so that its outputs are of the usual size.</summary>
    private static MultiTaskModel Model(torch.Tensor images)
    {
        MultiTaskModel model = PaperNetwork.Create(RandomKey.FromSeed(1), ComputePrecision.Full);
        model.train();
        for (int i = 0; i < StatisticsPasses; i++)
        {
            Pass(model, images, read: false);
        }

        model.eval();
        return model;
    }

    private static void Pass(MultiTaskModel model, torch.Tensor images, bool read)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TaskOutputs outputs = model.call(images);
        if (read)
        {
            outputs[AffectTaskNames.Expression].sum().item<float>();
        }
    }

    private static Dictionary<string, double> Sums(MultiTaskModel model, torch.Tensor images)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using TaskOutputs outputs = model.call(images);
        torch.Tensor expression = outputs[AffectTaskNames.Expression].to(torch.ScalarType.Float64);
        return new() { ["sum"] = expression.sum().item<double>(), ["absolute"] = expression.abs().sum().item<double>() };
    }
}
