using SsMfar.Runtime;
using TorchSharp;

namespace SsMfar.Tests.Runtime;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void Tensors_work_after_initialize()
    {
        TorchRuntime.Initialize();

        using var ones = torch.ones(2, 3);
        using var sum = ones.sum();

        sum.item<float>().Should().Be(6);
    }

    [Fact]
    public void Initialize_is_idempotent_from_many_threads()
    {
        var before = TorchRuntime.Status;

        Parallel.For(0, 64, _ => TorchRuntime.Initialize());

        TorchRuntime.IsInitialized.Should().BeTrue();
        TorchRuntime.Status.Should().BeSameAs(before);
    }

    [Fact]
    public void Another_folder_after_the_first_is_refused()
    {
        var act = () => TorchRuntime.Initialize(new TorchRuntimeOptions { LibTorchDirectory = Path.GetTempPath() });

        act.Should().Throw<TorchRuntimeException>().WithMessage("*loaded already*first call*");
    }
}
