using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Weights;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>Files of a ResNet's weights for tests that give some.</summary>
internal static class ScaledWeights
{
    /// <summary>Writes random weights.</summary>
    /// <param name="path">The file.</param>
    /// <param name="depth">The network's.</param>
    /// <param name="scale">What they are multiplied by: with 1e38 a run diverges in its first steps.</param>
    /// <returns>The file.</returns>
    public static string Write(string path, int depth, double scale = 1)
    {
        using ResNet network = new(depth, RandomKey.FromSeed(11));
        using TorchSharp.DisposeScope scope = TorchSharp.torch.NewDisposeScope();
        SafetensorsWriter.Write(path, network.state_dict().Select(entry => KeyValuePair.Create(
            entry.Key, entry.Value.is_floating_point() ? entry.Value.detach() * Scalars.Of(scale) : entry.Value)));
        return path;
    }
}
