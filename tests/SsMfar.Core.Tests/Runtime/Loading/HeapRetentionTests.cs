using SsMfar.Runtime;
using SsMfar.Tests.Training;

namespace SsMfar.Tests.Runtime;

/// <summary>
/// What a process does with the native memory that it frees, seen in processes of their own: what the library says, and what glibc does
/// with a block of 40 MiB, which it maps by itself, and gives back when it is freed, unless it was told to retain.
/// </summary>
public sealed class HeapRetentionTests
{
    [Theory]
    [InlineData("predict", "loaded: returns, maps", "done: returns, maps", "logged: 0")]
    [InlineData("train", "loaded: returns, maps", "done: retains, keeps", "logged: 0")]
    [InlineData("forbidden", "loaded: returns, maps", "done: returns, maps", "logged: 0")]
    [InlineData("asked", "loaded: retains, keeps", "done: retains, keeps", "logged: 1")]
    [InlineData("later", "loaded: returns, maps", "done: retains, keeps", "logged: 1")]
    public async Task Freed_memory_is_retained_from_the_first_training_on_or_as_the_application_says(
        string manner, params string[] expected)
    {
        ChildProcess.Outcome outcome = await ChildProcess.RunAsync(ChildProcess.Dotnet, [TrainingWorker.Program, "retention", manner]);

        outcome.ExitCode.Should().Be(0, outcome.Everything);
        outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Should().Equal(expected);
    }

    [Fact]
    public async Task What_is_retained_already_cannot_be_forbidden()
    {
        (await Tiny.Builder(options => options.Epochs = 1).Build().FitAsync(TinyFaces.Dataset(32))).Dispose();

        TorchRuntime.RetainsFreedMemory.Should().BeTrue();
        FluentActions.Invoking(() => TorchRuntime.Initialize(new() { RetainFreedMemory = false }))
            .Should().Throw<TorchRuntimeException>().WithMessage("*retained already*RetainFreedMemory*");
        TorchRuntime.Initialize(new TorchRuntimeOptions());
        TorchRuntime.RetainsFreedMemory.Should().BeTrue();
    }
}
