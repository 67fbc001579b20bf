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
        long created = DisposeScopeManager.Statistics.CreatedInScopeCount;

        torch.ones(3);

        (DisposeScopeManager.Statistics.CreatedInScopeCount - created).Should().Be(1);
        _ofTheConstructor.IsInvalid.Should().BeFalse();
    }

    [Fact]
    public void A_test_may_end_in_another_thread()
    {
        // As after a task that was waited for, whose last step xunit counts in its context.
        SynchronizationContext context = SynchronizationContext.Current!;
        context.OperationStarted();
        Task.Delay(200).ContinueWith(_ => context.OperationCompleted(), TaskScheduler.Default);
    }

    [Fact]
    public async Task An_asynchronous_test_does_not_and_no_test_before_it_left_one_to_its_thread()
    {
        long created = DisposeScopeManager.Statistics.CreatedInScopeCount;

        using torch.Tensor tensor = torch.ones(3);
        long afterwards = DisposeScopeManager.Statistics.CreatedInScopeCount;
        await Task.Yield();

        afterwards.Should().Be(created);
    }
}
