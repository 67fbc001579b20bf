using TorchSharp;

namespace SsMfar.Tests;

/// <summary>
/// The framework of this project's tests is the one that keeps their tensors: without it they die by chance, one run in tens.
/// </summary>
public sealed class TensorKeepingTests
{
    private readonly torch.Tensor _ofTheConstructor = torch.ones(1);

    [Fact]
    public void A_test_and_its_constructor_run_inside_a_scope()
    {
        long attached = DisposeScopeManager.Statistics.CreatedInScopeCount;

        torch.ones(3);

        (DisposeScopeManager.Statistics.CreatedInScopeCount - attached).Should().Be(1);
        _ofTheConstructor.IsInvalid.Should().BeFalse();
    }
}
