using System.Diagnostics;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Training;

/// <summary>Passes of a network in float32 and in bfloat16, in turns, by the clock.</summary>
internal static class PrecisionTrial
{
    private const int Turns = 3;

    /// <summary>
    /// How many times as fast a forward and backward pass is in bfloat16: the median over turns. A format that needs twice the other's
    /// time at once is not tried further.
    /// </summary>
    /// <param name="create">Makes the network, which computes in either format; it is disposed here.</param>
    /// <param name="device">The device.</param>
    /// <param name="images">The images of a pass.</param>
    /// <param name="size">The pixels a side.</param>
    public static double Speedup(Func<IBackbone> create, torch.Device device, int images, int size)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor input = Input(device, images, size);
        IBackbone backbone = create();
        using torch.nn.Module<torch.Tensor, torch.Tensor> module = backbone.Module;
        module.to(device);
        ChannelsLast.Apply(module);
        module.train();

        // The first pass of each makes what later ones find.
        Seconds(ComputePrecision.Full);
        Seconds(ComputePrecision.BFloat16);
        double first = Turn();
        if (first < 0.5)
        {
            return first;
        }

        double[] turns = [first, .. Enumerable.Range(1, Turns - 1).Select(_ => Turn())];
        Array.Sort(turns);
        return turns[Turns / 2];

        double Turn() => Seconds(ComputePrecision.Full) / Seconds(ComputePrecision.BFloat16);

        double Seconds(ComputePrecision precision)
        {
            ((IComputePrecision)backbone).Precision = precision;
            long start = Stopwatch.GetTimestamp();
            using torch.Tensor output = module.forward(input);
            using torch.Tensor sum = output.sum();
            sum.backward();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    private static torch.Tensor Input(torch.Device device, int images, int size)
    {
        RandomSource source = RandomKey.FromSeed(0).ToSource();
        float[] values = new float[images * 3 * size * size];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = source.NextSingle(-1, 1);
        }

        using torch.Tensor planar = Transfers.ToDevice(values, [images, 3, size, size], device);
        return ChannelsLast.Convert(planar);
    }
}
