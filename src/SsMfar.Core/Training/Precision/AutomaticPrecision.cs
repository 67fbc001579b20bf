using SsMfar.Kernels.Native;
using SsMfar.Models;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>
/// What <see cref="TrainingPrecision.Auto"/> is on a processor that has bfloat16: by a trial, of which the outcome is kept, so that it
/// comes once for a machine, a backbone and a size.
/// </summary>
/// <param name="outcomes">Where outcomes are kept.</param>
/// <param name="speedup">How many times as fast bfloat16 is: of a network's maker, a device, images and pixels a side.</param>
/// <param name="has">Whether a device has bfloat16 in hardware.</param>
internal sealed class AutomaticPrecision(
    PrecisionOutcomes outcomes,
    Func<Func<IBackbone>, torch.Device, int, int, double> speedup,
    Func<torch.Device, bool> has)
{
    /// <summary>A trial costs some ten passes, which a fit of so many steps does not feel.</summary>
    public const int LeastSteps = 500;

    /// <summary>What bfloat16 must gain to be worth its rounding.</summary>
    public const double LeastSpeedup = 1.1;

    // As many as minimal filtering and wide vectors need to show what they do.
    private const int MostImages = 32;

    /// <summary>Of this user on this machine.</summary>
    public static AutomaticPrecision OfThisUser { get; } =
        new(PrecisionOutcomes.OfThisUser(), PrecisionTrial.Speedup, BFloat16Support.IsInHardware);

    /// <summary>Whether it takes a trial to tell.</summary>
    public bool IsOpen(IBackbone backbone, torch.Device device) =>
        backbone is IComputePrecision && device.type == DeviceType.CPU && has(device);

    /// <summary>What is kept, or the outcome of a trial now.</summary>
    /// <param name="backbone">What the network is.</param>
    /// <param name="create">Makes one like it, for a trial.</param>
    /// <param name="device">The device.</param>
    /// <param name="batchSize">The rows of a batch.</param>
    /// <param name="size">The pixels a side.</param>
    public PrecisionOutcome Decide(IBackbone backbone, Func<IBackbone> create, torch.Device device, int batchSize, int size)
    {
        int images = Math.Min(batchSize, MostImages);
        string key = PrecisionOutcomes.Key(backbone.Description.ToString(), images, size);
        if (outcomes.Find(key) is { } kept)
        {
            return new(kept, Tried: false);
        }

        double found = speedup(create, device, images, size);
        outcomes.Keep(key, found);
        return new(found, Tried: true);
    }
}

/// <summary>What a trial came to.</summary>
/// <param name="Speedup">How many times as fast bfloat16 is.</param>
/// <param name="Tried">Whether it was tried now, and not before.</param>
internal readonly record struct PrecisionOutcome(double Speedup, bool Tried)
{
    public ComputePrecision Precision =>
        Speedup >= AutomaticPrecision.LeastSpeedup ? ComputePrecision.BFloat16 : ComputePrecision.Full;
}
