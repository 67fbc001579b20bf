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

    // Windows and macOS, where TorchSharp loads by itself at its first use.
    [Theory]
    [InlineData(false, "*no libtorch-cpu-win-x64*Reference the libtorch package of this platform*")]
    [InlineData(true, "*was used before TorchRuntime.Initialize()*Call SsMfar.Runtime.TorchRuntime.Initialize() before*")]
    public void A_first_tensor_that_cannot_be_made_is_explained_by_what_was_loaded(bool isLoaded, string message)
    {
        TypeInitializationException failure = new("TorchSharp.torch", new NotSupportedException("no libtorch-cpu-win-x64"));

        TorchRuntimeException explained = TorchRuntime.Explain(failure, isLoaded)!;

        explained.Message.Should().Match(message);
        explained.InnerException.Should().BeSameAs(failure);
    }

    [Fact]
    public void What_has_nothing_to_do_with_loading_is_not_explained()
    {
        TorchRuntime.Explain(new NotSupportedException("none"), isLoaded: true)!.Message.Should().Contain("Reference the libtorch package");
        TorchRuntime.Explain(new TypeInitializationException("x", new InvalidOperationException()), isLoaded: false)!.Message.Should()
            .Contain("was used before");
        TorchRuntime.Explain(new InvalidOperationException(), isLoaded: false).Should().BeNull();
    }
}
