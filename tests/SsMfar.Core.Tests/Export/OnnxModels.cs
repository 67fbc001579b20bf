using System.Collections.Immutable;
using SsMfar.Data;
using SsMfar.Imaging;
using SsMfar.Metadata;
using SsMfar.Models;
using SsMfar.Predictions;
using SsMfar.Tasks;
using SsMfar.Tests.Models;
using TorchSharp;

namespace SsMfar.Tests.Export;

/// <summary>Models and what their files say, for tests of ONNX files.</summary>
internal static class OnnxModels
{
    /// <summary>The three tasks' metadata, for inputs of a size.</summary>
    public static ModelMetadata Metadata(int size, ChannelOrder order = ChannelOrder.Rgb) => new()
    {
        Input = new ImagePreprocessing { Width = size, Height = size, ChannelOrder = order },
        ExpressionClasses = [.. ExpressionClassSet.AffWild2.Names],
        ActionUnits = ActionUnits.Names,
        Decoders = new Dictionary<string, PartDescription>
        {
            [AffectTaskNames.Expression] = new ExpressionDecoder(ExpressionClassSet.AffWild2).Description,
            [AffectTaskNames.ActionUnits] = new ActionUnitDecoder([.. Enumerable.Range(0, 12).Select(unit => 0.3f + (unit * 0.03f))])
                .Description,
            [AffectTaskNames.ValenceArousal] = new ValenceArousalDecoder().Description,
        }.ToImmutableSortedDictionary(),
        Recipe = "recommended",
        Notes = ImmutableSortedDictionary<string, string>.Empty.Add("made by", "a test"),
    };

    /// <summary>The paper's model whose normalisations hold statistics and scales as after training.</summary>
    public static MultiTaskModel Trained(string backbone = "resnet18", ulong seed = 3)
    {
        MultiTaskModel model = Build.Of(backbone);
        Disturb(model, seed);
        return model;
    }

    /// <summary>Gives every batch normalisation statistics and scales that are not 0 and 1.</summary>
    public static void Disturb(torch.nn.Module model, ulong seed)
    {
        using var scope = torch.NewDisposeScope();
        using var noGradient = torch.no_grad();
        using var generator = new torch.Generator(seed);
        Dictionary<string, torch.Tensor> state = model.state_dict();
        foreach (string norm in state.Keys.Where(name => name.EndsWith(".running_var", StringComparison.Ordinal))
            .Select(name => name[..^".running_var".Length]))
        {
            state[$"{norm}.running_var"].uniform_(0.5, 1.5, generator);
            state[$"{norm}.running_mean"].uniform_(-0.2, 0.2, generator);
            state[$"{norm}.weight"].uniform_(0.5, 1.2, generator);
            state[$"{norm}.bias"].uniform_(-0.2, 0.2, generator);
        }
    }

    /// <summary>Random pixels [count, size, size, 3].</summary>
    public static byte[] Pixels(int count, int size, int seed = 5)
    {
        byte[] pixels = new byte[count * size * size * 3];
        new Random(seed).NextBytes(pixels);
        return pixels;
    }
}
