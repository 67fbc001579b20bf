using SsMfar.Runtime;

namespace SsMfar.Tests.ConsoleApp;

/// <summary>Where each of several processes on a machine trains.</summary>
public sealed class RankDeviceTests
{
    [Theory]
    [InlineData("auto", 0, 4, "cuda:0")]
    [InlineData("auto", 5, 4, "cuda:1")]
    [InlineData("cuda", 0, 4, "cuda:0")]
    [InlineData("cuda", 3, 4, "cuda:3")]
    [InlineData("cuda", 5, 4, "cuda:1")]
    [InlineData("cuda:2", 3, 4, "cuda:2")]
    [InlineData("cpu", 3, 4, "cpu")]
    [InlineData("auto", 3, 0, "cpu")]
    [InlineData("cuda:2", 3, 0, "cuda:2")]
    public void Each_has_a_GPU_of_its_own_unless_one_is_named(string chosen, int localRank, int gpus, string device) =>
        ConsoleAssembly.RankDevice(chosen, localRank, gpus).ToString().Should().Be(device);

    [Fact]
    public void Where_there_is_no_GPU_the_device_itself_says_so() =>
        ConsoleAssembly.RankDevice("cuda", 1, 0).Should().Be(ComputeDevice.Cuda, "resolving it is an error with a remedy");
}
