using SsMfar.Losses;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.SemiSupervised;

namespace SsMfar.Tests.RuntimeProbe;

/// <summary>What a program may call of SsMfar before anything else.</summary>
internal static class FirstCalls
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    /// <summary>Makes one call, which is to load libtorch by itself.</summary>
    /// <param name="name">Which.</param>
    /// <param name="file">A model file.</param>
    public static void Make(string name, string file)
    {
        using IDisposable? made = name switch
        {
            "model" => ModelFile.Load(file),
            "backbone" => BackboneFactory.MobileFaceNet.Create(Key).Module,
            "resnet" => new ResNet(18, Key),
            "efficientnet" => new EfficientNet(0, Key),
            "iresnet" => new IResNet(18, Key),
            "mobilefacenet" => new MobileFaceNet(Key),
            "head" => new MlpHead(8, 4, 2, Key),
            "initializer" => new WeightInitializer(Key),
            "policy" => new AdaptiveThresholdPolicy(8),
            "balancing" => new UncertaintyBalancing(["expression"]),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "There is no such call."),
        };
        if (!TorchRuntime.IsInitialized)
        {
            throw new InvalidOperationException($"'{name}' loaded no libtorch.");
        }
    }
}
