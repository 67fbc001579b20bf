using SsMfar.Distributed;
using SsMfar.Kernels;
using SsMfar.Kernels.Fixed;
using SsMfar.Kernels.Normalization;
using SsMfar.Kernels.TensorLists;
using SsMfar.Kernels.Winograd;
using SsMfar.Models;
using SsMfar.Randomness;
using SsMfar.Runtime;
using SsMfar.Tests.Models;
using SsMfar.Tests.Training;
using TorchSharp;

namespace SsMfar.Tests.Kernels;

/// <summary>Each of the library's own kernels can be turned off, and libtorch computes the same in its place.</summary>
[Collection(ProcessState.Name)]
public sealed class KernelSwitchTests : IDisposable
{
    public void Dispose() => CpuKernels.Disabled = KernelKinds.None;

    [Theory]
    [InlineData("", "None")]
    [InlineData("all", "All")]
    [InlineData(" Winograd , tensor-lists ", "Winograd, TensorLists")]
    [InlineData("normalization", "Normalization")]
    public void The_switch_names_what_is_off(string text, string kinds) =>
        CpuKernels.Parse(text, CpuKernels.Variable).Should().Be(Enum.Parse<KernelKinds>(kinds));

    [Fact]
    public void A_kernel_that_does_not_exist_is_refused_by_name() =>
        ((Action)(() => CpuKernels.Parse("winograd,fft", CpuKernels.Variable))).Should().Throw<TorchRuntimeException>()
            .WithMessage("SSMFAR_DISABLE_KERNELS: there is no kernel 'fft'. Write winograd, normalization, tensor-lists, direct, all,*");

    [VectorsFact]
    public void Each_kind_is_off_alone()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor input = torch.ones(64, 64, 14, 14), weight = torch.ones(64, 64, 3, 3);
        torch.Tensor small = torch.ones(1, 64, 4, 4);
        string width = VectorWidths.Supported[0];
        (Type direct, Type filtered) = (VectorWidths.Fixed(width)[0].GetType(), VectorWidths.Fixed(width)[1].GetType());
        CpuKernels.Filtering(input, weight).Should().NotBeNull();
        CpuKernels.Pool(input).Method.Name.Should().Be(nameof(RectifiedPool.ByVectors));
        CpuKernels.Fixed(input, weight, 1)!.GetType().Should().Be(filtered);
        CpuKernels.Fixed(small, weight, 1)!.GetType().Should().Be(direct);
        CpuKernels.TensorLists.Should().BeOfType<ScriptedKernels>();
        CpuKernels.Description.Should().Be($"winograd ({width}), direct ({width}), normalization ({width}), tensor-lists (script)");

        CpuKernels.Disabled = KernelKinds.Winograd;
        CpuKernels.Filtering(input, weight).Should().BeNull();
        CpuKernels.Fixed(input, weight, 1).Should().BeNull();
        CpuKernels.Fixed(small, weight, 1)!.GetType().Should().Be(direct);
        CpuKernels.Description.Should().Be($"direct ({width}), normalization ({width}), tensor-lists (script)");

        CpuKernels.Disabled = KernelKinds.Direct;
        CpuKernels.Fixed(input, weight, 1)!.GetType().Should().Be(filtered);
        CpuKernels.Fixed(small, weight, 1).Should().BeNull();
        CpuKernels.Pool(input).Method.Name.Should().Be(nameof(RectifiedPool.ByTorch));
        CpuKernels.Description.Should().Be($"winograd ({width}), normalization ({width}), tensor-lists (script)");

        CpuKernels.Disabled = KernelKinds.TensorLists;
        CpuKernels.TensorLists.Should().BeOfType<PlainKernels>();
        CpuKernels.Description.Should().Be($"winograd ({width}), direct ({width}), normalization ({width})");

        CpuKernels.Disabled = KernelKinds.All;
        CpuKernels.Description.Should().Be("none");
    }

    // Other roundings say that another path computed; their size, that it computed the same.
    [VectorsTheory]
    [InlineData("Winograd", false)]
    [InlineData("Normalization", false)]
    [InlineData("Normalization", true)]
    public void A_network_computes_the_same_by_libtorch(string kind, bool sharesStatistics)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using SharedStatistics.Sharing sharing = SharedStatistics.Over(sharesStatistics ? InProcessGroup.Create(1)[0] : null);
        torch.Tensor images = Build.Images(16, 64);
        torch.Tensor on = Forward(images);
        CpuKernels.Disabled = Enum.Parse<KernelKinds>(kind);

        torch.Tensor off = Forward(images);

        Build.Difference(on, off).Should().BeInRange(1e-9, 1e-3);
    }

    // The pool gives the same bits by either, so that the stem alone would not tell.
    [VectorsTheory]
    [InlineData("Winograd", 64)]
    [InlineData("Direct", 32)]
    public void A_predictors_network_computes_the_same_by_libtorch(string kind, int size)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        using ResNet network = new(18, RandomKey.FromSeed(3));
        network.eval();
        using torch.nn.Module<torch.Tensor, torch.Tensor> fused = network.Fuse().Module;
        torch.Tensor images = Build.Images(2, size);
        torch.Tensor on = fused.call(images);
        CpuKernels.Disabled = Enum.Parse<KernelKinds>(kind);

        torch.Tensor off = fused.call(images);

        Build.Difference(on, off).Should().BeInRange(1e-9, 1e-3);
    }

    [Fact]
    public void A_predictors_network_reads_no_images_and_refuses_those_of_other_channels()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        using ResNet network = new(18, RandomKey.FromSeed(3));
        network.eval();
        using torch.nn.Module<torch.Tensor, torch.Tensor> fused = network.Fuse().Module;

        fused.call(torch.zeros(0, 3, 32, 32)).shape.Should().Equal(0, 512, 1, 1);
        ((Action)(() => fused.call(torch.zeros(1, 1, 32, 32)))).Should().Throw<Exception>().WithMessage("*channels*");
    }

    [Theory]
    [InlineData("", "11 Own kernels for the CPU: *tensor-lists (script)*")]
    [InlineData("all", "11 Own kernels for the CPU: none*")]
    public async Task A_run_logs_which_kernels_compute(string disabled, string expected)
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(
            ChildProcess.Dotnet, [TrainingWorker.Program, "log"], new Dictionary<string, string?> { [CpuKernels.Variable] = disabled });

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Split('\n').Should().ContainSingle(line => line.StartsWith("11 ", StringComparison.Ordinal))
            .Which.Should().Match(expected);
        outcome.Output.Should().NotContain("Plain optimizer kernels");
    }

    private static torch.Tensor Forward(torch.Tensor images)
    {
        using var network = new ResNet(18, RandomKey.FromSeed(3));
        network.train();
        return network.forward(images).MoveToOuterDisposeScope();
    }
}
