using SsMfar.Kernels;
using SsMfar.Kernels.Native;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Training;
using TorchSharp;

namespace SsMfar.Tests.Training;

/// <summary>The backbone's number format in training.</summary>
public sealed class TrainingPrecisionTests
{
    [Fact]
    public async Task Bfloat16_follows_float32_closely_but_not_exactly_and_gives_back_a_float32_model()
    {
        using TrainingResult full = await Fit(TrainingPrecision.Full);
        using TrainingResult half = await Fit(TrainingPrecision.BFloat16);

        double expected = full.History[0].Losses["total"];
        half.History[0].Losses["total"].Should().NotBe(expected).And.BeApproximately(expected, 0.05 * expected);
        half.Model.parameters().Should().OnlyContain(parameter => parameter.dtype == torch.ScalarType.Float32);
        ((IComputePrecision)half.Model.Backbone).Precision.Should().Be(ComputePrecision.Full);
    }

    [Fact]
    public async Task A_backbone_that_cannot_is_refused_when_bfloat16_is_demanded_and_serves_as_it_is_otherwise()
    {
        MultiTaskTrainer demanding = Tiny.Builder(options => options.Precision = TrainingPrecision.BFloat16).Build();
        Func<Task> fit = () => demanding.FitAsync(TinyFaces.Dataset(32));

        (await fit.Should().ThrowAsync<TrainingConfigurationException>()).WithMessage("*BFloat16*Auto*");
        (await Tiny.Builder(options => options.Precision = TrainingPrecision.Auto).Build().FitAsync(TinyFaces.Dataset(32))).Dispose();
    }

    [Fact]
    public void Auto_is_float32_on_processors_even_where_they_have_bfloat16()
    {
        using var network = new ResNet(18, RandomKey.FromSeed(1));

        TrainingPrecision.Auto.Resolve(network, torch.CPU).Should().Be(ComputePrecision.Full);
        TrainingPrecision.Full.Resolve(network, torch.CPU).Should().Be(ComputePrecision.Full);
        TrainingPrecision.BFloat16.Resolve(network, torch.CPU).Should().Be(ComputePrecision.BFloat16);
        if (File.Exists("/proc/cpuinfo"))
        {
            string flags = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) ?? "";
            BFloat16Support.IsInHardware(torch.CPU).Should().Be(
                flags.Split(' ').Any(flag => flag is "avx512_bf16" or "amx_bf16") && TorchRuntime.Status!.OneDnn != OneDnnPlan.NotUsed);
        }
    }

    // No average, so that the trained model itself is what comes back.
    private static Task<TrainingResult> Fit(TrainingPrecision precision) => MultiTaskTrainer.CreateBuilder()
        .UseDevice(ComputeDevice.Cpu)
        .Configure(Tiny.Small)
        .Configure(options =>
        {
            options.Precision = precision;
            options.Epochs = 1;
            options.EmaDecay = null;
        })
        .Build()
        .FitAsync(TinyFaces.Dataset(32), TinyFaces.Dataset(16, seed: 2));
}
