using SsMfar.Runtime;

namespace SsMfar.Tests.Runtime;

/// <summary>What counts as the libtorch that TorchSharp is made for.</summary>
public sealed class LibTorchVersionTests
{
    [Theory]
    [InlineData("Build settings: LAPACK_INFO=mkl, TORCH_VERSION=2.10.0, USE_CUDA=0", "2.10.0")]
    [InlineData("TORCH_VERSION=2.11.0+cu128", "2.11.0+cu128")]
    [InlineData("TORCH_VERSION=2.9.1\n", "2.9.1")]
    [InlineData("PyTorch built with:", null)]
    public void The_version_is_found_among_the_settings(string configuration, string? expected) =>
        LibTorchVersion.In(configuration).Should().Be(expected);

    [Theory]
    [InlineData("2.10.0", false)]
    [InlineData("2.10.1+cu128", false)]
    [InlineData("2.11.0", true)]
    [InlineData("2.1.0", true)]
    [InlineData("3.10.0", true)]
    [InlineData("nightly", true)]
    [InlineData(null, true)]
    public void Another_libtorch_is_of_another_version_unless_its_minor_version_is_the_same(string? version, bool expected)
    {
        TorchSharpVersion.LibTorch.Should().StartWith("2.10.");
        Status(named: true).IsOtherVersion.Should().Be(expected);
        Status(named: false).IsOtherVersion.Should().BeFalse("the application's own was chosen with TorchSharp");

        TorchRuntimeStatus Status(bool named) =>
            new("folder", usesExternalLibTorch: named, TorchBridge.Original, cudaLibrariesLoaded: false) { LibTorchVersion = version };
    }
}
