using System.CommandLine;
using SsMfar.Imaging;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tasks;
using SsMfar.Weights;
using TorchSharp;

namespace SsMfar.Benchmarks.Weights;

/// <summary>
/// <c>weights</c>: writes what is read from a weight file, and what a network assembled from it computes, for <c>compare.py</c> beside it
/// to compare with PyTorch.
/// </summary>
internal static class WeightsCommand
{
    public static Command Create()
    {
        Argument<string> weights = new("WEIGHTS") {
            Description = "A weight file of a ResNet with fc, or of the published SS-MFAR checkpoint" };
        Argument<string> input = new("INPUT") { Description = "A safetensors file with the tensor 'input' [N, 3, H, W]" };
        Argument<string> output = new("OUTPUT") { Description = "Where the tensors 'file.*' and 'logits.*' go" };
        Option<ChannelOrder> order = new("--channel-order");
        Option<string?> model = new("--model") { Description = "Where to write the published checkpoint as a model file" };
        Command command = new("weights", "Read a weight file and run the network in it") { weights, input, output, order, model };
        command.SetAction(parsed => Run(
            parsed.GetRequiredValue(weights),
            parsed.GetRequiredValue(input),
            parsed.GetRequiredValue(output),
            parsed.GetValue(order),
            parsed.GetValue(model)));
        return command;
    }

    private static void Run(string weights, string input, string output, ChannelOrder order, string? modelPath)
    {
        TorchRuntime.Initialize();
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using WeightFile file = WeightFile.Open(weights);
        using WeightFile inputs = WeightFile.Open(input);
        torch.Tensor images = inputs.Read("input");
        Dictionary<string, torch.Tensor> tensors = file.Keys.ToDictionary(key => "file." + key, file.Read);
        if (PublishedCheckpoint.IsIn(file))
        {
            using LoadedModel model = PublishedCheckpoint.Load(weights, order);
            TaskOutputs outputs = model.Model.call(images);
            foreach (string task in outputs.Names)
            {
                tensors["logits." + task] = outputs[task];
            }

            if (modelPath is not null)
            {
                ModelFile.Save(modelPath, model.Model, model.Metadata);
            }
        }
        else
        {
            PretrainedWeights pretrained = PretrainedWeights.FromFile(weights, order);
            IBackbone network = pretrained.DetectBackbone()!.Create(RandomKey.FromSeed(0));
            using torch.nn.Module<torch.Tensor, torch.Tensor> module = network.Module;
            string prefix = pretrained.LoadInto(network).Prefix;
            module.eval();
            torch.Tensor features = module.call(images).mean([2, 3]);
            tensors["logits.fc"] = torch.nn.functional.linear(
                features, file.Read(prefix + "fc.weight").to(torch.ScalarType.Float32), file.Read(prefix + "fc.bias")
                    .to(torch.ScalarType.Float32));
        }

        SafetensorsWriter.Write(output, tensors);
    }
}
