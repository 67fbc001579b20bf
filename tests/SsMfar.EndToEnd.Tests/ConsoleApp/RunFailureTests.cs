using System.Runtime.CompilerServices;
using SsMfar.Data;
using SsMfar.Training;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>What ends one run of a search or an ablation, and what ends all of it.</summary>
public sealed class RunFailureTests
{
    [Theory]
    [InlineData(typeof(TrainingDivergedException), true)]
    [InlineData(typeof(InsufficientDeviceMemoryException), true)]
    [InlineData(typeof(OperationCanceledException), false)]
    [InlineData(typeof(ImageCacheException), false)]
    [InlineData(typeof(CheckpointException), false)]
    [InlineData(typeof(IOException), false)]
    public void What_would_come_again_with_the_settings_of_a_run_is_that_runs_alone(Type exception, bool isOfRun) =>
        ConsoleAssembly.IsOfRun((Exception)RuntimeHelpers.GetUninitializedObject(exception)).Should().Be(isOfRun);
}
